import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'graphql-ws';
import { Redis } from 'ioredis';
import { type TestContext, afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  claimLogin,
  deliverWebhook,
  incomingText,
  requestOtp,
  somePhone,
  startWhatsAppLogin,
  verifyOtp,
} from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, fetchHealth, startGateway } from '../support/gateway.js';
import { logged } from '../support/logged.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { laySilentCable } from '../support/silent-cable.js';
import { allCompleted, complete, startWatching } from '../support/waiting-clients.js';

/**
 * While the bus is connected, a watcher rechecks after 7.5 to 15 s, so of ten watchers at least one rechecks later than this. If all
 * changes arrive earlier, they came by messages, or by earlier rechecks.
 */
const RECHECK_OF_TEN_MS = 10_000;

let database: TestDatabase;

/** Errors that would have ended the process. */
const crashes: unknown[] = [];
const crash = (error: unknown) => void crashes.push(error);

beforeAll(async () => {
  process.on('unhandledRejection', crash);
  process.on('uncaughtException', crash);
  database = await createDatabase();
});
afterAll(async () => {
  await sleep(50); // an unhandled rejection shows now
  await database.drop();
  process.off('unhandledRejection', crash);
  process.off('uncaughtException', crash);
  expect(crashes).toEqual([]);
});

/** Two gateways that share a separate Redis. */
interface Scene {
  redis: RedisServer;
  one: TestGateway;
  other: TestGateway;
  clients: Client[];
}

async function createScene({ onTestFinished }: TestContext): Promise<Scene> {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const [one, other] = await Promise.all([start(redis.url), start(redis.url)]);
  const scene: Scene = { redis, one, other, clients: [] };
  onTestFinished(async () => {
    for (const client of scene.clients) client.terminate();
    await Promise.all([scene.one.stop(), scene.other.stop()]);
  });
  await untilConnected(scene);
  return scene;
}

const start = (redisUrl: string) => startGateway({ DATABASE_URL: database.url, REDIS_URL: redisUrl });

/** Both gateways have logged the event this often. */
const bothLogged = ({ one, other }: Scene, event: string, times = 1) =>
  Promise.all([one, other].map((gateway) => logged(gateway, event, { times, withinMs: 20_000 })));

/** Both connections of each gateway to Redis are up, the one that subscribes and the one that publishes. */
async function untilConnected({ redis, one, other }: Scene, connections = 4): Promise<void> {
  const admin = new Redis(redis.url);
  await vi.waitFor(
    async () => {
      for (const gateway of [one, other]) expect(await health(gateway)).toMatchObject({ redis: 'up' });
      // One of them is the connection of this query.
      const open =
        String(await admin.client('LIST'))
          .trim()
          .split('\n').length - 1;
      expect(open).toBeGreaterThanOrEqual(connections);
    },
    { timeout: 20_000, interval: 20 },
  );
  admin.disconnect();
}

async function loginsWork({ one, other }: Scene): Promise<void> {
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

async function health(gateway: TestGateway) {
  const response = await fetchHealth(gateway);
  const { status, redis } = (await response.json()) as { status: string; redis: string };
  return { code: response.status, status, redis };
}

async function processIdOf({ url }: RedisServer): Promise<number> {
  const admin = new Redis(url);
  const info = await admin.info('server');
  admin.disconnect();
  return Number(/^process_id:(\d+)/m.exec(info)?.[1]);
}

describe.concurrent('when Redis dies while clients watch', () => {
  test('and stays away, all receive the final state by rechecking', async (context) => {
    const scene = await createScene(context);
    const { redis, other } = scene;
    const waiting = await startWatching(scene, 20);
    await redis.kill();
    await bothLogged(scene, 'redis.disconnected');
    expect(await health(other)).toEqual({ code: 200, status: 'degraded', redis: 'down' });
    const since = performance.now();
    await complete(scene, waiting);
    expect(await allCompleted(waiting, since)).toBeLessThan(RECHECK_OF_TEN_MS);
    await loginsWork(scene);
  });

  test('at the moment of their webhooks, all receive the final state', async (context) => {
    const scene = await createScene(context);
    const waiting = await startWatching(scene, 20);
    const since = performance.now();
    await Promise.all([scene.redis.kill(), complete(scene, waiting)]);
    expect(await allCompleted(waiting, since)).toBeLessThan(RECHECK_OF_TEN_MS);
  });

  test('and comes back, all receive the final state at once, and messages arrive again', async (context) => {
    const scene = await createScene(context);
    const { redis, other } = scene;
    const waiting = await startWatching(scene, 20);
    await redis.kill();
    await bothLogged(scene, 'redis.disconnected');
    await complete(scene, waiting);
    const since = performance.now();
    await redis.restart();
    expect(await allCompleted(waiting, since)).toBeLessThan(RECHECK_OF_TEN_MS);

    await bothLogged(scene, 'redis.connected', 2);
    expect(await health(other)).toEqual({ code: 200, status: 'ok', redis: 'up' });
    await untilConnected(scene);
    const later = await startWatching(scene, 10);
    const published = performance.now();
    await complete(scene, later);
    expect(await allCompleted(later, published)).toBeLessThan(RECHECK_OF_TEN_MS);
  });

  test(
    'again and again, all fifty receive the final state and nothing is left behind',
    { timeout: 60_000 },
    async (context) => {
      const scene = await createScene(context);
      const { redis, other } = scene;
      const waiting = await startWatching(scene, 50);
      for (let round = 0; round < 5; round += 1) {
        await redis.kill();
        await complete(scene, waiting.slice(round * 10, round * 10 + 5));
        await redis.restart();
        await complete(scene, waiting.slice(round * 10 + 5, round * 10 + 10));
        await loginsWork(scene);
      }
      const lastRestart = performance.now();
      expect(await allCompleted(waiting, lastRestart)).toBeLessThan(RECHECK_OF_TEN_MS);
      expect(other.waiting()).toMatchObject({ topics: 0, deadlines: 0 });
    },
  );

  test('clients that come while it is away receive their state at once, and the final state', async (context) => {
    const scene = await createScene(context);
    await scene.redis.kill();
    await logged(scene.other, 'redis.disconnected');
    const startedAt = performance.now();
    const waiting = await startWatching(scene, 10);
    expect(performance.now() - startedAt).toBeLessThan(RECHECK_OF_TEN_MS);
    const since = performance.now();
    await complete(scene, waiting);
    expect(await allCompleted(waiting, since)).toBeLessThan(RECHECK_OF_TEN_MS);
  });
});

describe.concurrent('when Redis hangs', () => {
  test(
    'while clients watch, no request waits for it, and all receive the final state',
    { timeout: 60_000 },
    async (context) => {
      const scene = await createScene(context);
      const processId = await processIdOf(scene.redis);
      const waiting = await startWatching(scene, 10);
      process.kill(processId, 'SIGSTOP');
      try {
        const since = performance.now();
        for (const each of waiting) await complete(scene, [each]);
        await loginsWork(scene);
        // One after the other: if each waited for the timeout of a Redis command (2 s), they would take more than 20 s.
        expect(performance.now() - since).toBeLessThan(12_000);

        const startedAt = performance.now();
        const newcomers = await startWatching(scene, 5);
        expect(performance.now() - startedAt).toBeLessThan(RECHECK_OF_TEN_MS);
        await complete(scene, newcomers);
        expect(await allCompleted([...waiting, ...newcomers], since)).toBeLessThan(30_000);
      } finally {
        process.kill(processId, 'SIGCONT');
      }
    },
  );

  test('and then continues, messages arrive again', { timeout: 60_000 }, async (context) => {
    const scene = await createScene(context);
    const processId = await processIdOf(scene.redis);
    process.kill(processId, 'SIGSTOP');
    try {
      await bothLogged(scene, 'redis.disconnected');
    } finally {
      process.kill(processId, 'SIGCONT');
    }
    await bothLogged(scene, 'redis.connected', 2);
    await untilConnected(scene);
    const waiting = await startWatching(scene, 10);
    const since = performance.now();
    await complete(scene, waiting);
    expect(await allCompleted(waiting, since)).toBeLessThan(RECHECK_OF_TEN_MS);
  });
});

test.concurrent(
  'connections that die without notice are replaced, both of them',
  { timeout: 60_000 },
  async (context) => {
    const scene = await createScene(context);
    const cable = await laySilentCable(scene.redis.url);
    context.onTestFinished(() => cable.close());
    await scene.one.stop();
    scene.one = await start(cable.url);
    await untilConnected(scene);
    cable.silence();
    await loginsWork(scene); // publishes into the dead connection
    await logged(scene.one, 'redis.connected', { times: 2, withinMs: 20_000 });
    await untilConnected(scene, 6); // Redis keeps the two dead connections
    const waiting = await startWatching(scene, 5);
    const since = performance.now();
    await complete(scene, waiting);
    expect(await allCompleted(waiting, since)).toBeLessThan(RECHECK_OF_TEN_MS);
  },
);

test.concurrent('gateways start while Redis is away, and use it when it comes', async (context) => {
  const scene = await createScene(context);
  const { redis } = scene;
  await Promise.all([scene.one.stop(), scene.other.stop()]);
  await redis.kill();
  [scene.one, scene.other] = await Promise.all([start(redis.url), start(redis.url)]);
  expect(await health(scene.one)).toEqual({ code: 200, status: 'degraded', redis: 'down' });
  await loginsWork(scene);
  const waiting = await startWatching(scene, 5);
  const since = performance.now();
  await complete(scene, waiting);
  expect(await allCompleted(waiting, since)).toBeLessThan(RECHECK_OF_TEN_MS);

  await redis.restart();
  await untilConnected(scene);
  const later = await startWatching(scene, 5);
  const published = performance.now();
  await complete(scene, later);
  expect(await allCompleted(later, published)).toBeLessThan(RECHECK_OF_TEN_MS);
});

test.concurrent('messages with junk on the channels of attempts do no harm', async (context) => {
  const scene = await createScene(context);
  const { redis, other } = scene;
  const waiting = await startWatching(scene, 5);
  const admin = new Redis(redis.url);
  const channels = (await admin.pubsub('CHANNELS')) as string[];
  expect(channels).toHaveLength(7); // and those of the revocations and of the heartbeats
  for (const channel of [...channels, 'phonegate:change:', 'phonegate:change:__proto__', 'phonegate:change:no-uuid']) {
    for (const junk of ['', '{', 'null', '{"status":"COMPLETED"}', '\u0000\ufffd', 'x'.repeat(1_000_000)])
      await admin.publish(channel, junk);
    await admin.publish(Buffer.from(channel), Buffer.from([0xff, 0xfe, 0x00, 0xc3]));
  }
  await sleep(100);
  expect(other.waiting().topics).toBe(5); // no watcher has ended
  const since = performance.now();
  await complete(scene, waiting);
  expect(await allCompleted(waiting, since)).toBeLessThan(RECHECK_OF_TEN_MS);
  admin.disconnect();
});
