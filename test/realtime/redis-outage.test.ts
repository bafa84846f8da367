import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'graphql-ws';
import { Redis } from 'ioredis';
import { type TestContext, afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
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
import { laySilentCable } from '../support/silent-cable.js';
import { connectSocket, watchLogin } from '../support/watch.js';

/** Without wake-ups a watcher reads every 2 s; the rest is for a busy machine. */
const BY_READING_MS = 2_000 + 1_500;
/** While it does not know yet that they are gone: every 15 s. */
const BY_SLOW_READING_MS = 15_000 + 1_500;

let database: TestDatabase;

/** What would have ended the process. */
const crashes: unknown[] = [];
const crash = (error: unknown) => void crashes.push(error);

beforeAll(async () => {
  process.on('unhandledRejection', crash);
  process.on('uncaughtException', crash);
  database = await createDatabase();
});
afterEach(async () => {
  await sleep(50); // what was left pending would show now
  expect(crashes.splice(0)).toEqual([]);
});
afterAll(async () => {
  await database.drop();
  process.off('unhandledRejection', crash);
  process.off('uncaughtException', crash);
});

/** Two instances that are linked by a Redis of their own. */
interface Scene {
  redis: RedisServer;
  one: TestGateway;
  other: TestGateway;
  clients: Client[];
}

async function scene({ onTestFinished }: TestContext): Promise<Scene> {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const [one, other] = await Promise.all([start(redis.url), start(redis.url)]);
  const set: Scene = { redis, one, other, clients: [] };
  onTestFinished(async () => {
    for (const client of set.clients) client.terminate();
    await Promise.all([set.one.stop(), set.other.stop()]);
  });
  await Promise.all([one, other].map((gateway) => logged(gateway, 'redis.connected')));
  return set;
}

const start = (redisUrl: string) => startGateway({ DATABASE_URL: database.url, REDIS_URL: redisUrl });

interface Waiting {
  attempt: Result;
  /** The final state, and when it was told. */
  told: Promise<{ status: string; at: number }>;
}

/** People who started at one instance and wait at the other, ten on a socket; each has seen PENDING. */
function people(count: number, { one, other, clients }: Scene): Promise<Waiting[]> {
  const sockets = Array.from({ length: Math.ceil(count / 10) }, () => connectSocket(other.socketUrl));
  clients.push(...sockets);
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const attempt = await startWhatsAppLogin(one.graphqlUrl);
      const states = watchLogin(sockets[index % sockets.length] as Client, attempt);
      expect((await states.next()).value?.status).toBe('PENDING');
      const told = (async () => {
        let last = 'nothing';
        for await (const { status } of states) last = status;
        return { status: last, at: performance.now() };
      })();
      told.catch(() => {}); // a test that failed waits no longer
      return { attempt, told };
    }),
  );
}

async function complete(waiting: Waiting[], { one }: Scene): Promise<void> {
  const statuses = await Promise.all(
    waiting.map(({ attempt }) => deliverWebhook(one.url, incomingText(attempt.loginMessage, somePhone()))),
  );
  expect(new Set(statuses)).toEqual(new Set([200]));
}

/** Everybody is told COMPLETED. @returns how long after `since` the last one was. */
async function allTold(waiting: Waiting[], since: number): Promise<number> {
  const told = await Promise.all(waiting.map(({ told }) => told));
  expect(new Set(told.map(({ status }) => status))).toEqual(new Set(['COMPLETED']));
  return Math.max(...told.map(({ at }) => at)) - since;
}

async function loginsWork({ one, other }: Scene): Promise<void> {
  const phone = somePhone();
  const code = await requestOtp(one.graphqlUrl, { phone });
  const { attemptId, secret } = code;
  expect(await verifyOtp(other.graphqlUrl, { attemptId, secret, code: one.codeOf(attemptId) })).toMatchObject({
    __typename: 'Session',
    user: { phone },
  });
  const whatsApp = await startWhatsAppLogin(other.graphqlUrl);
  await deliverWebhook(one.url, incomingText(whatsApp.loginMessage, phone));
  expect(await claimLogin(other.graphqlUrl, whatsApp)).toMatchObject({ __typename: 'Session', user: { phone } });
}

const health = async ({ url }: TestGateway) => {
  const response = await fetch(`${url}/health/ready`);
  const { status, redis } = (await response.json()) as { status: string; redis: string };
  return { code: response.status, status, redis };
};

async function processIdOf({ url }: RedisServer): Promise<number> {
  const admin = new Redis(url);
  const info = await admin.info('server');
  admin.disconnect();
  return Number(/^process_id:(\d+)/m.exec(info)?.[1]);
}

describe('Redis dies while people wait', () => {
  test('and stays away: all are told by re-reading', async (context) => {
    const set = await scene(context);
    const { redis, one, other } = set;
    const waiting = await people(20, set);
    await redis.kill();
    await Promise.all([one, other].map((gateway) => logged(gateway, 'redis.disconnected')));
    expect(await health(other)).toEqual({ code: 200, status: 'degraded', redis: 'down' });
    const since = performance.now();
    await complete(waiting, set);
    expect(await allTold(waiting, since)).toBeLessThan(BY_READING_MS);
    await loginsWork(set);
  });

  test('at the very moment of their webhooks', async (context) => {
    const set = await scene(context);
    const { redis } = set;
    const waiting = await people(20, set);
    const since = performance.now();
    await Promise.all([redis.kill(), complete(waiting, set)]);
    expect(await allTold(waiting, since)).toBeLessThan(BY_READING_MS);
  });

  test('and comes back: all are told at once, and wake-ups arrive again', async (context) => {
    const set = await scene(context);
    const { redis, one, other } = set;
    const waiting = await people(20, set);
    await redis.kill();
    await Promise.all([one, other].map((gateway) => logged(gateway, 'redis.disconnected')));
    await complete(waiting, set);
    const since = performance.now();
    await redis.restart();
    expect(await allTold(waiting, since)).toBeLessThan(BY_READING_MS);

    await Promise.all([one, other].map((gateway) => logged(gateway, 'redis.connected', { times: 2 })));
    expect(await health(other)).toEqual({ code: 200, status: 'ok', redis: 'up' });
    await sleep(200); // the other link of each instance
    const later = await people(10, set);
    const published = performance.now();
    await complete(later, set);
    expect(await allTold(later, published)).toBeLessThan(1_000);
  });

  test('again and again under fifty who wait', { timeout: 60_000 }, async (context) => {
    const set = await scene(context);
    const { redis, other } = set;
    const waiting = await people(50, set);
    const since = performance.now();
    for (let round = 0; round < 5; round += 1) {
      await redis.kill();
      await complete(waiting.slice(round * 10, round * 10 + 5), set);
      await redis.restart();
      await complete(waiting.slice(round * 10 + 5, round * 10 + 10), set);
      await loginsWork(set);
    }
    const killed = performance.now() - since;
    expect(await allTold(waiting, since)).toBeLessThan(killed + BY_READING_MS);
    expect(other.waiting()).toMatchObject({ topics: 0, deadlines: 0 });
  });

  test('people who come while it is away see their state at once, and the change', async (context) => {
    const set = await scene(context);
    const { redis, other } = set;
    await redis.kill();
    await logged(other, 'redis.disconnected');
    const begunAt = performance.now();
    const waiting = await people(10, set);
    expect(performance.now() - begunAt).toBeLessThan(1_500);
    const since = performance.now();
    await complete(waiting, set);
    expect(await allTold(waiting, since)).toBeLessThan(BY_READING_MS);
  });
});

describe.concurrent('Redis hangs', () => {
  test('while people wait: nobody is held up, and all are told', { timeout: 60_000 }, async (context) => {
    const set = await scene(context);
    const { redis } = set;
    const processId = await processIdOf(redis);
    const waiting = await people(10, set);
    process.kill(processId, 'SIGSTOP');
    try {
      const since = performance.now();
      await complete(waiting, set);
      expect(performance.now() - since).toBeLessThan(1_500);
      await loginsWork(set);
      expect(performance.now() - since).toBeLessThan(3_000);

      const begunAt = performance.now();
      const newcomers = await people(5, set);
      expect(performance.now() - begunAt).toBeLessThan(3_500);
      await complete(newcomers, set);
      expect(await allTold([...waiting, ...newcomers], since)).toBeLessThan(BY_SLOW_READING_MS + 4_000);
    } finally {
      process.kill(processId, 'SIGCONT');
    }
  });

  test('and goes on: wake-ups arrive again', { timeout: 60_000 }, async (context) => {
    const set = await scene(context);
    const { redis, one, other } = set;
    const processId = await processIdOf(redis);
    process.kill(processId, 'SIGSTOP');
    try {
      await logged(other, 'redis.disconnected', { withinMs: 15_000 });
    } finally {
      process.kill(processId, 'SIGCONT');
    }
    for (const gateway of [one, other]) await logged(gateway, 'redis.connected', { times: 2, withinMs: 10_000 });
    await sleep(200);
    const waiting = await people(10, set);
    const since = performance.now();
    await complete(waiting, set);
    expect(await allTold(waiting, since)).toBeLessThan(1_000);
  });
});

test.concurrent('links that die without a word are replaced, both of them', { timeout: 60_000 }, async (context) => {
  const set = await scene(context);
  const cable = await laySilentCable(set.redis.url);
  await set.one.stop();
  set.one = await start(cable.url);
  await logged(set.one, 'redis.connected');
  cable.silence();
  await loginsWork(set); // something is announced into the dead link
  await logged(set.one, 'redis.connected', { times: 2, withinMs: 20_000 });
  await sleep(500);
  const waiting = await people(5, set);
  const since = performance.now();
  await complete(waiting, set);
  expect(await allTold(waiting, since)).toBeLessThan(1_500);
  await cable.close();
});

test('a Redis that is not there at the start is missed by nobody, and used when it comes', async (context) => {
  const set = await scene(context);
  const { redis } = set;
  await Promise.all([set.one.stop(), set.other.stop()]);
  await redis.kill();
  [set.one, set.other] = await Promise.all([start(redis.url), start(redis.url)]);
  expect(await health(set.one)).toEqual({ code: 200, status: 'degraded', redis: 'down' });
  await loginsWork(set);
  const waiting = await people(5, set);
  const since = performance.now();
  await complete(waiting, set);
  expect(await allTold(waiting, since)).toBeLessThan(BY_READING_MS);

  await redis.restart();
  await Promise.all([set.one, set.other].map((gateway) => logged(gateway, 'redis.connected')));
  await sleep(200);
  const later = await people(5, set);
  const published = performance.now();
  await complete(later, set);
  expect(await allTold(later, published)).toBeLessThan(1_000);
});

test('junk on the channels of attempts does no harm', async (context) => {
  const set = await scene(context);
  const { redis, other } = set;
  const waiting = await people(5, set);
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
  expect(other.waiting().topics).toBe(5); // nobody believed that it was over
  const since = performance.now();
  await complete(waiting, set);
  expect(await allTold(waiting, since)).toBeLessThan(1_500);
  admin.disconnect();
});
