import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type TestContext, describe, expect, test, vi } from 'vitest';
import { createLog } from '../../src/log.js';
import type { Bus } from '../../src/realtime/bus.js';
import { createRedisBus } from '../../src/realtime/redis/redis-bus.js';
import { layCable } from '../support/cable.js';
import { startRedis, targetOf } from '../support/redis.js';

const log = createLog('error', { write: () => {} });
const TOPIC = 'attempt-1';

/** A bus that publishes over a cable of its own, and one whose connection to Redis stays up. */
async function createBuses({ onTestFinished }: TestContext) {
  const redis = await startRedis();
  const cable = await layCable(redis.url);
  const publishing = createRedisBus(targetOf(cable.url), { log });
  const watching = createRedisBus(targetOf(redis.url), { log });
  onTestFinished(async () => {
    await Promise.all([publishing.close(), watching.close()]);
    await cable.close();
    await redis.stop();
  });
  await isConnected(publishing);
  await isConnected(watching);
  return { redis, cable, publishing, watching };
}

const isConnected = (bus: Bus) =>
  vi.waitFor(() => expect(bus.isConnected()).toBe(true), { timeout: 20_000, interval: 10 });

test('a topic with a new subscriber at the moment at which its last one leaves stays subscribed', async (context) => {
  const { publishing, watching } = await createBuses(context);
  const leave = await watching.subscribe(TOPIC, () => {});
  const wake = vi.fn<() => void>();
  leave();
  await watching.subscribe(TOPIC, wake);
  await sleep(50);
  publishing.publish(TOPIC, { version: 3, state: 'secret' });
  await vi.waitFor(() => expect(wake.mock.calls).toEqual([[{ version: 3 }]]), { timeout: 15_000 });
});

test('topics whose subscribers leave at the same moment are unsubscribed by at most 500 a command', async (context) => {
  const { redis, watching } = await createBuses(context);
  const topics = Array.from({ length: 1_200 }, (_, index) => `attempt-${index}`);
  const leaves = await Promise.all(topics.map(async (topic) => watching.subscribe(topic, () => {})));
  for (const leave of leaves) leave();
  const admin = new Redis(redis.url);
  context.onTestFinished(() => admin.disconnect());
  await vi.waitFor(async () => expect(await admin.pubsub('CHANNELS')).toEqual(['phonegate:heartbeat']), {
    timeout: 15_000,
  });
  expect(await admin.info('commandstats')).toContain('cmdstat_unsubscribe:calls=3,');
});

describe('a change that is published while the connection of the publisher is down', () => {
  test('wakes the watchers of other instances as soon as it is back', async (context) => {
    const { cable, publishing, watching } = await createBuses(context);
    const wake = vi.fn<() => void>();
    await watching.subscribe(TOPIC, wake);
    await cable.pull();
    await vi.waitFor(() => expect(publishing.isConnected()).toBe(false), { timeout: 20_000, interval: 10 });

    publishing.publish(TOPIC);
    await sleep(50);
    expect(wake).not.toHaveBeenCalled();
    await cable.plugIn();
    await vi.waitFor(() => expect(wake).toHaveBeenCalled(), { timeout: 20_000, interval: 10 });
  });
});
