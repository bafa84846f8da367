import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ConcurrencyLimitReached, createConcurrencyLimit } from './concurrency-limit.js';

test('fifty tasks run one at a time, in the order in which they came', async () => {
  const limit = createConcurrencyLimit({ atOnce: 1, maxWaiting: 50, waitMs: 5_000 });
  let running = 0;
  let most = 0;
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      limit.run(async () => {
        running += 1;
        most = Math.max(most, running);
        await sleep(1);
        order.push(index);
        running -= 1;
      }),
    ),
  );
  expect(most).toBe(1);
  expect(order).toEqual(Array.from({ length: 50 }, (_, index) => index));
});

test('a task that fails hands its turn over', async () => {
  const limit = createConcurrencyLimit({ atOnce: 1, maxWaiting: 5, waitMs: 5_000 });
  const failing = limit.run(() => Promise.reject(new Error('a mistake')));
  const next = limit.run(() => Promise.resolve('ran'));
  await expect(failing).rejects.toThrow('a mistake');
  expect(await next).toBe('ran');
  expect(await limit.run(() => Promise.resolve('ran too'))).toBe('ran too');
});

test('a task that waits for too long, or finds too many waiting, does not run', async () => {
  const limit = createConcurrencyLimit({ atOnce: 2, maxWaiting: 1, waitMs: 30 });
  const release: (() => void)[] = [];
  const untilReleased = () => new Promise<void>((resolve) => release.push(resolve));
  const held = [limit.run(untilReleased), limit.run(untilReleased)];
  let ran = 0;
  const task = async () => void (ran += 1);
  const results = await Promise.allSettled([limit.run(task), limit.run(task)]);
  for (const result of results)
    expect(result).toMatchObject({ status: 'rejected', reason: expect.any(ConcurrencyLimitReached) });
  expect(ran).toBe(0);
  for (const end of release) end();
  await Promise.all(held);
  await limit.run(task);
  expect(ran).toBe(1);
});
