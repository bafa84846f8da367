// `npm run bench:waiting`: ten thousand people wait on one instance. What does each cost in memory, and how soon is one told?
// Both beside floors measured in the same run.
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../support/cost.js';
import { PostConnection } from '../support/post.js';
import { type Contestant, layGround, startContestant } from '../support/servers.js';

const PEOPLE = Number(process.env['PEOPLE'] ?? 10_000);
const PUSHES = Number(process.env['PUSHES'] ?? 2_000);
const PUSHES_A_SECOND = 100;

interface Person {
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

async function startAttempts(port: number): Promise<Person[]> {
  const connections = Array.from({ length: 16 }, () => new PostConnection(port));
  const body = JSON.stringify({
    query: 'mutation { startWhatsAppLogin { ... on WhatsAppLogin { attemptId secret } } }',
  });
  const people: Person[] = [];
  await Promise.all(
    connections.map(async (connection) => {
      while (people.length < PEOPLE) {
        const answer = await connection.post('/graphql', body);
        const { attemptId, secret } = (
          JSON.parse(answer) as { data: { startWhatsAppLogin: { attemptId: string; secret: string } } }
        ).data.startWhatsAppLogin;
        people.push({
          id: attemptId,
          path: '/graphql',
          messages: subscribing(SUBSCRIPTION.replaceAll('$attemptId: String!', '$attemptId: ID!'), attemptId, secret),
        });
      }
    }),
  );
  for (const connection of connections) connection.close();
  return people.slice(0, PEOPLE);
}

interface Memory {
  /** KB a person that the process has taken from the system: what the operator sees, garbage and all. */
  resident: number;
  /** KB a person that is held, after garbage collection: heap, and what hangs on it. */
  held: number;
}

/** Gathers the people at a server. @returns the memory that each of them costs there. */
async function gather(
  server: Contestant,
  crowd: ChildProcess,
  { people, protocol }: { people: Person[]; protocol?: string },
): Promise<Memory> {
  const before = await waiting(server);
  await new Promise<void>((resolve, reject) => {
    crowd.once('message', () => resolve());
    crowd.once('exit', () => reject(new Error('The crowd broke up')));
    crowd.send({ url: `ws://127.0.0.1:${server.port}`, protocol, people });
  });
  await sleep(4_000); // what a handshake leaves behind (timers, buffers) is gone
  const after = await waiting(server);
  if (after.sockets !== PEOPLE) throw new Error(`${after.sockets} wait at ${server.name}`);
  const held = ({ memory }: Waiting) => memory.heapUsed + memory.external;
  return {
    resident: (after.memory.rss - before.memory.rss) / PEOPLE / 1024,
    held: (held(after) - held(before)) / PEOPLE / 1024,
  };
}

interface Waiting {
  sockets: number;
  memory: NodeJS.MemoryUsage;
}

function waiting(server: Contestant): Promise<Waiting> {
  return new Promise((resolve) => {
    server.process.once('message', (message) => resolve(message as never));
    server.process.send('waiting');
  });
}

/** Completes people one after the other at a steady rate. @returns milliseconds from the POST to the push, sorted. */
async function push(
  port: number,
  crowd: ChildProcess,
  { people, post }: { people: Person[]; post: (person: Person) => { path: string; body: string } },
): Promise<number[]> {
  const connections = Array.from({ length: 8 }, () => new PostConnection(port));
  const begun = new Map<string, number>();
  const took: number[] = [];
  crowd.on('message', (message: { id: string; at: number }) => {
    const startedAt = begun.get(message.id);
    if (startedAt !== undefined) took.push(message.at - startedAt);
  });
  for (const [index, person] of people.entries()) {
    const { path, body } = post(person);
    begun.set(person.id, now());
    void connections[index % connections.length]?.post(path, body);
    await sleep(1000 / PUSHES_A_SECOND);
  }
  await sleep(1_000);
  crowd.removeAllListeners('message');
  for (const connection of connections) connection.close();
  if (took.length !== people.length)
    throw new Error(`${people.length - took.length} of ${people.length} were not told`);
  return took.toSorted((one, other) => one - other);
}

const webhook = ({ id }: Person) => ({
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

const ground = await layGround();
const newCrowd = () => fork(new URL('crowd.ts', import.meta.url), { execArgv: ['--import', 'tsx'] });
const people = Array.from({ length: PEOPLE }, () => randomUUID());

/** One server, one crowd, then both leave: nothing measured stands on what was measured before. */
async function visit<T>(server: Contestant, act: (crowd: ChildProcess) => Promise<T>): Promise<T> {
  const crowd = newCrowd();
  try {
    return await act(crowd);
  } finally {
    crowd.kill('SIGKILL');
    await server.stop();
  }
}

try {
  const startFloor = () =>
    startContestant('floor', new URL('floor.mjs', import.meta.url), { REDIS_URL: ground.redisUrl });
  const graphqlFloor = await startFloor();
  const graphqlMemory = await visit(graphqlFloor, (crowd) =>
    gather(graphqlFloor, crowd, {
      people: people.map((id) => ({ id, path: '/graphql', messages: subscribing(SUBSCRIPTION, id, 'secret') })),
      protocol: 'graphql-transport-ws',
    }),
  );

  const bareFloor = await startFloor();
  const bare = await visit(bareFloor, async (crowd) => {
    const memory = await gather(bareFloor, crowd, {
      people: people.map((id) => ({ id, path: `/bare?id=${id}`, messages: [] })),
    });
    return {
      memory,
      took: await push(bareFloor.port, crowd, {
        people: people.slice(0, PUSHES).map((id) => ({ id, path: '', messages: [] })),
        post: ({ id }) => ({ path: `/publish?id=${id}`, body: '{}' }),
      }),
    };
  });

  const gateway = await startContestant('gateway', new URL('../support/gateway.mjs', import.meta.url), {
    DATABASE_URL: await ground.database('gateway', { migrated: true }),
    REDIS_URL: ground.redisUrl,
    WHATSAPP_LOGIN_TTL_SECONDS: '600',
    GATEWAY_SECRET: 'a secret for benchmarks only, long enough to be taken',
    PORT: '0',
  });
  const ours = await visit(gateway, async (crowd) => {
    const attempts = await startAttempts(gateway.port);
    const memory = await gather(gateway, crowd, { people: attempts, protocol: 'graphql-transport-ws' });
    return { memory, took: await push(gateway.port, crowd, { people: attempts.slice(0, PUSHES), post: webhook }) };
  });

  console.log(`${PEOPLE} waiting subscriptions on one instance`);
  for (const kind of ['held', 'resident'] as const) {
    const [we, floor] = [ours.memory[kind], graphqlMemory[kind]];
    console.log(
      `  memory each, ${kind}: gateway ${we.toFixed(1)} KB, bare graphql-ws ${floor.toFixed(1)} KB, ratio ${(we / floor).toFixed(2)} (bare ws with a Redis channel each: ${bare.memory[kind].toFixed(1)} KB)`,
    );
  }
  console.log(`from the POST to the push, ${PUSHES_A_SECOND} a second at that load`);
  for (const [name, part] of [
    ['p50', 0.5],
    ['p99', 0.99],
  ] as const) {
    const [we, floor] = [percentile(ours.took, part), percentile(bare.took, part)];
    console.log(
      `  ${name}: gateway ${we.toFixed(2)} ms, bare Redis publish to ws ${floor.toFixed(2)} ms, ratio ${(we / floor).toFixed(2)}`,
    );
  }
} finally {
  await ground.stop();
}
process.exit(0);
