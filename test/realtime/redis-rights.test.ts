import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type TestContext, afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Cable, layCable } from '../support/cable.js';
import { type TestDatabase, type TestGateway, createDatabase, fetchHealth, startGateway } from '../support/gateway.js';
import { logged } from '../support/logged.js';
import { freePort } from '../support/ports.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { type SilentCable, laySilentCable } from '../support/silent-cable.js';
import { type Pair, allCompleted, complete, startWatching } from '../support/waiting-clients.js';

/** What docs/operations/scaling.md gives to the user of the gateway. */
const RIGHTS = ['resetchannels', '&phonegate:*', '+publish', '+subscribe', '+unsubscribe'];
/** Until watchers notice a change that no message reports: 2 s, and what the machine of the test needs. */
const NOTICED_MS = 2_500;

let database: TestDatabase;
let redis: RedisServer;
let admin: Redis;
let users = 0;

beforeAll(async () => {
  [database, redis] = await Promise.all([createDatabase(), startRedis()]);
  admin = new Redis(redis.url);
});
afterAll(async () => {
  admin.disconnect();
  await redis.stop();
  await database.drop();
});

const acl = (name: string, ...rules: string[]) => admin.call('ACL', 'SETUSER', name, ...rules);

/** A user of Redis with these rights. @returns its name, and a REDIS_URL with its password. */
async function createUser(...rights: string[]): Promise<{ name: string; url: string }> {
  const name = `gateway-${(users += 1)}`;
  await acl(name, 'on', '>a-password', ...rights);
  return { name, url: redis.url.replace('redis://', `redis://${name}:a-password@`) };
}

const startAt = (redisUrl: string) => startGateway({ DATABASE_URL: database.url, REDIS_URL: redisUrl });

async function start({ onTestFinished }: TestContext, redisUrl: string): Promise<TestGateway> {
  const gateway = await startAt(redisUrl);
  onTestFinished(() => gateway.stop());
  return gateway;
}

const isRedis = (gateway: TestGateway, state: 'up' | 'down', withinMs = 10_000) =>
  vi.waitFor(async () => expect(await (await fetchHealth(gateway)).json()).toMatchObject({ redis: state }), {
    timeout: withinMs,
    interval: 50,
  });

const reasons = ({ log }: TestGateway) =>
  log.filter(({ event }) => event === 'redis.disconnected').map(({ reason }) => reason);

describe('a user of Redis', () => {
  test('with the rights that the documentation names is enough', async (context) => {
    const gateway = await start(context, (await createUser(...RIGHTS)).url);
    await isRedis(gateway, 'up');
    expect(reasons(gateway)).toEqual([]);
  });

  test('that may subscribe but not publish is not up, is logged, and is up as soon as it may publish', async (context) => {
    const { name, url } = await createUser(...RIGHTS, '-publish');
    const gateway = await start(context, url);
    await logged(gateway, 'redis.disconnected');
    expect(reasons(gateway)).toEqual(['NOPERM publish']);
    expect(await (await fetchHealth(gateway)).json()).toMatchObject({ status: 'degraded', redis: 'down' });
    await acl(name, '+publish');
    await isRedis(gateway, 'up', 3_000);
    await acl(name, '-publish');
    await isRedis(gateway, 'down', 3_000);
    expect(reasons(gateway)).toEqual(['NOPERM publish', 'NOPERM publish']);
  });

  test('without channels is not up, is logged, and connects ever more slowly', async (context) => {
    const { name, url } = await createUser(...RIGHTS, 'resetchannels');
    const gateway = await start(context, url);
    await logged(gateway, 'redis.disconnected');
    expect(reasons(gateway)).toEqual(['NOPERM channels']);
    const connections = async () => Number(/total_connections_received:(\d+)/.exec(await admin.info('stats'))?.[1]);
    const before = await connections();
    await sleep(4_500);
    const opened = (await connections()) - before;
    expect(opened).toBeGreaterThan(0);
    expect(opened).toBeLessThanOrEqual(5);
    await acl(name, '&phonegate:*');
    await isRedis(gateway, 'up', 5_000);
  });
});

test('a Redis that is never reached is logged', async (context) => {
  const gateway = await start(context, `redis://127.0.0.1:${await freePort()}`);
  await logged(gateway, 'redis.disconnected');
  expect(reasons(gateway)).toEqual(['ECONNREFUSED']);
});

describe('watchers receive changes of an instance within two seconds', () => {
  let user: { name: string; url: string };
  let cable: Cable;
  let silentCable: SilentCable;
  let pair: Pair & { one: TestGateway; other: TestGateway };

  beforeAll(async () => {
    user = await createUser(...RIGHTS);
    silentCable = await laySilentCable(user.url);
    cable = await layCable(silentCable.url);
    const [one, other] = await Promise.all([cable.url, redis.url].map(startAt));
    pair = { one: one as TestGateway, other: other as TestGateway, clients: [] };
  });
  afterAll(async () => {
    for (const client of pair.clients) client.terminate();
    await Promise.all([pair.one.stop(), pair.other.stop()]);
    await cable.close();
    await silentCable.close();
  });

  /** Ten clients wait at the other instance while the link of the first breaks, and ten more come afterwards. */
  async function measure(breakLink: () => Promise<unknown>): Promise<number> {
    await Promise.all([isRedis(pair.one, 'up'), isRedis(pair.other, 'up')]);
    await sleep(500); // each has received a heartbeat of the other
    const waiting = await startWatching(pair, 10);
    await breakLink();
    const since = performance.now();
    await complete(pair, waiting);
    const first = await allCompleted(waiting, since);
    const later = await startWatching(pair, 10);
    const again = performance.now();
    await complete(pair, later);
    return Math.max(first, await allCompleted(later, again));
  }

  test('that may not publish any more', async () => {
    expect(await measure(() => acl(user.name, '-publish'))).toBeLessThan(NOTICED_MS);
    await isRedis(pair.one, 'down');
    await logged(pair.other, 'redis.instance_silent');
    expect(await (await fetchHealth(pair.other)).json()).toMatchObject({ redis: 'up' });
    await acl(user.name, '+publish');
  });

  test('that has lost its Redis', async () => {
    expect(await measure(cable.pull)).toBeLessThan(NOTICED_MS);
    await isRedis(pair.one, 'down');
    await cable.plugIn();
  });

  test('whose connections carry nothing any more, without notice', async () => {
    expect(await measure(async () => silentCable.silence())).toBeLessThan(NOTICED_MS);
  });

  test('and do not wait for an instance that has stopped in an orderly way', async (context) => {
    const third = await start(context, redis.url);
    await isRedis(third, 'up');
    await sleep(500);
    const leaving = await startAt(redis.url);
    await isRedis(leaving, 'up');
    const lines = third.log.length;
    await leaving.stop();
    await sleep(2_000);
    expect(third.log.slice(lines).filter(({ event }) => event.startsWith('redis.'))).toEqual([]);
  });
});
