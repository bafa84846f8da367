// `npm run bench:waiting`: ten thousand clients subscribe to one instance. Measures the memory of each, and the time
// until a client receives a change, next to floors that are measured in the same run.
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../support/cost.js';
import { PostConnection } from '../support/post.js';
import { type Server, startInfrastructure, startServer } from '../support/servers.js';

const SUBSCRIBERS = Number(process.env['SUBSCRIBERS'] ?? 10_000);
const PUSHES = Number(process.env['PUSHES'] ?? 2_000);
const PUSHES_A_SECOND = 100;

interface Subscriber {
  id: string;
  path: string;
  messages: string[];
}

const SUBSCRIPTION =
  'subscription ($attemptId: String!, $secret: String!) { loginAttemptStatus(attemptId: $attemptId, secret: $secret) { status } }';
const subscribing = (query: string, attemptId: string, secret: string): string[] => [
  JSON.stringify({ type: 'connection_init' }),
  JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables: { attemptId, secret } } }),
];

async function startAttempts(port: number): Promise<Subscriber[]> {
  const connections = Array.from({ length: 16 }, () => new PostConnection(port));
  const body = JSON.stringify({
    query: 'mutation { startWhatsAppLogin { ... on WhatsAppLogin { attemptId secret } } }',
  });
  const subscribers: Subscriber[] = [];
  await Promise.all(
    connections.map(async (connection) => {
      while (subscribers.length < SUBSCRIBERS) {
        const answer = await connection.post('/graphql', body);
        const { attemptId, secret } = (
          JSON.parse(answer) as { data: { startWhatsAppLogin: { attemptId: string; secret: string } } }
        ).data.startWhatsAppLogin;
        subscribers.push({
          id: attemptId,
          path: '/graphql',
          messages: subscribing(SUBSCRIPTION.replaceAll('$attemptId: String!', '$attemptId: ID!'), attemptId, secret),
        });
      }
    }),
  );
  for (const connection of connections) connection.close();
  return subscribers.slice(0, SUBSCRIBERS);
}

interface Memory {
  /** KB per subscriber of the resident memory of the process, which includes garbage. */
  resident: number;
  /** KB per subscriber of heap and external memory after garbage collection. */
  held: number;
}

/** Connects the subscribers to a server. @returns the memory per subscriber */
async function connectAll(
  server: Server,
  clients: ChildProcess,
  { subscribers, protocol }: { subscribers: Subscriber[]; protocol?: string },
): Promise<Memory> {
  const before = await waiting(server);
  await new Promise<void>((resolve, reject) => {
    clients.once('message', () => resolve());
    clients.once('exit', () => reject(new Error('The process of the subscribers ended')));
    clients.send({ url: `ws://127.0.0.1:${server.port}`, protocol, subscribers });
  });
  await sleep(4_000); // by then, timers and buffers of the handshakes are freed
  const after = await waiting(server);
  if (after.sockets !== SUBSCRIBERS) throw new Error(`${server.name} has ${after.sockets} sockets`);
  const held = ({ memory }: Waiting) => memory.heapUsed + memory.external;
  return {
    resident: (after.memory.rss - before.memory.rss) / SUBSCRIBERS / 1024,
    held: (held(after) - held(before)) / SUBSCRIBERS / 1024,
  };
}

interface Waiting {
  sockets: number;
  memory: NodeJS.MemoryUsage;
}

function waiting(server: Server): Promise<Waiting> {
  return new Promise((resolve) => {
    server.process.once('message', (message) => resolve(message as never));
    server.process.send('waiting');
  });
}

/** Completes logins at a steady rate. @returns the milliseconds from each POST to its push, sorted */
async function measurePushes(
  port: number,
  clients: ChildProcess,
  {
    subscribers,
    post,
  }: { subscribers: Subscriber[]; post: (subscriber: Subscriber) => { path: string; body: string } },
): Promise<number[]> {
  const connections = Array.from({ length: 8 }, () => new PostConnection(port));
  const postedAt = new Map<string, number>();
  const took: number[] = [];
  clients.on('message', (message: { id: string; at: number }) => {
    const startedAt = postedAt.get(message.id);
    if (startedAt !== undefined) took.push(message.at - startedAt);
  });
  for (const [index, subscriber] of subscribers.entries()) {
    const { path, body } = post(subscriber);
    postedAt.set(subscriber.id, now());
    void connections[index % connections.length]?.post(path, body);
    await sleep(1000 / PUSHES_A_SECOND);
  }
  await sleep(1_000);
  clients.removeAllListeners('message');
  for (const connection of connections) connection.close();
  if (took.length !== subscribers.length)
    throw new Error(`${subscribers.length - took.length} of ${subscribers.length} received no push`);
  return took.toSorted((one, other) => one - other);
}

const webhook = ({ id }: Subscriber) => ({
  path: '/api/webhooks/greenapi/incoming',
  body: JSON.stringify({
    typeWebhook: 'incomingMessageReceived',
    instanceData: { idInstance: 1101000001, wid: '77010000001@c.us', typeInstance: 'whatsapp' },
    timestamp: Math.floor(Date.now() / 1000),
    idMessage: randomUUID(),
    senderData: { chatId: '77010000002@c.us', sender: '77010000002@c.us' },
    messageData: { typeMessage: 'textMessage', textMessageData: { textMessage: `AMT LOGIN ${id}` } },
  }),
});

function now(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

const infrastructure = await startInfrastructure();
const startSubscribers = () => fork(new URL('subscribers.ts', import.meta.url), { execArgv: ['--import', 'tsx'] });
const ids = Array.from({ length: SUBSCRIBERS }, () => randomUUID());

/** Runs one measurement with new subscribers, then stops them and the server, so that measurements are independent. */
async function withSubscribers<T>(server: Server, act: (clients: ChildProcess) => Promise<T>): Promise<T> {
  const clients = startSubscribers();
  try {
    return await act(clients);
  } finally {
    clients.kill('SIGKILL');
    await server.stop();
  }
}

try {
  const startFloor = () =>
    startServer('floor', new URL('floor.mjs', import.meta.url), { REDIS_URL: infrastructure.redisUrl });
  const graphqlFloor = await startFloor();
  const graphqlMemory = await withSubscribers(graphqlFloor, (clients) =>
    connectAll(graphqlFloor, clients, {
      subscribers: ids.map((id) => ({ id, path: '/graphql', messages: subscribing(SUBSCRIPTION, id, 'secret') })),
      protocol: 'graphql-transport-ws',
    }),
  );

  const bareFloor = await startFloor();
  const bare = await withSubscribers(bareFloor, async (clients) => {
    const memory = await connectAll(bareFloor, clients, {
      subscribers: ids.map((id) => ({ id, path: `/bare?id=${id}`, messages: [] })),
    });
    return {
      memory,
      took: await measurePushes(bareFloor.port, clients, {
        subscribers: ids.slice(0, PUSHES).map((id) => ({ id, path: '', messages: [] })),
        post: ({ id }) => ({ path: `/publish?id=${id}`, body: '{}' }),
      }),
    };
  });

  const gateway = await startServer('gateway', new URL('../support/gateway.mjs', import.meta.url), {
    DATABASE_URL: await infrastructure.database('gateway', { migrated: true }),
    REDIS_URL: infrastructure.redisUrl,
    WHATSAPP_LOGIN_TTL_SECONDS: '600',
    GATEWAY_SECRET: 'rQNdBKMa2SVs8vmiTgZPD7uFECztx3epAkf4',
    PORT: '0',
  });
  const ours = await withSubscribers(gateway, async (clients) => {
    const attempts = await startAttempts(gateway.port);
    const memory = await connectAll(gateway, clients, { subscribers: attempts, protocol: 'graphql-transport-ws' });
    return {
      memory,
      took: await measurePushes(gateway.port, clients, { subscribers: attempts.slice(0, PUSHES), post: webhook }),
    };
  });

  console.log(`${SUBSCRIBERS} waiting subscriptions on one instance`);
  for (const kind of ['held', 'resident'] as const) {
    const [gatewayValue, floorValue] = [ours.memory[kind], graphqlMemory[kind]];
    console.log(
      `  memory each, ${kind}: gateway ${gatewayValue.toFixed(1)} KB, bare graphql-ws ${floorValue.toFixed(1)} KB, ratio ${(gatewayValue / floorValue).toFixed(2)} (bare ws with a Redis channel each: ${bare.memory[kind].toFixed(1)} KB)`,
    );
  }
  console.log(`from the POST to the push, ${PUSHES_A_SECOND} a second at that load`);
  for (const [name, part] of [
    ['p50', 0.5],
    ['p99', 0.99],
  ] as const) {
    const [gatewayValue, floorValue] = [percentile(ours.took, part), percentile(bare.took, part)];
    console.log(
      `  ${name}: gateway ${gatewayValue.toFixed(2)} ms, bare Redis publish to ws ${floorValue.toFixed(2)} ms, ratio ${(gatewayValue / floorValue).toFixed(2)}`,
    );
  }
} finally {
  await infrastructure.stop();
}
process.exit(0);
