import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type PeriodicTask, runPeriodically } from './run-periodically.js';

/** Longer than any test: the task runs only when it is poked. */
const NEVER_MS = 60_000;

// The clock stands still until a test advances it.
beforeEach(() => void vi.useFakeTimers());
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

const started: PeriodicTask[] = [];
afterEach(async () => {
  finishAll();
  await Promise.all(started.splice(0).map((task) => task.stop()));
  vi.useRealTimers();
});

let rounds: (() => void)[] = [];
const finishAll = () => {
  for (const finish of rounds.splice(0)) finish();
};

const unexpected = (error: unknown): never => {
  throw error;
};

/** A task whose runs end when a test ends them. */
function slow(everyMs: number) {
  rounds = [];
  const count = { begun: 0, atOnce: 0, most: 0 };
  const task = runPeriodically(
    everyMs,
    async () => {
      count.begun += 1;
      count.atOnce += 1;
      count.most = Math.max(count.most, count.atOnce);
      await new Promise<void>((resolve) => rounds.push(resolve));
      count.atOnce -= 1;
    },
    unexpected,
  );
  started.push(task);
  return { task, count };
}

describe('a periodic task', () => {
  test('runs at its interval and not before', async () => {
    let done = 0;
    const task = runPeriodically(20, async () => void (done += 1), unexpected);
    started.push(task);
    await pass(19);
    expect(done).toBe(0);
    await pass(1);
    expect(done).toBe(1);
    await pass(40);
    expect(done).toBe(3);
  });

  test('has one run at a time, even if a run is slow', async () => {
    const { count } = slow(5);
    await pass(50);
    expect(count).toMatchObject({ begun: 1, most: 1 });
    finishAll();
    await pass(5);
    expect(count).toMatchObject({ begun: 2, most: 1 });
  });

  test('skips the runs that came due during a slow run', async () => {
    const { count } = slow(40);
    await pass(135); // two runs were due
    finishAll();
    await pass(24);
    expect(count.begun).toBe(1);
    await pass(1);
    expect(count.begun).toBe(2);
  });
});

describe('a poke', () => {
  test('starts a run at once', async () => {
    const { task, count } = slow(NEVER_MS);
    task.poke();
    expect(count.begun).toBe(1);
  });

  test('during a run starts exactly one more run, even after several pokes', async () => {
    const { task, count } = slow(NEVER_MS);
    for (let pokes = 0; pokes < 5; pokes += 1) task.poke();
    expect(count.begun).toBe(1);
    finishAll();
    await pass(0);
    expect(count.begun).toBe(2);
    finishAll();
    await pass(20);
    expect(count).toMatchObject({ begun: 2, most: 1 });
  });

  test('after a run starts another', async () => {
    const { task, count } = slow(NEVER_MS);
    task.poke();
    finishAll();
    await pass(0);
    task.poke();
    expect(count.begun).toBe(2);
  });

  test('from within a run starts one more right after', async () => {
    let begun = 0;
    const task = runPeriodically(
      NEVER_MS,
      async () => {
        begun += 1;
        if (begun < 3) task.poke();
      },
      unexpected,
    );
    started.push(task);
    task.poke();
    await pass(0);
    expect(begun).toBe(3);
  });
});

describe('stop()', () => {
  test('waits for the run in progress', async () => {
    const { task, count } = slow(NEVER_MS);
    task.poke();
    let stopped = false;
    const stopping = task.stop().then(() => (stopped = true));
    await pass(20);
    expect(stopped).toBe(false);
    finishAll();
    await stopping;
    expect(count.atOnce).toBe(0);
  });

  test('prevents later runs: of pokes before and after it, and of the interval', async () => {
    const { task, count } = slow(5);
    task.poke();
    task.poke(); // for the next round
    const stopping = task.stop();
    task.poke();
    finishAll();
    await stopping;
    task.poke();
    await pass(30);
    expect(count.begun).toBe(1);
  });

  test('leaves no timer behind', async () => {
    const { task } = slow(NEVER_MS);
    expect(vi.getTimerCount()).toBe(1);
    await task.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('resolves at once without a run in progress, also a second time', async () => {
    const { task } = slow(NEVER_MS);
    await task.stop();
    await task.stop();
  });
});
