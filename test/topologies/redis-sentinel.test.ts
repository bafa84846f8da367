import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { complete, allCompleted, startWatching } from '../support/waiting-clients.js';
import { cleanUpProcesses } from '../support/process.js';
import { runDoctor } from '../../src/cli/doctor/doctor.js';
import { SECRET } from '../support/gateway.js';
import { type GatewayPair, bothUp, passOn, startPair } from './support/gateway-pair.js';
import { recordFigure } from './support/record-figure.js';
import { type RedisProcess, startRedisProcess } from './support/redis-process.js';

const MASTER = 'phonegate-master';
const PASSWORD = 'password-of-redis';
/** What docs/operations/scaling.md gives to the user of the gateway. */
const USER = 'user gate on >password-of-gateway resetchannels &phonegate:* +publish +subscribe +unsubscribe +info';
const SENTINEL_PASSWORD = 'password-of-sentinels';
const DOWN_AFTER_MS = 1_000;

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

/** Two servers with a password, one the replica of the other, and three Sentinels with a password of their own. */
let servers: [RedisProcess, RedisProcess];
let sentinels: RedisProcess[];
let pair: GatewayPair;

const startServer = (lines: string[] = []) =>
  startRedisProcess({
    lines: [`requirepass ${PASSWORD}`, `masterauth ${PASSWORD}`, USER, 'repl-diskless-sync-delay 0', ...lines],
    connection: { password: PASSWORD },
  });

const startSentinel = (master: RedisProcess, quorum = 2) =>
  startRedisProcess({
    isSentinel: true,
    lines: [
      `requirepass ${SENTINEL_PASSWORD}`,
      `sentinel sentinel-pass ${SENTINEL_PASSWORD}`,
      `sentinel monitor ${MASTER} ${master.host} ${master.port} ${quorum}`,
      `sentinel auth-pass ${MASTER} ${PASSWORD}`,
      `sentinel down-after-milliseconds ${MASTER} ${DOWN_AFTER_MS}`,
      `sentinel failover-timeout ${MASTER} 4000`,
    ],
    connection: { password: SENTINEL_PASSWORD },
  });

const urlOf = (hosts: { host: string; port: number }[], { name = MASTER, sentinelPassword = SENTINEL_PASSWORD } = {}) =>
  `redis+sentinel://gate:password-of-gateway@${hosts.map(({ host, port }) => `${host}:${port}`).join(',')}?name=${name}&sentinelPassword=${sentinelPassword}`;

beforeAll(async () => {
  const master = await startServer();
  const replica = await startServer([`replicaof ${master.host} ${master.port}`]);
  servers = [master, replica];
  sentinels = await Promise.all(Array.from({ length: 3 }, () => startSentinel(master)));
  // Every Sentinel knows the replica and the other two.
  for (const sentinel of sentinels)
    await vi.waitFor(
      async () => {
        expect(await sentinel.command('SENTINEL', 'replicas', MASTER)).toHaveLength(1);
        expect(await sentinel.command('SENTINEL', 'sentinels', MASTER)).toHaveLength(2);
      },
      { timeout: 30_000, interval: 100 },
    );
  pair = await startPair([urlOf(sentinels), urlOf(sentinels.slice(1))]);
  await bothUp(pair);
});
afterAll(async () => {
  await pair?.stop();
  for (const process of [...(sentinels ?? []), ...(servers ?? [])]) await process.kill();
  await cleanUpProcesses();
});

const doctor = async (redisUrl: string) => {
  const findings = await runDoctor({ env: { REDIS_URL: redisUrl, GATEWAY_SECRET: SECRET } });
  return findings.filter(({ about }) => about === 'redis');
};

describe('Redis with Sentinel', () => {
  test('passes changes from one instance to the other', async (context) => {
    const ms = await passOn(pair);
    recordFigure(context, 'change', `${Math.round(ms)} ms`);
    expect(ms).toBeLessThan(2_000);
  });

  test('the doctor finds nothing, or says what is wrong', async () => {
    const [sentinel] = sentinels as [RedisProcess];
    expect(await doctor(urlOf(sentinels))).toEqual([{ about: 'redis', level: 'ok', message: 'answers' }]);
    expect(await doctor(urlOf(sentinels, { name: 'other' }))).toEqual([
      {
        about: 'redis',
        level: 'problem',
        message: '3 of 3 Sentinels cannot be used (UNKNOWN_MASTER)',
        advice: expect.stringMatching(/\?name=/),
      },
    ]);
    expect(await doctor(urlOf(sentinels, { sentinelPassword: 'wrong' }))).toEqual([
      expect.objectContaining({ level: 'problem', advice: expect.stringMatching(/sentinelPassword/) }),
    ]);
    expect(await doctor(urlOf([sentinel, { host: '127.0.0.1', port: 1 }]))).toEqual([
      expect.objectContaining({
        level: 'warning',
        message: '1 of 2 Sentinels cannot be used (ECONNREFUSED)',
        advice: expect.stringMatching(/^Check that the Sentinel runs there/),
      }),
      { about: 'redis', level: 'ok', message: 'answers' },
    ]);
    expect(await doctor(urlOf(sentinels).replace('password-of-gateway', 'wrong'))).toEqual([
      expect.objectContaining({
        message: 'REDIS_URL cannot be used (WRONGPASS)',
        advice: expect.stringMatching(/wrong/),
      }),
    ]);
    const plain = `redis://:${SENTINEL_PASSWORD}@127.0.0.1:${sentinel.port}`;
    expect(await doctor(plain)).toEqual([
      expect.objectContaining({
        message: 'REDIS_URL cannot be used (IS_SENTINEL)',
        advice: expect.stringMatching(/write redis\+sentinel:/),
      }),
    ]);
    expect(
      await doctor(
        `redis+sentinel://:${PASSWORD}@127.0.0.1:${servers[0].port}?name=${MASTER}&sentinelPassword=${PASSWORD}`,
      ),
    ).toEqual([
      expect.objectContaining({ level: 'problem', advice: expect.stringMatching(/not Sentinels: write redis:/) }),
    ]);
  });

  test('a Sentinel that still names a server that is a replica now misleads nobody', async () => {
    const [master, replica] = servers;
    const outdated = await startSentinel(replica, 5);
    const misled = await startPair([urlOf([outdated, ...sentinels]), urlOf([...sentinels, outdated])]);
    try {
      await bothUp(misled);
      // The Sentinels are subscribed to both servers.
      const gatewaysAt = async (server: RedisProcess) =>
        String(await server.command('CLIENT', 'LIST', 'TYPE', 'pubsub'))
          .split('\n')
          .filter((line) => line !== '' && !line.includes('name=sentinel-')).length;
      expect(await gatewaysAt(replica)).toBe(0);
      expect(await gatewaysAt(master)).toBe(4);
    } finally {
      await misled.stop();
      await outdated.kill();
    }
  });

  test('when the master dies, no change is lost, and messages arrive again after the failover', async (context) => {
    const waiting = await startWatching(pair, 20);
    const during = await startWatching(pair, 20);
    const [master, replica] = servers;
    await master.kill();
    const killedAt = performance.now();
    await complete(pair, waiting);
    const lostFor = await allCompleted(waiting, performance.now());
    recordFigure(context, 'change while no master', `${Math.max(0, Math.round(lostFor))} ms`);
    expect(lostFor).toBeLessThan(3_000);

    await vi.waitFor(
      async () => expect(String(await replica.command('INFO', 'replication'))).toContain('role:master'),
      { timeout: 30_000, interval: 50 },
    );
    const promotedAt = performance.now();
    await bothUp(pair);
    recordFigure(context, 'promoted after', `${Math.round(promotedAt - killedAt)} ms`);
    recordFigure(context, 'connected after that', `${Math.round(performance.now() - promotedAt)} ms`);
    expect(performance.now() - promotedAt).toBeLessThan(6_000);
    const since = performance.now();
    await complete(pair, during);
    expect(await allCompleted(during, since)).toBeLessThan(2_000);

    // The old master comes back as a replica, and nobody returns to it.
    await master.restart();
    await vi.waitFor(async () => expect(String(await master.command('INFO', 'replication'))).toContain('role:slave'), {
      timeout: 30_000,
      interval: 50,
    });
    expect(await passOn(pair)).toBeLessThan(2_000);
  });

  test('works while no Sentinel runs, as long as the master does', async () => {
    for (const sentinel of sentinels) await sentinel.kill();
    expect(await passOn(pair)).toBeLessThan(2_000);
  });
});
