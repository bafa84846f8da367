import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { cpuMs } from './cpu-time.js';
import { createNetworkBudget } from './network-budget.js';
import { createFairQueue } from './fair-queue.js';

const unlimited = () => createNetworkBudget({ perSecond: 1e9, burst: 1e9, production: true });

test('one job runs at each turn of the event loop, so that others are served in between', async () => {
  const fairQueue = createFairQueue(unlimited());
  let done = 0;
  for (let index = 0; index < 20; index += 1) fairQueue.enqueue('203.0.113.7', () => (done += 1));
  expect(done).toBe(0);
  let most = 0;
  for (let index = 0; index < 200; index += 1) {
    const before = done;
    await nextTurn();
    most = Math.max(most, done - before);
  }
  expect([done, most]).toEqual([20, 1]);
});

test('networks alternate: one with a thousand jobs delays another by one job', async () => {
  const fairQueue = createFairQueue(unlimited());
  const order: string[] = [];
  for (let index = 0; index < 1_000; index += 1) fairQueue.enqueue('203.0.113.7', () => order.push('flood'));
  for (let index = 0; index < 5; index += 1) fairQueue.enqueue('198.51.100.1', () => order.push('honest'));
  await expect.poll(() => order.length).toBe(1_005);
  expect(order.slice(0, 11).filter((who) => who === 'honest')).toHaveLength(5);
});

test('the jobs of a network keep their order, also those that come while one runs', async () => {
  const fairQueue = createFairQueue(unlimited());
  const order: number[] = [];
  fairQueue.enqueue('203.0.113.7', () => {
    order.push(1);
    fairQueue.enqueue('203.0.113.7', () => order.push(4));
  });
  for (const name of [2, 3]) fairQueue.enqueue('203.0.113.7', () => order.push(name));
  await expect.poll(() => order).toEqual([1, 2, 3, 4]);
});

test('a network that has used up its time waits, and the others go on', async () => {
  let now = 0;
  const budget = createNetworkBudget({ perSecond: 10, burst: 10, production: true }, () => now);
  const fairQueue = createFairQueue(budget);
  const order: string[] = [];
  budget.charge('203.0.113.7', 15);
  for (let index = 0; index < 3; index += 1) fairQueue.enqueue('203.0.113.7', () => order.push('late'));
  fairQueue.enqueue('198.51.100.1', () => order.push('honest'));
  await expect.poll(() => order).toEqual(['honest']);
  await sleep(60);
  expect(order).toEqual(['honest']);
  now += 1_000;
  await expect.poll(() => order).toEqual(['honest', 'late', 'late', 'late']);
});

test('the time of a job includes its microtasks', async () => {
  const budget = createNetworkBudget({ perSecond: 0.001, burst: 3, production: true });
  const fairQueue = createFairQueue(budget);
  const busy = (ms: number) => {
    for (const end = cpuMs() + ms; cpuMs() < end;);
  };
  fairQueue.enqueue('203.0.113.7', () => queueMicrotask(() => busy(5)));
  await expect.poll(() => budget.waitMs('203.0.113.7'), { timeout: 10_000 }).toBeGreaterThan(0);
});
