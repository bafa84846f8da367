// `npm run bench:waiting`: ten thousand clients wait at one instance. Measures the memory of each, and the time until a
// client receives a change: from the instance that got the webhook, and from another one. Floors are measured in the same
// run. `SUBSCRIBERS=50000 PUSHES=500 npm run bench:waiting` shows the memory of fifty thousand.
import { randomUUID } from 'node:crypto';
import { percentile } from '../support/cost.js';
import { createReport } from '../support/report.js';
import { type Server, startInfrastructure, startServer } from '../support/servers.js';
import { insertAttempts } from './attempts.js';
import { type Memory, type Waiting, measurePushes, subscriptionsPerSocket, whileWaiting } from './clients.js';

const report = createReport();
const SUBSCRIBERS = report.setting('SUBSCRIBERS', 10_000);
const PUSHES = report.setting('PUSHES', 2_000);
/** The goals: memory that a subscription holds, and times of a push, as a ratio to the floor. */
const MOST = { memory: 1, time: 1.5 };
/** Pushes before those that count: code is compiled and connections are opened when they are first used. */
const WARM_UP = Math.min(500, Math.floor(SUBSCRIBERS / 4));
const DURABLE = 'a durable INSERT, a Redis publish, a ws send';
/** Every user signs in several times, as most users do. */
const USERS = 500;

const webhook = (id: string, index: number) => ({
  id,
  path: '/api/webhooks/greenapi/incoming',
  body: JSON.stringify({
    typeWebhook: 'incomingMessageReceived',
    instanceData: { idInstance: 1101000001, wid: '77010000001@c.us', typeInstance: 'whatsapp' },
    timestamp: Math.floor(Date.now() / 1000),
    idMessage: randomUUID(),
    senderData: { chatId: phoneOf(index), sender: phoneOf(index) },
    messageData: { typeMessage: 'textMessage', textMessageData: { textMessage: `AMT LOGIN ${id}` } },
  }),
});
const phoneOf = (index: number) => `7701${String(index % USERS).padStart(7, '0')}@c.us`;
const floorPost = (path: string) => (id: string) => ({ id, path: `${path}?id=${id}`, body: '{}' });

const infrastructure = await startInfrastructure();
report.versions(infrastructure.versions);
const perSocket = subscriptionsPerSocket(SUBSCRIBERS);
const newIds = () => Array.from({ length: SUBSCRIBERS }, () => randomUUID());
const floorUrl = await infrastructure.database('floor', { migrated: false });
const gatewayUrl = await infrastructure.database('gateway', { migrated: true });

const startFloor = () =>
  startServer('floor', new URL('floor.mjs', import.meta.url), {
    DATABASE_URL: floorUrl,
    REDIS_URL: infrastructure.redisUrl,
  });
const startGateway = () =>
  startServer('gateway', new URL('../support/gateway.mjs', import.meta.url), {
    DATABASE_URL: gatewayUrl,
    REDIS_URL: infrastructure.redisUrl,
    GATEWAY_SECRET: 'rQNdBKMa2SVs8vmiTgZPD7uFECztx3epAkf4',
    PORT: '0',
  });

interface Measurement {
  start: () => Promise<Server>;
  waiting: (server: Server) => Promise<Omit<Waiting, 'server' | 'perSocket'>>;
  post: (id: string, index: number) => { id: string; path: string; body: string };
  /** Whether another instance than the one with the waiting clients receives the posts. */
  across?: boolean;
}

/** Each measurement has new servers and new subscribers, so that measurements are independent. */
async function measure({ start, waiting, post, across = false }: Measurement) {
  const server = await start();
  const receiver = across ? await start() : server;
  try {
    const { ids, ...kind } = await waiting(server);
    return await whileWaiting({ ...kind, ids, server, perSocket }, async ({ memory, clients }) => ({
      memory,
      took: await measurePushes(receiver, clients, {
        posts: ids.slice(0, WARM_UP + PUSHES).map(post),
        skipped: WARM_UP,
      }),
    }));
  } finally {
    await server.stop();
    if (across) await receiver.stop();
  }
}

async function measureGraphqlFloor(): Promise<Memory> {
  const server = await startFloor();
  try {
    return await whileWaiting({ server, ids: newIds(), perSocket, idType: 'String' }, async ({ memory }) => memory);
  } finally {
    await server.stop();
  }
}

const floor = (path: string) => ({
  start: startFloor,
  waiting: async () => ({ ids: newIds() }),
  post: floorPost(path),
});
const gateway = {
  start: startGateway,
  waiting: async () => ({ ids: await insertAttempts(gatewayUrl, SUBSCRIBERS), idType: 'ID' as const }),
  post: webhook,
};

function printMemory(ours: Memory, { graphql, bare }: { graphql: Memory; bare: Memory }): void {
  report.print(`${SUBSCRIBERS} waiting subscriptions on one instance, ${perSocket} a socket`);
  for (const kind of ['held', 'resident'] as const) {
    report.print(
      `  memory each, ${kind}: gateway ${ours[kind].toFixed(1)} KB, bare graphql-ws ${graphql[kind].toFixed(1)} KB, ratio ${(ours[kind] / graphql[kind]).toFixed(2)} (bare ws with a Redis channel each: ${bare[kind].toFixed(1)} KB)`,
    );
  }
  report.print(`  memory of the whole gateway: ${ours.total.toFixed(0)} MB`);
  report.figure({
    name: 'memory held for a subscription, gateway to bare graphql-ws',
    value: ours.held / graphql.held,
    better: 'lower',
    goal: MOST.memory,
  });
  report.figure({ name: 'memory of the whole gateway', value: ours.total, unit: 'MB', better: 'lower' });
}

function printTimes(where: string, ours: number[], floors: [name: string, took: number[]][]): void {
  report.print(`from the POST to the push on ${where}, 100 a second at that load`);
  for (const [name, took] of floors) {
    const compared = (['p50', 'p99'] as const).map((label) => {
      const part = label === 'p50' ? 0.5 : 0.99;
      const [us, it] = [percentile(ours, part), percentile(took, part)];
      if (name === DURABLE)
        report.figure({
          name: `${label} of a push on ${where}, gateway to durable floor`,
          value: us / it,
          better: 'lower',
          goal: MOST.time,
        });
      return `${label} ${us.toFixed(2)} ms, floor ${it.toFixed(2)} ms, ratio ${(us / it).toFixed(2)}`;
    });
    report.print(`  ${name}: ${compared.join('; ')}`);
  }
}

try {
  const graphql = await measureGraphqlFloor();
  const bare = await measure(floor('/publish'));
  const durable = await measure(floor('/durable'));
  const ours = await measure(gateway);
  const durableAcross = await measure({ ...floor('/durable'), across: true });
  const oursAcross = await measure({ ...gateway, across: true });

  printMemory(ours.memory, { graphql, bare: bare.memory });
  printTimes('the same instance', ours.took, [
    [DURABLE, durable.took],
    ['only a Redis publish and a ws send', bare.took],
  ]);
  printTimes('another instance', oursAcross.took, [[DURABLE, durableAcross.took]]);
  report.save();
} finally {
  await infrastructure.stop();
}
process.exit(0);
