import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createOperationSlots } from './operation-slots.js';

const slots = (holdMs = 60_000) => createOperationSlots({ limit: 2, holdMs, production: true });

test('an operation waits for a slot of its own network, and not for that of another', async () => {
  const { take } = slots();
  const order: string[] = [];
  const [leave] = await Promise.all([take('203.0.113.7', 1), take('203.0.113.7', 1)]);
  const third = take('203.0.113.7', 1).then(() => order.push('third'));
  await take('198.51.100.1', 2).then(() => order.push('other'));
  await sleep(5);
  expect(order).toEqual(['other']);
  leave();
  leave();
  await third;
});

test('an operation larger than all slots takes all of them', async () => {
  const { take } = slots();
  const leave = await take('203.0.113.7', 15);
  let isNext = false;
  void take('203.0.113.7', 1).then(() => (isNext = true));
  await sleep(5);
  expect(isNext).toBe(false);
  leave();
  await expect.poll(() => isNext).toBe(true);
});

test('the networks of a /56 share three times as many slots, and each gets its turn', async () => {
  const { take } = slots();
  const at = (network: number) => `2001:db8:0:${network}::1`;
  const leaves = await Promise.all([0, 1, 2].flatMap((network) => [take(at(network), 1), take(at(network), 1)]));
  const order: number[] = [];
  for (const network of [3, 3, 3, 4]) void take(at(network), 1).then(() => order.push(network));
  await sleep(5);
  expect(order).toEqual([]);
  for (const leave of leaves.slice(0, 2)) leave();
  await expect.poll(() => order).toEqual([3, 4]);
});

test('an operation that takes long gives its slot back', async () => {
  const { take } = slots(20);
  await take('203.0.113.7', 2);
  await take('203.0.113.7', 2);
});
