import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'graphql-ws';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type Result,
  claimLogin,
  deliverWebhook,
  incomingText,
  requestOtp,
  somePhone,
  startWhatsAppLogin,
  verifyOtp,
} from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { logged } from '../support/logged.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { type SilentCable, laySilentCable } from '../support/silent-cable.js';
import { connectSocket, watchLogin } from '../support/watch.js';

/** The earliest recheck of a watcher while the bus is connected. What arrives earlier came by a message, or by a sooner recheck. */
const CONNECTED_RECHECK_MS = 7_500;
/** How often a gateway pings Redis. */
const HEARTBEAT_MS = 5_000;

let database: TestDatabase;
let redis: RedisServer;
/** Attempts are started and completed at `one`, and watched at `other`. */
let one: TestGateway;
let other: TestGateway;
/** The connections of `one` to Redis. */
let cable: SilentCable;
const clients: Client[] = [];
let redisIsDown = false;

/** What would have ended the process. */
const crashes: unknown[] = [];
const crash = (error: unknown) => void crashes.push(error);

beforeAll(async () => {
  process.on('unhandledRejection', crash);
  process.on('uncaughtException', crash);
  // Intervals run as usual, and a test can move them ahead to the next heartbeat.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'], shouldAdvanceTime: true });
  [database, redis] = await Promise.all([createDatabase(), startRedis()]);
  cable = await laySilentCable(redis.url);
  [one, other] = await Promise.all([start(cable.url), start(redis.url)]);
});
afterAll(async () => {
  await Promise.all([one.stop(), other.stop()]);
  vi.useRealTimers();
  await Promise.all([cable.close(), redis.stop(), database.drop()]);
  process.off('unhandledRejection', crash);
  process.off('uncaughtException', crash);
});

/** Each test begins with both gateways connected, and nothing left of the test before. */
beforeEach(async () => {
  await untilConnected();
  await vi.waitFor(() => expect(other.waiting()).toEqual({ sockets: 0, topics: 0, deadlines: 0 }), { timeout: 5_000 });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.terminate();
  if (redisIsDown) await restartRedis();
  await sleep(50); // a rejection that nobody handled shows now
  expect(crashes.splice(0)).toEqual([]);
});

const start = (redisUrl: string) => startGateway({ DATABASE_URL: database.url, REDIS_URL: redisUrl });

/** The next time that a gateway logs the event; earlier ones do not count. */
function nextOf(gateway: TestGateway, event: string): () => Promise<void> {
  const before = gateway.log.filter((line) => line.event === event).length;
  return () => logged(gateway, event, { times: before + 1, withinMs: 20_000 });
}
const nextOfBoth = (event: string) => {
  const both = [one, other].map((gateway) => nextOf(gateway, event));
  return () => Promise.all(both.map((logged) => logged()));
};

interface Waiting {
  attempt: Result;
  /** The final state, and when it arrived. */
  ended: Promise<{ status: string; at: number }>;
}

/** Attempts that are started at one gateway and watched at the other, ten per socket. Each watcher has received PENDING. */
function startWatching(count: number): Promise<Waiting[]> {
  const sockets = Array.from({ length: Math.ceil(count / 10) }, () => connectSocket(other.socketUrl));
  clients.push(...sockets);
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const attempt = await startWhatsAppLogin(one.graphqlUrl);
      const states = watchLogin(sockets[index % sockets.length] as Client, attempt);
      expect((await states.next()).value?.status).toBe('PENDING');
      const ended = (async () => {
        let last = 'nothing';
        for await (const { status } of states) last = status;
        return { status: last, at: performance.now() };
      })();
      ended.catch(() => {}); // a test that has failed does not wait for it
      return { attempt, ended };
    }),
  );
}

async function complete(waiting: Waiting[]): Promise<void> {
  const statuses = await Promise.all(
    waiting.map(({ attempt }) => deliverWebhook(one.url, incomingText(attempt.loginMessage, somePhone()))),
  );
  expect(new Set(statuses)).toEqual(new Set([200]));
}

/** Every watcher receives COMPLETED. @returns the milliseconds from `since` to the last one. */
async function allCompleted(waiting: Waiting[], since: number): Promise<number> {
  const ended = await Promise.all(waiting.map(({ ended }) => ended));
  expect(new Set(ended.map(({ status }) => status))).toEqual(new Set(['COMPLETED']));
  return Math.max(...ended.map(({ at }) => at)) - since;
}

/** Both connections of each gateway to Redis are up, the one that subscribes and the one that publishes. */
async function untilConnected(connections = 4): Promise<void> {
  const admin = new Redis(redis.url);
  await vi.waitFor(
    async () => {
      for (const gateway of [one, other]) expect(await health(gateway)).toMatchObject({ redis: 'up' });
      expect(await connectionCount(admin)).toBeGreaterThanOrEqual(connections);
    },
    { timeout: 20_000, interval: 20 },
  );
  admin.disconnect();
}

/** The connections that Redis has, other than this one. */
const connectionCount = async (admin: Redis) =>
  String(await admin.client('LIST'))
    .trim()
    .split('\n').length - 1;

async function killRedis(): Promise<void> {
  redisIsDown = true;
  await redis.kill();
}

async function restartRedis(): Promise<void> {
  await redis.restart();
  redisIsDown = false;
}

async function loginsWork(): Promise<void> {
  const phone = somePhone();
  const { attemptId, secret } = await requestOtp(one.graphqlUrl, { phone });
  expect(await verifyOtp(other.graphqlUrl, { attemptId, secret, code: one.codeOf(attemptId) })).toMatchObject({
    __typename: 'Session',
    user: { phone },
  });
  const whatsApp = await startWhatsAppLogin(other.graphqlUrl);
  await deliverWebhook(one.url, incomingText(whatsApp.loginMessage, phone));
  expect(await claimLogin(other.graphqlUrl, whatsApp)).toMatchObject({ __typename: 'Session', user: { phone } });
}

async function health({ url }: TestGateway) {
  const response = await fetch(`${url}/health/ready`);
  const { status, redis } = (await response.json()) as { status: string; redis: string };
  return { code: response.status, status, redis };
}

async function redisProcessId(): Promise<number> {
  const admin = new Redis(redis.url);
  const info = await admin.info('server');
  admin.disconnect();
  return Number(/^process_id:(\d+)/m.exec(info)?.[1]);
}

describe('when Redis dies while clients watch', () => {
  test('and stays away, all receive the final state by rechecking', async () => {
    const waiting = await startWatching(20);
    const disconnected = nextOfBoth('redis.disconnected');
    await killRedis();
    await disconnected();
    expect(await health(other)).toEqual({ code: 200, status: 'degraded', redis: 'down' });
    const since = performance.now();
    await complete(waiting);
    expect(await allCompleted(waiting, since)).toBeLessThan(CONNECTED_RECHECK_MS);
    await loginsWork();
  });

  test('at the moment of their webhooks, all receive the final state', async () => {
    const waiting = await startWatching(20);
    const since = performance.now();
    await Promise.all([killRedis(), complete(waiting)]);
    expect(await allCompleted(waiting, since)).toBeLessThan(CONNECTED_RECHECK_MS);
  });

  test('and comes back, all receive the final state at once, and messages arrive again', async () => {
    const waiting = await startWatching(20);
    const disconnected = nextOfBoth('redis.disconnected');
    await killRedis();
    await disconnected();
    await complete(waiting);
    const since = performance.now();
    const connected = nextOfBoth('redis.connected');
    await restartRedis();
    expect(await allCompleted(waiting, since)).toBeLessThan(CONNECTED_RECHECK_MS);

    await connected();
    expect(await health(other)).toEqual({ code: 200, status: 'ok', redis: 'up' });
    await untilConnected();
    const later = await startWatching(10);
    const published = performance.now();
    await complete(later);
    expect(await allCompleted(later, published)).toBeLessThan(CONNECTED_RECHECK_MS);
  });

  test(
    'again and again, all fifty receive the final state and nothing is left behind',
    { timeout: 60_000 },
    async () => {
      const waiting = await startWatching(50);
      for (let round = 0; round < 5; round += 1) {
        await killRedis();
        await complete(waiting.slice(round * 10, round * 10 + 5));
        await restartRedis();
        await complete(waiting.slice(round * 10 + 5, round * 10 + 10));
        await loginsWork();
      }
      const lastRestart = performance.now();
      expect(await allCompleted(waiting, lastRestart)).toBeLessThan(CONNECTED_RECHECK_MS);
      expect(other.waiting()).toMatchObject({ topics: 0, deadlines: 0 });
    },
  );

  test('clients that come while it is away receive their state at once, and the final state', async () => {
    const disconnected = nextOf(other, 'redis.disconnected');
    await killRedis();
    await disconnected();
    const startedAt = performance.now();
    const waiting = await startWatching(10);
    expect(performance.now() - startedAt).toBeLessThan(CONNECTED_RECHECK_MS);
    const since = performance.now();
    await complete(waiting);
    expect(await allCompleted(waiting, since)).toBeLessThan(CONNECTED_RECHECK_MS);
  });
});

describe('when Redis hangs', () => {
  test(
    'while clients watch, no request waits for it, and all receive the final state',
    { timeout: 60_000 },
    async () => {
      const processId = await redisProcessId();
      const waiting = await startWatching(10);
      process.kill(processId, 'SIGSTOP');
      try {
        const since = performance.now();
        for (const each of waiting) await complete([each]);
        await loginsWork();
        // One after the other: if each waited for the timeout of a Redis command (2 s), they would take more than 20 s.
        expect(performance.now() - since).toBeLessThan(12_000);

        const startedAt = performance.now();
        const newcomers = await startWatching(5);
        expect(performance.now() - startedAt).toBeLessThan(CONNECTED_RECHECK_MS);
        await complete(newcomers);
        vi.advanceTimersByTime(HEARTBEAT_MS);
        expect(await allCompleted([...waiting, ...newcomers], since)).toBeLessThan(30_000);
      } finally {
        process.kill(processId, 'SIGCONT');
      }
    },
  );

  test('and then continues, messages arrive again', { timeout: 60_000 }, async () => {
    const processId = await redisProcessId();
    const [disconnected, connected] = [nextOfBoth('redis.disconnected'), nextOfBoth('redis.connected')];
    process.kill(processId, 'SIGSTOP');
    try {
      vi.advanceTimersByTime(HEARTBEAT_MS);
      await disconnected();
    } finally {
      process.kill(processId, 'SIGCONT');
    }
    await connected();
    await untilConnected();
    const waiting = await startWatching(10);
    const since = performance.now();
    await complete(waiting);
    expect(await allCompleted(waiting, since)).toBeLessThan(CONNECTED_RECHECK_MS);
  });
});

test('a message with junk on the channels of attempts does no harm', async () => {
  const waiting = await startWatching(5);
  const admin = new Redis(redis.url);
  const channels = (await admin.pubsub('CHANNELS')) as string[];
  expect(channels).toHaveLength(6); // and that of the revocations
  for (const channel of [
    ...channels,
    'phonegate:wake-up:',
    'phonegate:wake-up:__proto__',
    'phonegate:wake-up:no-uuid',
  ]) {
    for (const junk of ['', '{', 'null', '{"status":"COMPLETED"}', '\u0000\ufffd', 'x'.repeat(1_000_000)])
      await admin.publish(channel, junk);
    await admin.publish(Buffer.from(channel), Buffer.from([0xff, 0xfe, 0x00, 0xc3]));
  }
  await sleep(100);
  expect(other.waiting().topics).toBe(5); // no watcher has ended
  const since = performance.now();
  await complete(waiting);
  expect(await allCompleted(waiting, since)).toBeLessThan(CONNECTED_RECHECK_MS);
  admin.disconnect();
});

test('a gateway starts while Redis is away, and uses it when it comes', async () => {
  await Promise.all([one.stop(), other.stop()]);
  await killRedis();
  [one, other] = await Promise.all([start(cable.url), start(redis.url)]);
  expect(await health(one)).toEqual({ code: 200, status: 'degraded', redis: 'down' });
  await loginsWork();
  const waiting = await startWatching(5);
  const since = performance.now();
  await complete(waiting);
  expect(await allCompleted(waiting, since)).toBeLessThan(CONNECTED_RECHECK_MS);

  const connected = nextOfBoth('redis.connected');
  await restartRedis();
  await connected();
  await untilConnected();
  const later = await startWatching(5);
  const published = performance.now();
  await complete(later);
  expect(await allCompleted(later, published)).toBeLessThan(CONNECTED_RECHECK_MS);
});

// Last, because Redis keeps the dead connections.
test('connections that die without notice are replaced, both of them', { timeout: 60_000 }, async () => {
  const admin = new Redis(redis.url);
  const before = await connectionCount(admin);
  admin.disconnect();
  const connected = nextOf(one, 'redis.connected');
  cable.silence();
  await loginsWork(); // publishes into the dead connection
  vi.advanceTimersByTime(HEARTBEAT_MS);
  await connected();
  await untilConnected(before + 2);
  const waiting = await startWatching(5);
  const since = performance.now();
  await complete(waiting);
  expect(await allCompleted(waiting, since)).toBeLessThan(CONNECTED_RECHECK_MS);
});
