import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Deadlines } from './deadlines.js';
import { type Bus, Listeners } from './bus.js';
import { type Watched, watch } from './watch.js';

interface State {
  version: number;
  final?: boolean;
  changesAt?: number;
}

/** A bus and a database that a test can hold up, break and look into. */
function createWorld({ linked = true } = {}) {
  const listeners = new Listeners();
  const deadlines = new Deadlines();
  const world = {
    state: { version: 1 } as State | undefined,
    linked,
    listens: 0,
    reads: 0,
    /** Stands in for the time that listening, or a reading, takes. */
    listening: async () => {},
    reading: async () => {},
    topics: () => listeners.size,
    deadlines,
    publish: () => listeners.wake('topic'),
    change(state: Partial<State> = {}) {
      world.state = { version: (world.state?.version ?? 0) + 1, ...state };
      world.publish();
    },
    watch: () => watch(watched, { bus, deadlines }),
  };
  const bus: Bus = {
    async subscribe(topic, wake) {
      world.listens += 1;
      listeners.add(topic, wake);
      await world.listening();
      return () => void listeners.remove(topic, wake);
    },
    publish: (topic) => listeners.wake(topic),
    isConnected: () => world.linked,
    topics: () => listeners.size,
    close: async () => {},
  };
  const watched: Watched<State> = {
    topic: 'topic',
    async read() {
      world.reads += 1;
      const { state } = world;
      await world.reading();
      return state;
    },
    version: ({ version }) => version,
    isFinal: ({ final = false }) => final,
    changesAt: ({ changesAt = Infinity }) => changesAt,
  };
  return world;
}

const NOTHING_LEFT = [0, 0];
const left = (world: ReturnType<typeof createWorld>) => [world.topics(), world.deadlines.size];

/** Whether a promise settles before anything but promises has had a turn. */
async function settlesAtOnce(promise: Promise<unknown>): Promise<boolean> {
  const settled = vi.fn<() => void>();
  void promise.then(settled, settled);
  await new Promise((resolve) => setImmediate(resolve));
  return settled.mock.calls.length > 0;
}

const version = (result: IteratorResult<State>) => (result.done ? 'done' : result.value.version);

afterEach(() => void vi.useRealTimers());

describe('what is seen', () => {
  test('the present state, then each change, then the end after a final one', async () => {
    const world = createWorld();
    const states = world.watch();
    expect(version(await states.next())).toBe(1);
    const second = states.next();
    expect(await settlesAtOnce(second)).toBe(false);
    world.change();
    expect(version(await second)).toBe(2);
    world.change({ final: true });
    expect(version(await states.next())).toBe(3);
    expect(left(world)).toEqual(NOTHING_LEFT); // before anybody asks for the end
    expect(version(await states.next())).toBe('done');
  });

  test('what is final already is seen once', async () => {
    const world = createWorld();
    world.state = { version: 7, final: true };
    const seen: number[] = [];
    for await (const state of world.watch()) seen.push(state.version);
    expect(seen).toEqual([7]);
    expect(left(world)).toEqual(NOTHING_LEFT);
  });

  test('a wake-up without a change is no news', async () => {
    const world = createWorld();
    const states = world.watch();
    await states.next();
    const next = states.next();
    world.publish();
    expect(await settlesAtOnce(next)).toBe(false);
    world.change();
    expect(version(await next)).toBe(2);
  });

  test('a reader that was away sees the newest state only', async () => {
    const world = createWorld();
    const states = world.watch();
    await states.next();
    for (let change = 0; change < 5_000; change += 1) world.change();
    expect(version(await states.next())).toBe(5_001);
    expect(world.reads).toBe(2);
  });

  test('a change while the state is being read is seen next', async () => {
    const world = createWorld();
    world.reading = async () => {
      world.reading = async () => {};
      world.change({ final: true });
    };
    const seen: number[] = [];
    for await (const state of world.watch()) seen.push(state.version);
    expect(seen).toEqual([1, 2]);
  });

  test('a change while it begins to listen is in the first state', async () => {
    const world = createWorld();
    world.listening = async () => world.change();
    expect(version(await world.watch().next())).toBe(2);
  });

  test('it ends when there is nothing to read any more', async () => {
    const world = createWorld();
    const states = world.watch();
    await states.next();
    world.state = undefined;
    world.publish();
    expect(version(await states.next())).toBe('done');
    expect(left(world)).toEqual(NOTHING_LEFT);
  });

  test('it listens once, and not before somebody asks', async () => {
    const world = createWorld();
    const states = world.watch();
    expect(left(world)).toEqual(NOTHING_LEFT);
    const asked = [states.next(), states.next(), states.next()];
    for (const next of asked) {
      expect(version(await next)).toBe(world.state?.version);
      world.change();
    }
    expect(world.listens).toBe(1);
    await states.return?.();
    expect(left(world)).toEqual(NOTHING_LEFT);
  });

  test('any interleaving of changes, reads and slow readers ends with the newest state', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 0, max: 6 }), async (scheduler, changes) => {
        const world = createWorld();
        const anyTime = () => scheduler.schedule(Promise.resolve()) as Promise<never>;
        world.listening = anyTime;
        world.reading = anyTime;
        const final = changes + 2;
        void scheduler.scheduleSequence(
          Array.from({ length: changes + 1 }, (_, index) => async () => world.change({ final: index === changes })),
        );
        const seen: number[] = [];
        let ended = false;
        void (async () => {
          for await (const state of world.watch()) {
            seen.push(state.version);
            await anyTime();
          }
          ended = true;
        })();
        await scheduler.waitIdle();
        expect(seen.at(-1)).toBe(final);
        expect(seen).toEqual([...new Set(seen)].toSorted((one, other) => one - other));
        expect(ended).toBe(true);
        expect(world.listens).toBe(1);
        expect(left(world)).toEqual(NOTHING_LEFT);
      }),
      { numRuns: 500 },
    );
  });
});

describe('going away', () => {
  test('while waiting: at once, and the reader that waits is let go', async () => {
    const world = createWorld();
    const states = world.watch();
    await states.next();
    const waiting = states.next();
    await settlesAtOnce(waiting);
    expect(await states.return?.()).toEqual({ done: true, value: undefined });
    expect(version(await waiting)).toBe('done');
    expect(left(world)).toEqual(NOTHING_LEFT);
  });

  test('while a read is under way: at once, and what is read then is dropped', async () => {
    const world = createWorld();
    let finishReading = () => {};
    world.reading = () => new Promise<void>((resolve) => (finishReading = resolve));
    const states = world.watch();
    const reading = states.next();
    await settlesAtOnce(reading);
    expect(await settlesAtOnce(states.return?.() as never)).toBe(true);
    expect(left(world)).toEqual(NOTHING_LEFT);
    finishReading();
    expect(version(await reading)).toBe('done');
    expect(left(world)).toEqual(NOTHING_LEFT);
  });

  test('while it begins to listen: it stops listening as soon as it can', async () => {
    const world = createWorld();
    let finishListening = () => {};
    world.listening = () => new Promise<void>((resolve) => (finishListening = resolve));
    const states = world.watch();
    const first = states.next();
    expect(await settlesAtOnce(states.return?.() as never)).toBe(true);
    finishListening();
    expect(version(await first)).toBe('done');
    expect(left(world)).toEqual(NOTHING_LEFT);
    expect(world.reads).toBe(0);
  });

  test('before it began, twice, and by throw()', async () => {
    const world = createWorld();
    const states = world.watch();
    await states.return?.();
    await states.return?.();
    expect(version(await states.next())).toBe('done');
    expect(world.listens).toBe(0);

    const others = world.watch();
    await others.next();
    await expect(others.throw?.(new Error('enough'))).rejects.toThrow('enough');
    expect(left(world)).toEqual(NOTHING_LEFT);
  });

  test('one of two who watch the same leaves the other listening', async () => {
    const world = createWorld();
    const [one, other] = [world.watch(), world.watch()];
    await Promise.all([one.next(), other.next()]);
    await one.return?.();
    const next = other.next();
    world.change();
    expect(version(await next)).toBe(2);
  });
});

describe('what is found unasked', () => {
  const cases = [
    { name: 'within 2 s while wake-ups do not arrive', linked: false, everyMs: 2_000 },
    { name: 'within 15 s while they do', linked: true, everyMs: 15_000 },
  ];
  for (const { name, linked, everyMs } of cases) {
    test(`it reads again ${name}`, async () => {
      vi.useFakeTimers();
      const world = createWorld({ linked });
      const states = world.watch();
      await states.next();
      const next = states.next();
      world.state = { version: 2, final: true };
      // At most so long, and not before the half of it: each at a moment of its own.
      await vi.advanceTimersByTimeAsync(everyMs / 2 - 100);
      expect(world.reads).toBe(1);
      await vi.advanceTimersByTimeAsync(everyMs / 2 + 200);
      expect(version(await next)).toBe(2);
    });
  }

  test('a change that comes with time is seen when it comes', async () => {
    vi.useFakeTimers();
    const world = createWorld();
    const changesAt = Date.now() + 5_000;
    world.state = { version: 1, changesAt };
    const states = world.watch();
    await states.next();
    const next = states.next();
    await vi.advanceTimersByTimeAsync(4_900);
    expect(world.reads).toBe(1);
    world.state = { version: 2, final: true };
    await vi.advanceTimersByTimeAsync(200);
    expect(version(await next)).toBe(2);
  });

  test('one that is overdue by our clock, not yet by the database, is looked at again soon', async () => {
    vi.useFakeTimers();
    const world = createWorld();
    world.state = { version: 1, changesAt: Date.now() };
    const states = world.watch();
    await states.next();
    const next = states.next();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(world.reads).toBeGreaterThan(2);
    expect(world.reads).toBeLessThan(6);
    world.state = { version: 2, final: true };
    await vi.advanceTimersByTimeAsync(400);
    expect(version(await next)).toBe(2);
  });

  for (const linked of [false, true]) {
    test(`a read that fails is tried again within 2 s, ${linked ? 'also while' : 'and not only while'} wake-ups arrive`, async () => {
      vi.useFakeTimers();
      const world = createWorld({ linked });
      const states = world.watch();
      await states.next();
      const next = states.next();
      world.reading = () => Promise.reject(new Error('the database is away'));
      world.change({ final: true });
      await vi.advanceTimersByTimeAsync(0);
      expect(world.reads).toBe(2);
      world.reading = async () => {};
      await vi.advanceTimersByTimeAsync(2_200);
      expect(world.reads).toBe(3);
      expect(version(await next)).toBe(2);
    });
  }

  test('a first read that fails is tried again too', async () => {
    vi.useFakeTimers();
    const world = createWorld({ linked: false });
    world.reading = () => Promise.reject(new Error('the database is away'));
    const first = world.watch().next();
    await vi.advanceTimersByTimeAsync(0);
    world.reading = async () => {};
    await vi.advanceTimersByTimeAsync(2_200);
    expect(version(await first)).toBe(1);
  });
});
