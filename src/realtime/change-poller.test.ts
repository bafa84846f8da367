import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type ChangePoller, createChangePoller } from './change-poller.js';

interface Row {
  id: string;
  state: string;
}

const LOOK_MS = 1_000;
const MOST_WAITING = 1_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface World {
  rows: Row[];
  reads: number;
  failing: (error: unknown) => void;
  reading: () => Promise<void>;
  write(id: string, state?: string): void;
  feed: ChangePoller<Row>;
}

/** A table that a test writes to, holds up and breaks. */
function createWorld(rows: Row[] = []): World {
  const failing = vi.fn<(error: unknown) => void>();
  const world: World = {
    /** The newest first. */
    rows,
    reads: 0,
    failing,
    /** Stands in for the time that a reading takes. */
    reading: async () => {},
    write(id: string, state = 'PENDING') {
      const known = world.rows.find((row) => row.id === id);
      world.rows = known
        ? world.rows.map((row) => (row === known ? { id, state } : row))
        : [{ id, state }, ...world.rows];
    },
    feed: createChangePoller<Row>({
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

/** Somebody who reads whatever comes. */
async function watcher(feed: ChangePoller<Row>) {
  const rows = await feed.watch();
  const seen: string[] = [];
  const ended = (async () => {
    for await (const { id, state } of { [Symbol.asyncIterator]: () => rows }) seen.push(`${id} ${state}`);
  })();
  return { seen, ended, leave: () => rows.return?.() };
}

const look = () => vi.advanceTimersByTimeAsync(LOOK_MS);

describe('a feed', () => {
  test('tells what is new and what has changed, the oldest first, each once', async () => {
    const world = createWorld([{ id: 'a', state: 'PENDING' }]);
    const { seen } = await watcher(world.feed);
    world.write('a', 'CLAIMED');
    world.write('b');
    world.write('c');
    await look();
    expect(seen).toEqual(['a CLAIMED', 'b PENDING', 'c PENDING']);
    await look();
    expect(seen).toHaveLength(3);
  });

  test('tells nothing that was there before somebody looked, also the second time', async () => {
    const world = createWorld([{ id: 'old', state: 'PENDING' }]);
    const first = await watcher(world.feed);
    await look();
    await first.leave();
    world.write('meanwhile');
    world.write('old', 'EXPIRED');
    const second = await watcher(world.feed);
    await look();
    await look();
    expect([...first.seen, ...second.seen]).toEqual([]);
  });

  test('reads once for all who look on, who are all told', async () => {
    const world = createWorld();
    const watchers = await Promise.all([1, 2, 3].map(() => watcher(world.feed)));
    const begun = world.reads; // once for each who comes
    world.write('a');
    await look();
    expect(world.reads).toBe(begun + 1);
    for (const { seen } of watchers) expect(seen).toEqual(['a PENDING']);
  });

  // What the look before has not seen yet is told to those who were there, and not to who has just come.
  test('tells somebody who comes later nothing of what was before them', async () => {
    const world = createWorld();
    const early = await watcher(world.feed);
    world.write('before');
    const coming = watcher(world.feed);
    await look();
    const late = await coming;
    world.write('after');
    await look();
    expect(early.seen).toEqual(['before PENDING', 'after PENDING']);
    expect(late.seen).toEqual(['after PENDING']);
  });

  test('goes on for the others when one leaves, and reads nothing when all have', async () => {
    const world = createWorld();
    const [one, other] = await Promise.all([watcher(world.feed), watcher(world.feed)]);
    await one.leave();
    await one.ended;
    world.write('a');
    await look();
    expect([one.seen, other.seen]).toEqual([[], ['a PENDING']]);
    await other.leave();
    await other.ended;
    const { reads } = world;
    await vi.advanceTimersByTimeAsync(10 * LOOK_MS);
    expect(world.reads).toBe(reads);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('ends for who waits for the next row, and may be left twice', async () => {
    const world = createWorld();
    const rows = await world.feed.watch();
    const next = rows.next();
    await rows.return?.();
    await rows.return?.();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(await rows.next()).toEqual({ done: true, value: undefined });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('gives nothing more to who has left, whatever was waiting', async () => {
    const world = createWorld();
    const rows = await world.feed.watch();
    world.write('a');
    await look();
    await rows.return?.();
    expect(await rows.next()).toEqual({ done: true, value: undefined });
  });

  test('keeps no more than a thousand rows for who reads nothing: the oldest go', async () => {
    const world = createWorld();
    const rows = await world.feed.watch();
    for (let batch = 0; batch < 5; batch += 1) {
      for (let n = 0; n < 500; n += 1) world.write(`${batch * 500 + n}`);
      await look();
    }
    const next = rows.next();
    expect((await next).value).toMatchObject({ id: `${2_500 - MOST_WAITING}` });
    const kept: unknown[] = [];
    for (let n = 1; n < MOST_WAITING; n += 1) kept.push((await rows.next()).value);
    expect(kept.at(-1)).toMatchObject({ id: '2499' });
    const beyond = vi.fn<() => void>();
    void rows.next().then(beyond);
    await look();
    expect(beyond).not.toHaveBeenCalled();
    await rows.return?.();
  });
});

describe('while the database', () => {
  test('is away, a feed waits, says so once, and tells what happened meanwhile', async () => {
    const world = createWorld();
    const { seen } = await watcher(world.feed);
    world.reading = () => Promise.reject(new Error('away'));
    world.write('a');
    await look();
    await look();
    expect(seen).toEqual([]);
    expect(world.failing).toHaveBeenCalledTimes(1);
    world.reading = async () => {};
    await look();
    expect(seen).toEqual(['a PENDING']);
  });

  test('is away from the beginning, nobody is let in, nothing is left, and the next may try again', async () => {
    const world = createWorld([{ id: 'a', state: 'PENDING' }]);
    world.reading = () => Promise.reject(new Error('away'));
    const refused = await Promise.allSettled([world.feed.watch(), world.feed.watch()]);
    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(vi.getTimerCount()).toBe(0);
    world.reading = async () => {};
    const { seen } = await watcher(world.feed);
    world.write('b');
    await look();
    expect(seen).toEqual(['b PENDING']);
  });

  // The first look would come before the first reading had said what is old.
  test('is slow at first, its history is no news', async () => {
    const world = createWorld([
      { id: 'b', state: 'PENDING' },
      { id: 'a', state: 'CLAIMED' },
    ]);
    world.reading = () => new Promise((resolve) => setTimeout(resolve, 2.5 * LOOK_MS));
    const watching = watcher(world.feed);
    world.reading = async () => {};
    await vi.advanceTimersByTimeAsync(10 * LOOK_MS);
    const { seen } = await watching;
    expect(seen).toEqual([]);
  });

  test('is slow, one reading at a time is under way', async () => {
    const world = createWorld();
    await watcher(world.feed);
    let under = 0;
    let most = 0;
    world.reading = async () => {
      most = Math.max(most, (under += 1));
      await new Promise((resolve) => setTimeout(resolve, 3.5 * LOOK_MS));
      under -= 1;
    };
    await vi.advanceTimersByTimeAsync(20 * LOOK_MS);
    expect(most).toBe(1);
  });
});
