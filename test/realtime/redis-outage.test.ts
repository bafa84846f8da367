import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'graphql-ws';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
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
let redis: RedisServer;
let one: TestGateway;
let other: TestGateway;
let clients: Client[] = [];

/** What would have ended the process. */
const crashes: unknown[] = [];
const crash = (error: unknown) => void crashes.push(error);

beforeAll(async () => {
  process.on('unhandledRejection', crash);
  process.on('uncaughtException', crash);
  database = await createDatabase();
});
beforeEach(async () => {
  redis = await startRedis();
  [one, other] = await Promise.all([start(), start()]);
  await Promise.all([one, other].map((gateway) => logged(gateway, 'redis.linked')));
});
afterEach(async () => {
  for (const client of clients) client.terminate();
  clients = [];
  await Promise.all([one.stop(), other.stop()]);
  await redis.stop();
  await sleep(50); // what was left pending would show now
  expect(crashes.splice(0)).toEqual([]);
});
afterAll(async () => {
  await database.drop();
  process.off('unhandledRejection', crash);
  process.off('uncaughtException', crash);
});

const start = (url = redis.url) => startGateway({ DATABASE_URL: database.url, REDIS_URL: url });

interface Waiting {
  attempt: Result;
  /** The final state, and when it was told. */
  told: Promise<{ status: string; at: number }>;
}

/** People who started at one instance and wait at the other, ten on a socket; each has seen PENDING. */
function people(count: number, at: TestGateway = other): Promise<Waiting[]> {
  const sockets = Array.from({ length: Math.ceil(count / 10) }, () => connectSocket(at.socketUrl));
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

async function complete(waiting: Waiting[]): Promise<void> {
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

async function loginsWork(): Promise<void> {
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
  test('and stays away: all are told by re-reading', async () => {
    const waiting = await people(20);
    await redis.kill();
    await Promise.all([one, other].map((gateway) => logged(gateway, 'redis.lost')));
    expect(await health(other)).toEqual({ code: 200, status: 'degraded', redis: 'down' });
    const since = performance.now();
    await complete(waiting);
    expect(await allTold(waiting, since)).toBeLessThan(BY_READING_MS);
    await loginsWork();
  });

  test('at the very moment of their webhooks', async () => {
    const waiting = await people(20);
    const since = performance.now();
    await Promise.all([redis.kill(), complete(waiting)]);
    expect(await allTold(waiting, since)).toBeLessThan(BY_READING_MS);
  });

  test('and comes back: all are told at once, and wake-ups arrive again', async () => {
    const waiting = await people(20);
    await redis.kill();
    await Promise.all([one, other].map((gateway) => logged(gateway, 'redis.lost')));
    await complete(waiting);
    const since = performance.now();
    await redis.restart();
    expect(await allTold(waiting, since)).toBeLessThan(BY_READING_MS);

    await Promise.all([one, other].map((gateway) => logged(gateway, 'redis.linked', { times: 2 })));
    expect(await health(other)).toEqual({ code: 200, status: 'ok', redis: 'up' });
    await sleep(200); // the other link of each instance
    const later = await people(10);
    const published = performance.now();
    await complete(later);
    expect(await allTold(later, published)).toBeLessThan(1_000);
  });

  test('again and again under fifty who wait', { timeout: 60_000 }, async () => {
    const waiting = await people(50);
    const since = performance.now();
    for (let round = 0; round < 5; round += 1) {
      await redis.kill();
      await complete(waiting.slice(round * 10, round * 10 + 5));
      await redis.restart();
      await complete(waiting.slice(round * 10 + 5, round * 10 + 10));
      await loginsWork();
    }
    const killed = performance.now() - since;
    expect(await allTold(waiting, since)).toBeLessThan(killed + BY_READING_MS);
    expect(other.waiting()).toMatchObject({ topics: 0, alarms: 0 });
  });

  test('people who come while it is away see their state at once, and the change', async () => {
    await redis.kill();
    await logged(other, 'redis.lost');
    const begunAt = performance.now();
    const waiting = await people(10);
    expect(performance.now() - begunAt).toBeLessThan(1_500);
    const since = performance.now();
    await complete(waiting);
    expect(await allTold(waiting, since)).toBeLessThan(BY_READING_MS);
  });
});

describe('Redis hangs', () => {
  test('while people wait: nobody is held up, and all are told', { timeout: 60_000 }, async () => {
    const processId = await processIdOf(redis);
    const waiting = await people(10);
    process.kill(processId, 'SIGSTOP');
    try {
      const since = performance.now();
      await complete(waiting);
      expect(performance.now() - since).toBeLessThan(1_500);
      await loginsWork();
      expect(performance.now() - since).toBeLessThan(3_000);

      const begunAt = performance.now();
      const newcomers = await people(5);
      expect(performance.now() - begunAt).toBeLessThan(3_500);
      await complete(newcomers);
      expect(await allTold([...waiting, ...newcomers], since)).toBeLessThan(BY_SLOW_READING_MS + 4_000);
    } finally {
      process.kill(processId, 'SIGCONT');
    }
  });

  test('and goes on: wake-ups arrive again', { timeout: 60_000 }, async () => {
    const processId = await processIdOf(redis);
    process.kill(processId, 'SIGSTOP');
    try {
      await logged(other, 'redis.lost', { withinMs: 15_000 });
    } finally {
      process.kill(processId, 'SIGCONT');
    }
    for (const gateway of [one, other]) await logged(gateway, 'redis.linked', { times: 2, withinMs: 10_000 });
    await sleep(200);
    const waiting = await people(10);
    const since = performance.now();
    await complete(waiting);
    expect(await allTold(waiting, since)).toBeLessThan(1_000);
  });
});

test('links that die without a word are replaced, both of them', { timeout: 60_000 }, async () => {
  const cable = await laySilentCable(redis.url);
  await one.stop();
  one = await start(cable.url);
  await logged(one, 'redis.linked');
  cable.silence();
  await loginsWork(); // something is announced into the dead link
  await logged(one, 'redis.linked', { times: 2, withinMs: 20_000 });
  await sleep(500);
  const waiting = await people(5);
  const since = performance.now();
  await complete(waiting);
  expect(await allTold(waiting, since)).toBeLessThan(1_500);
  await cable.close();
});

test('a Redis that is not there at the start is missed by nobody, and used when it comes', async () => {
  await Promise.all([one.stop(), other.stop()]);
  await redis.kill();
  [one, other] = await Promise.all([start(), start()]);
  expect(await health(one)).toEqual({ code: 200, status: 'degraded', redis: 'down' });
  await loginsWork();
  const waiting = await people(5);
  const since = performance.now();
  await complete(waiting);
  expect(await allTold(waiting, since)).toBeLessThan(BY_READING_MS);

  await redis.restart();
  await Promise.all([one, other].map((gateway) => logged(gateway, 'redis.linked')));
  await sleep(200);
  const later = await people(5);
  const published = performance.now();
  await complete(later);
  expect(await allTold(later, published)).toBeLessThan(1_000);
});

test('junk on the channels of attempts does no harm', async () => {
  const waiting = await people(5);
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
  await complete(waiting);
  expect(await allTold(waiting, since)).toBeLessThan(1_500);
  admin.disconnect();
});
