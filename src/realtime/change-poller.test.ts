import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type ChangePoller, createChangePoller } from './change-poller.js';

interface Row {
  id: string;
  state: string;
}

const POLL_MS = 1_000;
const MAX_WAITING = 1_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface World {
  rows: Row[];
  reads: number;
  failing: (error: unknown) => void;
  reading: () => Promise<void>;
  write(id: string, state?: string): void;
  poller: ChangePoller<Row>;
}

/** A table that a test writes to, delays and breaks. */
function createWorld(rows: Row[] = []): World {
  const failing = vi.fn<(error: unknown) => void>();
  const world: World = {
    /** Newest first. */
    rows,
    reads: 0,
    failing,
    /** The time that a read takes. */
    reading: async () => {},
    write(id: string, state = 'PENDING') {
      const known = world.rows.find((row) => row.id === id);
      world.rows = known
        ? world.rows.map((row) => (row === known ? { id, state } : row))
        : [{ id, state }, ...world.rows];
    },
    poller: createChangePoller<Row>({
      async readNewest() {
        world.reads += 1;
        const found = world.rows.slice(0, 2_000);
        await world.reading();
        return found;
      },
      changeOf: ({ state }) => state,
      onFailing: failing,
    }),
  };
  return world;
}

/** A watcher that reads every row at once. */
async function watcher(poller: ChangePoller<Row>) {
  const rows = await poller.watch();
  const seen: string[] = [];
  const ended = (async () => {
    for await (const { id, state } of { [Symbol.asyncIterator]: () => rows }) seen.push(`${id} ${state}`);
  })();
  return { seen, ended, leave: () => rows.return?.() };
}

const poll = () => vi.advanceTimersByTimeAsync(POLL_MS);

describe('a change poller', () => {
  test('emits new and changed rows once each, oldest first', async () => {
    const world = createWorld([{ id: 'a', state: 'PENDING' }]);
    const { seen } = await watcher(world.poller);
    world.write('a', 'CLAIMED');
    world.write('b');
    world.write('c');
    await poll();
    expect(seen).toEqual(['a CLAIMED', 'b PENDING', 'c PENDING']);
    await poll();
    expect(seen).toHaveLength(3);
  });

  test('emits no row that was there before the first watcher, or before a later one', async () => {
    const world = createWorld([{ id: 'old', state: 'PENDING' }]);
    const first = await watcher(world.poller);
    await poll();
    await first.leave();
    world.write('meanwhile');
    world.write('old', 'EXPIRED');
    const second = await watcher(world.poller);
    await poll();
    await poll();
    expect([...first.seen, ...second.seen]).toEqual([]);
  });

  test('reads once per poll for all watchers, and emits to each', async () => {
    const world = createWorld();
    const watchers = await Promise.all([1, 2, 3].map(() => watcher(world.poller)));
    const before = world.reads; // once for each new watcher
    world.write('a');
    await poll();
    expect(world.reads).toBe(before + 1);
    for (const { seen } of watchers) expect(seen).toEqual(['a PENDING']);
  });

  // The first read of a new watcher finds a row that is new to earlier watchers only.
  test('emits to a later watcher no row from before it watched', async () => {
    const world = createWorld();
    const early = await watcher(world.poller);
    world.write('before');
    const coming = watcher(world.poller);
    await poll();
    const late = await coming;
    world.write('after');
    await poll();
    expect(early.seen).toEqual(['before PENDING', 'after PENDING']);
    expect(late.seen).toEqual(['after PENDING']);
  });

  test('continues for the others when one watcher returns, and stops reading when all have', async () => {
    const world = createWorld();
    const [one, other] = await Promise.all([watcher(world.poller), watcher(world.poller)]);
    await one.leave();
    await one.ended;
    world.write('a');
    await poll();
    expect([one.seen, other.seen]).toEqual([[], ['a PENDING']]);
    await other.leave();
    await other.ended;
    const { reads } = world;
    await vi.advanceTimersByTimeAsync(10 * POLL_MS);
    expect(world.reads).toBe(reads);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('ends a pending next() when it is returned, and may be returned twice', async () => {
    const world = createWorld();
    const rows = await world.poller.watch();
    const next = rows.next();
    await rows.return?.();
    await rows.return?.();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(await rows.next()).toEqual({ done: true, value: undefined });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('drops waiting rows when it is returned', async () => {
    const world = createWorld();
    const rows = await world.poller.watch();
    world.write('a');
    await poll();
    await rows.return?.();
    expect(await rows.next()).toEqual({ done: true, value: undefined });
  });

  test('keeps at most a thousand rows for a watcher that does not read, and drops the oldest', async () => {
    const world = createWorld();
    const rows = await world.poller.watch();
    for (let batch = 0; batch < 5; batch += 1) {
      for (let n = 0; n < 500; n += 1) world.write(`${batch * 500 + n}`);
      await poll();
    }
    const next = rows.next();
    expect((await next).value).toMatchObject({ id: `${2_500 - MAX_WAITING}` });
    const kept: unknown[] = [];
    for (let n = 1; n < MAX_WAITING; n += 1) kept.push((await rows.next()).value);
    expect(kept.at(-1)).toMatchObject({ id: '2499' });
    const beyond = vi.fn<() => void>();
    void rows.next().then(beyond);
    await poll();
    expect(beyond).not.toHaveBeenCalled();
    await rows.return?.();
  });
});

describe('when the database', () => {
  test('is away, it reports one failure, and emits the changes when the database is back', async () => {
    const world = createWorld();
    const { seen } = await watcher(world.poller);
    world.reading = () => Promise.reject(new Error('away'));
    world.write('a');
    await poll();
    await poll();
    expect(seen).toEqual([]);
    expect(world.failing).toHaveBeenCalledTimes(1);
    world.reading = async () => {};
    await poll();
    expect(seen).toEqual(['a PENDING']);
  });

  test('is away at the start, watch() rejects and stops polling, and a later watch() works', async () => {
    const world = createWorld([{ id: 'a', state: 'PENDING' }]);
    world.reading = () => Promise.reject(new Error('away'));
    const refused = await Promise.allSettled([world.poller.watch(), world.poller.watch()]);
    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(vi.getTimerCount()).toBe(0);
    world.reading = async () => {};
    const { seen } = await watcher(world.poller);
    world.write('b');
    await poll();
    expect(seen).toEqual(['b PENDING']);
  });

  // The first poll would come before the first read has shown which rows are old.
  test('is slow at the first read, rows from before are not emitted', async () => {
    const world = createWorld([
      { id: 'b', state: 'PENDING' },
      { id: 'a', state: 'CLAIMED' },
    ]);
    world.reading = () => new Promise((resolve) => setTimeout(resolve, 2.5 * POLL_MS));
    const watching = watcher(world.poller);
    world.reading = async () => {};
    await vi.advanceTimersByTimeAsync(10 * POLL_MS);
    const { seen } = await watching;
    expect(seen).toEqual([]);
  });

  test('is slow, one read runs at a time', async () => {
    const world = createWorld();
    await watcher(world.poller);
    let under = 0;
    let most = 0;
    world.reading = async () => {
      most = Math.max(most, (under += 1));
      await new Promise((resolve) => setTimeout(resolve, 3.5 * POLL_MS));
      under -= 1;
    };
    await vi.advanceTimersByTimeAsync(20 * POLL_MS);
    expect(most).toBe(1);
  });
});
