// `npm run bench:hostile`: the time of an honest sign-in while 10,000 hostile sockets and streams of one network and 1,000
// of each of ten others attack, next to the time in the same run before the attack. And the gateway's memory.
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMs, percentile, residentMb } from '../support/cost.js';
import { PostConnection } from '../support/post.js';
import { createReport } from '../support/report.js';
import { startInfrastructure, startServer } from '../support/servers.js';

const report = createReport();
const FROM_ONE = report.setting('FROM_ONE', 10_000);
const FROM_OTHERS = report.setting('FROM_OTHERS', 1_000);
const OTHERS = 10;
const MEASURE_MS = report.setting('MEASURE_MS', 15_000);
const HONEST = 4;
const ATTACKERS = 2;
/** The goals: an honest p99 below this ratio to its quiet value, and the gateway's resident memory below this bound. */
const GOAL_RATIO = 3;
const GOAL_MB = 640;

const infrastructure = await startInfrastructure();
report.versions(infrastructure.versions);
const server = await startServer('gateway', new URL('../support/gateway.mjs', import.meta.url), {
  DATABASE_URL: await infrastructure.database('gateway', { migrated: true }),
  REDIS_URL: infrastructure.redisUrl,
  GATEWAY_SECRET: 'rQNdBKMa2SVs8vmiTgZPD7uFECztx3epAkf4',
  TRUSTED_PROXY_HOPS: '1',
  ALLOW_UNSAFE_DEVELOPMENT: 'on', // the benchmark is the proxy that forwards the webhooks
  GREEN_API_ID_INSTANCE: '1101000001',
  PORT: '0',
});
const pid = server.process.pid ?? 0;

async function graphql<Data>(connection: PostConnection, body: object): Promise<Data> {
  const answer = JSON.parse(await connection.post('/graphql', JSON.stringify(body))) as { data?: Data };
  if (!answer.data) throw new Error(JSON.stringify(answer));
  return answer.data;
}

interface Attempt {
  attemptId: string;
  secret: string;
}

async function start(connection: PostConnection): Promise<Attempt> {
  const query = 'mutation { startWhatsAppLogin { ... on WhatsAppLogin { attemptId secret } } }';
  const { startWhatsAppLogin } = await graphql<{ startWhatsAppLogin: Attempt }>(connection, { query });
  return startWhatsAppLogin;
}

let users = 0;

/** A whole sign-in by WhatsApp, of another user each time. @returns the milliseconds that it took */
async function signIn(connection: PostConnection): Promise<number> {
  const startedAt = performance.now();
  const { attemptId, secret } = await start(connection);
  const answer = await connection.post(
    '/api/webhooks/greenapi/incoming',
    webhook(attemptId, `7701${String((users += 1)).padStart(7, '0')}`),
  );
  if (answer.includes('error')) throw new Error(`The webhook answered ${answer}`);
  const query =
    'mutation ($input: ClaimLoginInput!) { claimLogin(input: $input) { __typename ... on Error { code } } }';
  for (;;) {
    const variables = { input: { attemptId, secret } };
    const { claimLogin } = await graphql<{ claimLogin: { __typename: string } }>(connection, { query, variables });
    if (claimLogin.__typename === 'Session') return performance.now() - startedAt;
    await sleep(5);
  }
}

function webhook(attemptId: string, phone: string): string {
  return JSON.stringify({
    typeWebhook: 'incomingMessageReceived',
    instanceData: { idInstance: 1101000001, wid: '77010000001@c.us', typeInstance: 'whatsapp' },
    timestamp: Math.floor(Date.now() / 1000),
    idMessage: randomUUID(),
    senderData: { chatId: `${phone}@c.us`, sender: `${phone}@c.us` },
    messageData: { typeMessage: 'textMessage', textMessageData: { textMessage: `AMT LOGIN ${attemptId}` } },
  });
}

async function measure(): Promise<number[]> {
  const took: number[] = [];
  const end = Date.now() + MEASURE_MS;
  await Promise.all(
    Array.from({ length: HONEST }, async (_, index) => {
      const connection = new PostConnection(server.port, `198.51.100.${index + 1}`);
      while (Date.now() < end) {
        took.push(await signIn(connection));
        await sleep(20);
      }
      connection.close();
    }),
  );
  return took.toSorted((one, other) => one - other);
}

async function attack(): Promise<{ stop(): void; open(): number }> {
  const networks = await Promise.all(
    Array.from({ length: 1 + OTHERS }, async (_, index) => {
      const ip = `203.0.113.${index + 1}`;
      const connection = new PostConnection(server.port, ip);
      const attempt = await start(connection);
      connection.close();
      return { ip, attempt, connections: Math.ceil((index === 0 ? FROM_ONE : FROM_OTHERS) / ATTACKERS) };
    }),
  );
  const open = Array.from({ length: ATTACKERS }, () => 0);
  const attackers: ChildProcess[] = open.map((_, index) => {
    const attacker = fork(new URL('attackers.ts', import.meta.url), { execArgv: ['--import', 'tsx'] });
    // The attackers of the real world have machines of their own; here they leave the CPU to the gateway.
    setPriority(attacker.pid ?? 0, 19);
    attacker.on('message', (message: { open: number }) => (open[index] = message.open));
    attacker.send({ port: server.port, networks });
    return attacker;
  });
  return {
    stop: () => attackers.forEach((attacker) => attacker.kill('SIGKILL')),
    open: () => open.reduce((sum, count) => sum + count, 0),
  };
}

try {
  await measure(); // warms up
  const quiet = await measure();
  const quietMb = residentMb(pid);
  const attackers = await attack();
  await sleep(6_000);
  let peakMb = 0;
  let mostOpen = 0;
  const watching = setInterval(() => {
    peakMb = Math.max(peakMb, residentMb(pid));
    mostOpen = Math.max(mostOpen, attackers.open());
  }, 200);
  const cpuBefore = cpuMs(pid);
  const attacked = await measure();
  const busy = (cpuMs(pid) - cpuBefore) / MEASURE_MS;
  clearInterval(watching);
  server.process.send('waiting');
  const { sockets } = await new Promise<{ sockets: number }>((resolve) =>
    server.process.once('message', (message) => resolve(message as never)),
  );
  attackers.stop();

  report.print(`${FROM_ONE} hostile connections of one network, ${FROM_OTHERS} of each of ${OTHERS} others`);
  report.print(
    `  connections of the attackers at once: ${mostOpen}; sockets that the gateway holds: ${sockets}; its CPU: ${(busy * 100).toFixed(0)} %`,
  );
  for (const [name, part] of [
    ['p50', 0.5],
    ['p99', 0.99],
  ] as const) {
    const [under, before] = [percentile(attacked, part), percentile(quiet, part)];
    report.print(
      `  honest sign-in, ${name}: attacked ${under.toFixed(1)} ms, quiet ${before.toFixed(1)} ms, ratio ${(under / before).toFixed(2)}`,
    );
    report.figure({
      name: `${name} of an honest sign-in, attacked to quiet`,
      value: under / before,
      better: 'lower',
      ...(name === 'p99' && { goal: GOAL_RATIO }),
    });
  }
  report.print(`  honest sign-ins in ${MEASURE_MS / 1000} s: attacked ${attacked.length}, quiet ${quiet.length}`);
  report.print(`  memory of the gateway: attacked at most ${peakMb.toFixed(0)} MB, quiet ${quietMb.toFixed(0)} MB`);
  const ratio = percentile(attacked, 0.99) / percentile(quiet, 0.99);
  report.print(`  ${ratio < GOAL_RATIO ? 'met   ' : 'MISSED'} a p99 below ${GOAL_RATIO} times the quiet value`);
  report.print(`  ${peakMb < GOAL_MB ? 'met   ' : 'MISSED'} at most ${GOAL_MB} MB`);
  report.figure({ name: 'memory of the gateway', value: peakMb, unit: 'MB', better: 'lower', goal: GOAL_MB });
  report.save();
} finally {
  await server.stop();
  await infrastructure.stop();
}
process.exit(0);
