import { expect, test } from 'vitest';
import { closeGradually } from './close-gradually.js';

/** Closes so many connections. @returns the milliseconds after which each was closed */
async function timesOf(count: number, overMs: number): Promise<number[]> {
  const open = Array.from({ length: count }, (_, index) => ({ index }));
  const times: number[] = [];
  const startedAt = performance.now();
  await closeGradually(
    () => open, // a closed connection stays in the list
    () => void times.push(performance.now() - startedAt),
    overMs,
  );
  return times;
}

test('closes each connection once, over the given time', async () => {
  const times = await timesOf(200, 400);
  expect(times).toHaveLength(200);
  expect(times.filter((time) => time < 40).length).toBeLessThanOrEqual(25);
  expect(times.at(-1)).toBeGreaterThan(300);
});

test('closes a few connections sooner', async () => {
  expect((await timesOf(5, 4_000)).at(-1)).toBeLessThan(40);
});

test('closes all connections at once', async () => {
  expect((await timesOf(1_000, 0)).at(-1)).toBeLessThan(40);
});

test.each([0, 4_000])('ends if there is nothing to close within %i ms', async (overMs) => {
  expect(await timesOf(0, overMs)).toEqual([]);
});

test('closes connections that are opened meanwhile', async () => {
  const open = new Set(Array.from({ length: 20 }, (_, index) => index).map((index) => ({ index })));
  let closed = 0;
  await closeGradually(
    () => open,
    (connection) => {
      open.delete(connection);
      closed += 1;
      if (closed === 3) open.add({ index: 100 });
    },
    200,
  );
  expect([closed, open.size]).toEqual([21, 0]);
});
