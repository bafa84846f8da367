import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { PostConnection } from '../support/post.js';
import type { Server } from '../support/servers.js';
import { SECRET } from './attempts.js';
import type { ConnectCommand } from './subscribers.js';

const PUSHES_A_SECOND = 100;
/** How long the last pushes may take on a busy machine. */
const LAST_PUSHES_MS = 30_000;
const BARE = { path: '/bare', protocol: undefined, greeting: undefined, subscribe: (id: string) => id };
const GRAPHQL = {
  path: '/graphql',
  protocol: 'graphql-transport-ws',
  greeting: JSON.stringify({ type: 'connection_init' }),
  subscribe: (id: string, idType: string) =>
    JSON.stringify({
      id,
      type: 'subscribe',
      payload: {
        query: `subscription ($attemptId: ${idType}!, $secret: String!) { loginAttemptStatus(attemptId: $attemptId, secret: $secret) { status } }`,
        variables: { attemptId: id, secret: SECRET },
      },
    }),
};

export interface Memory {
  /** KB per subscription of the resident memory of the process, which includes garbage. */
  resident: number;
  /** KB per subscription of heap and external memory after garbage collection. */
  held: number;
  /** MB of the whole process. */
  total: number;
}

/** What the clients connect to. `idType` is the GraphQL type of an attempt's ID; undefined for a socket without GraphQL. */
export interface Waiting {
  server: Server;
  ids: string[];
  perSocket: number;
  idType?: 'ID' | 'String';
}

/**
 * Connects clients in a new process, lets `act` use them while they wait, and ends them.
 *
 * @param act gets the memory of the server per subscription
 */
export async function whileWaiting<T>(
  { server, ids, perSocket, idType }: Waiting,
  act: (waiting: { memory: Memory; clients: ChildProcess }) => Promise<T>,
): Promise<T> {
  const clients = fork(new URL('subscribers.ts', import.meta.url), { execArgv: ['--import', 'tsx'] });
  try {
    const { path, protocol, greeting, subscribe } = idType ? GRAPHQL : BARE;
    const before = await readWaiting(server);
    const connected = new Promise<void>((resolve, reject) => {
      clients.once('message', () => resolve());
      clients.once('exit', () => reject(new Error('The process of the subscribers ended')));
    });
    const sockets = Array.from({ length: Math.ceil(ids.length / perSocket) }, (_, index) => {
      const own = ids.slice(index * perSocket, (index + 1) * perSocket);
      return { ids: own, subscribe: own.map((id) => subscribe(id, idType ?? '')) };
    });
    clients.send({ url: `ws://127.0.0.1:${server.port}${path}`, protocol, greeting, sockets } satisfies ConnectCommand);
    await connected;
    await sleep(4_000); // by then, timers and buffers of the handshakes are freed
    const after = await readWaiting(server);
    if (after.sockets !== sockets.length) throw new Error(`${server.name} has ${after.sockets} sockets`);
    const heldBy = ({ memory }: WaitingNow) => memory.heapUsed + memory.external;
    const each = (bytes: number) => bytes / ids.length / 1024;
    const memory = {
      resident: each(after.memory.rss - before.memory.rss),
      held: each(heldBy(after) - heldBy(before)),
      total: after.memory.rss / 1024 ** 2,
    };
    return await act({ memory, clients });
  } finally {
    clients.kill('SIGKILL');
  }
}

interface WaitingNow {
  sockets: number;
  memory: NodeJS.MemoryUsage;
}

function readWaiting(server: Server): Promise<WaitingNow> {
  return new Promise((resolve) => {
    server.process.once('message', (message) => resolve(message as never));
    server.process.send('waiting');
  });
}

/**
 * Completes attempts at a steady rate.
 *
 * @returns the milliseconds from each POST after the skipped ones to its push, sorted
 */
export async function measurePushes(
  { port }: Server,
  clients: ChildProcess,
  { posts, skipped }: { posts: { id: string; path: string; body: string }[]; skipped: number },
): Promise<number[]> {
  const connections = Array.from({ length: 8 }, () => new PostConnection(port));
  const postedAt = new Map<string, { index: number; at: number }>();
  const took: number[] = [];
  clients.on('message', ({ id, at }: { id: string; at: number }) => {
    const posted = postedAt.get(id);
    if (posted) took[posted.index] = at - posted.at;
  });
  const startedAt = now();
  for (const [index, { id, path, body }] of posts.entries()) {
    // By the clock, because a timer alone is always a little late.
    await sleep(Math.max(0, startedAt + (index * 1000) / PUSHES_A_SECOND - now()));
    postedAt.set(id, { index, at: now() });
    void connections[index % connections.length]?.post(path, body);
  }
  const received = () => Object.keys(took).length;
  const until = now() + LAST_PUSHES_MS;
  while (received() < posts.length && now() < until) await sleep(100);
  clients.removeAllListeners('message');
  for (const connection of connections) connection.close();
  const missing = posts.length - received();
  if (missing > 0) throw new Error(`${missing} of ${posts.length} received no push`);
  return took.slice(skipped).toSorted((one, other) => one - other);
}

/** The number of subscriptions of each socket, so that a process does not open more files than it may. */
export function subscriptionsPerSocket(subscriptions: number): number {
  const files = Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? Infinity);
  return Math.ceil(subscriptions / (files - 1_500));
}

function now(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}
