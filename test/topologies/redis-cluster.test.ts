import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CLUSTER_LANES } from '../../src/realtime/redis/lanes.js';
import { cleanUpProcesses } from '../support/process.js';
import { allCompleted, complete, startWatching } from '../support/waiting-clients.js';
import { type GatewayPair, bothUp, passOn, startPair } from './support/gateway-pair.js';
import { recordFigure } from './support/record-figure.js';
import { type RedisCluster, startRedisCluster } from './support/redis-cluster.js';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 120_000 });

/** What docs/operations/scaling.md gives to the user of the gateway. */
const USER = 'user gate on >a-password resetchannels &phonegate:*';
const RIGHTS = '+publish +subscribe +unsubscribe +spublish +ssubscribe +sunsubscribe +cluster|slots';

describe('Redis Cluster', () => {
  let cluster: RedisCluster;
  let pair: GatewayPair;

  beforeAll(async () => {
    cluster = await startRedisCluster({ masters: 3, replicas: 3, lines: [`${USER} ${RIGHTS}`] });
    const url = cluster.url.replace('redis://', 'redis://gate:a-password@');
    pair = await startPair([url, url]);
    await bothUp(pair);
  });
  afterAll(async () => {
    await pair?.stop();
    await cluster?.stop();
    await cleanUpProcesses();
  });

  test('uses the slots that Redis computes for the hash tags', async () => {
    for (const { tag, slot } of CLUSTER_LANES)
      expect(await cluster.nodes[0]?.command('CLUSTER', 'KEYSLOT', `phonegate:change:{${tag}}:any`)).toBe(slot);
  });

  test('passes changes from one instance to the other by sharded messages of every master', async (context) => {
    const ms = await passOn(pair, 30);
    recordFigure(context, 'change', `${Math.round(ms)} ms`);
    expect(ms).toBeLessThan(2_000);
    for (const master of cluster.nodes.slice(0, 3)) {
      expect(await master.command('PUBSUB', 'SHARDCHANNELS')).not.toEqual([]);
      expect(await master.command('PUBSUB', 'CHANNELS')).toEqual([]);
      expect(String(await master.command('INFO', 'commandstats'))).not.toMatch(/cmdstat_(publish|subscribe):/);
    }
  });

  test('while slots move to another master, no change is lost, and messages arrive at once afterwards', async (context) => {
    const waiting = await startWatching(pair, 40);
    const [from, to] = cluster.nodes as [(typeof cluster.nodes)[0], (typeof cluster.nodes)[0]];
    const resharding = cluster.moveSlots(
      from,
      to,
      CLUSTER_LANES.map(({ slot }) => slot).filter((slot) => slot < 5_461),
    );
    const since = performance.now();
    await complete(pair, waiting);
    const [moved, last] = await Promise.all([resharding, allCompleted(waiting, since)]);
    expect(moved).toBeGreaterThan(0);
    recordFigure(context, 'change during a resharding', `${Math.round(last)} ms`);
    expect(last).toBeLessThan(4_000);
    const movedAt = performance.now();
    await bothUp(pair);
    recordFigure(context, 'connected after a resharding', `${Math.round(performance.now() - movedAt)} ms`);
    await sleep(1_000);
    expect(await passOn(pair, 30)).toBeLessThan(2_000);
  });

  test('when a master dies, no change is lost, and messages arrive again after the failover', async (context) => {
    const waiting = await startWatching(pair, 30);
    const during = await startWatching(pair, 30);
    const killedAt = performance.now();
    await cluster.nodes[1]?.kill();
    await complete(pair, waiting);
    const last = await allCompleted(waiting, performance.now());
    recordFigure(context, 'change while a master is missing', `${Math.max(0, Math.round(last))} ms`);
    expect(last).toBeLessThan(3_000);
    await cluster.isComplete();
    const promotedAt = performance.now();
    await bothUp(pair);
    recordFigure(context, 'promoted after', `${Math.round(promotedAt - killedAt)} ms`);
    recordFigure(context, 'connected after that', `${Math.round(performance.now() - promotedAt)} ms`);
    expect(performance.now() - promotedAt).toBeLessThan(6_000);
    const since = performance.now();
    await complete(pair, during);
    expect(await allCompleted(during, since)).toBeLessThan(2_000);
  });
});

// Redis before version 7 has no sharded publish/subscribe. Here its commands are switched off.
describe('Redis Cluster without sharded publish/subscribe', () => {
  let cluster: RedisCluster;
  let pair: GatewayPair;

  beforeAll(async () => {
    const removed = ['spublish', 'ssubscribe', 'sunsubscribe'].map((command) => `rename-command ${command} ""`);
    cluster = await startRedisCluster({ masters: 3, replicas: 0, lines: removed });
    pair = await startPair([cluster.url, cluster.url]);
    await bothUp(pair);
  });
  afterAll(async () => {
    await pair?.stop();
    await cluster?.stop();
    await cleanUpProcesses();
  });

  test('passes changes from one instance to the other', async (context) => {
    const ms = await passOn(pair, 30);
    recordFigure(context, 'change', `${Math.round(ms)} ms`);
    expect(ms).toBeLessThan(2_000);
  });
});
