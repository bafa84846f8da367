import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Deadlines } from './deadlines.js';
import type { Bus } from './bus.js';
import { Subscribers } from './subscribers.js';
import { type Watched, watch } from './watch.js';

interface State {
  version: number;
  final?: boolean;
  changesAt?: number;
}

/** A bus and a database that a test can delay, break and inspect. */
function createWorld({ connected = true, saysUnchanged = true } = {}) {
  const subscribers = new Subscribers<State>();
  const deadlines = new Deadlines();
  const world = {
    state: { version: 1 } as State | undefined,
    connected,
    saysUnchanged,
    subscriptions: 0,
    reads: 0,
    /** The time that subscribing, or a read, takes. */
    subscribing: async () => {},
    reading: async () => {},
    topics: () => subscribers.topicCount,
    deadlines,
    /** A message without a version, as for a change of an earlier instance. */
    publish: () => subscribers.wake('topic'),
    /** A message of another instance, which may be late, repeated or forged. */
    receive: (version: number) => subscribers.wake('topic', { version }),
    /** What this process publishes with the state that its statement returned. */
    handOver(state: State) {
      subscribers.wake('topic', { version: state.version, state });
    },
    change(state: Partial<State> = {}) {
      world.state = { version: (world.state?.version ?? 0) + 1, ...state };
      world.publish();
    },
    watch: () => watch(watched, { bus, deadlines }),
  };
  const bus: Bus<State> = {
    async subscribe(topic, wake) {
      world.subscriptions += 1;
      subscribers.add(topic, wake);
      await world.subscribing();
      return () => void subscribers.remove(topic, wake);
    },
    publish: (topic, change) => subscribers.wake(topic, change),
    isConnected: () => world.connected,
    isReliable: () => world.connected,
    topics: () => subscribers.topicCount,
    close: async () => {},
  };
  const watched: Watched<State> = {
    topic: 'topic',
    async read(seen) {
      world.reads += 1;
      const { state } = world;
      await world.reading();
      return world.saysUnchanged && state && state.version <= seen ? 'unchanged' : state;
    },
    version: ({ version }) => version,
    isFinal: ({ final = false }) => final,
    changesAt: ({ changesAt = Infinity }) => changesAt,
  };
  return world;
}

const NOTHING_LEFT = [0, 0];
const left = (world: ReturnType<typeof createWorld>) => [world.topics(), world.deadlines.size];

/** Whether a promise settles before any task other than promises has run. */
async function settlesAtOnce(promise: Promise<unknown>): Promise<boolean> {
  const settled = vi.fn<() => void>();
  void promise.then(settled, settled);
  await new Promise((resolve) => setImmediate(resolve));
  return settled.mock.calls.length > 0;
}

const version = (result: IteratorResult<State>) => (result.done ? 'done' : result.value.version);

afterEach(() => void vi.useRealTimers());

describe('a watcher receives', () => {
  test('the current state, then each change, and the end after a final one', async () => {
    const world = createWorld();
    const states = world.watch();
    expect(version(await states.next())).toBe(1);
    const second = states.next();
    expect(await settlesAtOnce(second)).toBe(false);
    world.change();
    expect(version(await second)).toBe(2);
    world.change({ final: true });
    expect(version(await states.next())).toBe(3);
    expect(left(world)).toEqual(NOTHING_LEFT); // before the end is read
    expect(version(await states.next())).toBe('done');
  });

  test('a state that is already final once, and then the end', async () => {
    const world = createWorld();
    world.state = { version: 7, final: true };
    const seen: number[] = [];
    for await (const state of world.watch()) seen.push(state.version);
    expect(seen).toEqual([7]);
    expect(left(world)).toEqual(NOTHING_LEFT);
  });

  test('nothing when a message arrives without a change', async () => {
    const world = createWorld();
    const states = world.watch();
    await states.next();
    const next = states.next();
    world.publish();
    expect(await settlesAtOnce(next)).toBe(false);
    world.change();
    expect(version(await next)).toBe(2);
  });

  test('only the newest state after it was busy', async () => {
    const world = createWorld();
    const states = world.watch();
    await states.next();
    for (let change = 0; change < 5_000; change += 1) world.change();
    expect(version(await states.next())).toBe(5_001);
    expect(world.reads).toBe(2);
  });

  test('a change during a read as the next state', async () => {
    const world = createWorld();
    world.reading = async () => {
      world.reading = async () => {};
      world.change({ final: true });
    };
    const seen: number[] = [];
    for await (const state of world.watch()) seen.push(state.version);
    expect(seen).toEqual([1, 2]);
  });

  test('a change during the subscribing as the first state', async () => {
    const world = createWorld();
    world.subscribing = async () => world.change();
    expect(version(await world.watch().next())).toBe(2);
  });

  test('the end when there is no state any more', async () => {
    const world = createWorld();
    const states = world.watch();
    await states.next();
    world.state = undefined;
    world.publish();
    expect(version(await states.next())).toBe('done');
    expect(left(world)).toEqual(NOTHING_LEFT);
  });

  test('its states through one subscription, made at the first next()', async () => {
    const world = createWorld();
    const states = world.watch();
    expect(left(world)).toEqual(NOTHING_LEFT);
    const asked = [states.next(), states.next(), states.next()];
    for (const next of asked) {
      expect(version(await next)).toBe(world.state?.version);
      world.change();
    }
    expect(world.subscriptions).toBe(1);
    await states.return?.();
    expect(left(world)).toEqual(NOTHING_LEFT);
  });

  test('the final state last, in any interleaving of changes, reads and a slow reader', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 0, max: 6 }), async (scheduler, changes) => {
        const world = createWorld();
        const anyTime = () => scheduler.schedule(Promise.resolve()) as Promise<never>;
        world.subscribing = anyTime;
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
        expect(world.subscriptions).toBe(1);
        expect(left(world)).toEqual(NOTHING_LEFT);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a state that this process publishes', () => {
  test('reaches a waiting watcher without a read', async () => {
    const world = createWorld();
    const states = world.watch();
    await states.next();
    for (const version of [2, 3]) {
      const next = states.next();
      expect(await settlesAtOnce(next)).toBe(false);
      world.handOver({ version });
      expect((await next).value?.version).toBe(version);
    }
    const last = states.next();
    await settlesAtOnce(last);
    world.handOver({ version: 4, final: true });
    expect(version(await last)).toBe(4);
    expect(world.reads).toBe(1);
    expect(left(world)).toEqual(NOTHING_LEFT);
    expect(version(await states.next())).toBe('done');
  });

  test('sets the time at which it changes by itself, unless a newer one was seen', async () => {
    vi.useFakeTimers();
    const world = createWorld();
    world.state = { version: 1, changesAt: Date.now() + 500 };
    const states = world.watch();
    await states.next();
    const second = states.next();
    await vi.advanceTimersByTimeAsync(0);
    world.handOver({ version: 2, changesAt: Date.now() + 1_000 });
    await second;
    const third = states.next();
    await vi.advanceTimersByTimeAsync(0);
    world.handOver({ version: 1, changesAt: Date.now() });
    world.state = { version: 3, final: true };
    await vi.advanceTimersByTimeAsync(900);
    expect(world.reads).toBe(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(version(await third)).toBe(3);
  });

  test('is dropped when a newer one was seen, and when two come at once the newer one is received', async () => {
    const world = createWorld();
    world.state = { version: 5 };
    const states = world.watch();
    await states.next();
    const next = states.next();
    await settlesAtOnce(next);
    for (const version of [4, 5]) world.handOver({ version });
    expect(await settlesAtOnce(next)).toBe(false);
    for (const version of [7, 6]) world.handOver({ version });
    expect(version(await next)).toBe(7);
    expect(await settlesAtOnce(states.next())).toBe(false);
    expect(world.reads).toBe(1);
  });

  // It may no longer be true when the consumer is ready.
  test('is read again by a watcher that was busy', async () => {
    const world = createWorld();
    const states = world.watch();
    await states.next();
    world.handOver({ version: 2 });
    world.state = { version: 3 };
    expect(version(await states.next())).toBe(3);
    expect(world.reads).toBe(2);
    const next = states.next();
    await settlesAtOnce(next);
    world.handOver({ version: 4 });
    await next;
    world.handOver({ version: 5 });
    world.state = { version: 6 };
    expect(version(await states.next())).toBe(6);
    expect(world.reads).toBe(3);
  });

  test('is not shown to a watcher whose first read has failed, and is read again', async () => {
    const world = createWorld();
    world.reading = async () => Promise.reject(new Error('the database is unavailable'));
    const first = world.watch().next();
    expect(await settlesAtOnce(first)).toBe(false);
    world.state = undefined;
    world.reading = async () => {};
    world.handOver({ version: 2 });
    expect(version(await first)).toBe('done');
    expect(world.reads).toBe(2);
  });

  test('is not shown to a watcher whose first read is pending, which may find that it must not see it', async () => {
    const world = createWorld();
    world.state = undefined;
    let finishReading = () => {};
    world.reading = () => new Promise<void>((resolve) => (finishReading = resolve));
    const first = world.watch().next();
    await settlesAtOnce(first);
    world.handOver({ version: 2 });
    finishReading();
    expect(version(await first)).toBe('done');
  });
});

describe('a message of another instance', () => {
  test('with a version that was seen causes no read, however often it comes', async () => {
    const world = createWorld();
    const states = world.watch();
    await states.next();
    const next = states.next();
    await settlesAtOnce(next);
    world.state = { version: 2 };
    world.receive(2);
    expect(version(await next)).toBe(2);
    const third = states.next();
    await settlesAtOnce(third);
    for (const version of [2, 1, 0, 2]) world.receive(version);
    expect(await settlesAtOnce(third)).toBe(false);
    expect(world.reads).toBe(2);
  });

  test('with a version of the future causes one read and shows nothing', async () => {
    const world = createWorld();
    const states = world.watch();
    await states.next();
    const next = states.next();
    await settlesAtOnce(next);
    world.receive(1_000_000);
    expect(await settlesAtOnce(next)).toBe(false);
    expect(world.reads).toBe(2);
    world.state = { version: 2 };
    world.receive(2);
    expect(version(await next)).toBe(2);
  });

  test('during a read that finds its version causes no second read', async () => {
    const world = createWorld();
    const states = world.watch();
    await states.next();
    const next = states.next();
    await settlesAtOnce(next);
    world.reading = async () => world.receive(2);
    world.change();
    expect(version(await next)).toBe(2);
    expect(await settlesAtOnce(states.next())).toBe(false);
    expect(world.reads).toBe(2);
  });
});

test('a message that is older than another one of the same read hides nothing', async () => {
  const world = createWorld();
  const states = world.watch();
  await states.next();
  const next = states.next();
  await settlesAtOnce(next);
  world.reading = async () => {
    world.reading = async () => {};
    world.state = { version: 3 };
    for (const version of [3, 2]) world.receive(version);
  };
  world.change();
  expect(version(await next)).toBe(2);
  expect(version(await states.next())).toBe(3);
});

type Message = 'handed over' | 'with its version' | 'without a version' | 'lost';

test('a watcher sees only states that were true, in order, and the final one last, whatever messages come', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.record({
        saysUnchanged: fc.boolean(),
        messages: fc.array(fc.constantFrom<Message>('handed over', 'with its version', 'without a version', 'lost'), {
          maxLength: 8,
        }),
        forged: fc.array(fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constant(2_000_000_000)), { maxLength: 8 }),
        /** Whether each of the first reads fails. */
        failures: fc.array(fc.boolean(), { maxLength: 4 }),
      }),
      async (scheduler, { saysUnchanged, messages, forged, failures }) => {
        const world = createWorld({ saysUnchanged });
        const anyTime = () => scheduler.schedule(Promise.resolve()) as Promise<never>;
        world.subscribing = anyTime;
        let hasFailed = false;
        world.reading = async () => {
          const fails = failures.shift();
          await anyTime();
          if (!fails) return;
          hasFailed = true;
          throw new Error('the database is unavailable');
        };
        const states = [world.state as State];
        const send = {
          'handed over': world.handOver,
          'with its version': ({ version }: State) => world.receive(version),
          'without a version': world.publish,
          lost: () => {},
        };
        const change = async (message: Message, final: boolean) => {
          const state = { version: states.length + 1, final };
          states.push(state);
          world.state = state;
          // A message comes at any time after its change, so also after later ones.
          void anyTime().then(() => send[message](state));
        };
        void scheduler.scheduleSequence([
          ...messages.map((message) => async () => change(message, false)),
          async () => change('without a version', true), // the recheck
        ]);
        for (const version of forged) void anyTime().then(() => world.receive(version));
        const seen: State[] = [];
        let ended = false;
        void (async () => {
          for await (const state of world.watch()) {
            seen.push(state);
            await anyTime();
          }
          ended = true;
        })();
        await scheduler.waitIdle();
        const rechecks = hasFailed ? failures.length + 1 : 0;
        for (let recheck = 0; recheck < rechecks; recheck += 1) {
          world.publish();
          await scheduler.waitIdle();
        }
        expect(seen).toEqual(states.filter((state) => seen.includes(state)));
        expect(seen.at(-1)).toBe(states.at(-1));
        expect(ended).toBe(true);
        expect(left(world)).toEqual(NOTHING_LEFT);
      },
    ),
    { numRuns: 1_000 },
  );
});

describe('return()', () => {
  test('at the moment of a change causes no read', async () => {
    const world = createWorld();
    const states = world.watch();
    await states.next();
    const next = states.next();
    await settlesAtOnce(next);
    world.change();
    await states.return?.();
    expect(version(await next)).toBe('done');
    expect(world.reads).toBe(1);
  });

  test('while waiting for a change resolves at once and ends the pending next()', async () => {
    const world = createWorld();
    const states = world.watch();
    await states.next();
    const waiting = states.next();
    await settlesAtOnce(waiting);
    expect(await states.return?.()).toEqual({ done: true, value: undefined });
    expect(version(await waiting)).toBe('done');
    expect(left(world)).toEqual(NOTHING_LEFT);
  });

  test('during a read resolves at once, and the result of the read is dropped', async () => {
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

  test('during the subscribing resolves at once and unsubscribes afterwards', async () => {
    const world = createWorld();
    let finishListening = () => {};
    world.subscribing = () => new Promise<void>((resolve) => (finishListening = resolve));
    const states = world.watch();
    const first = states.next();
    expect(await settlesAtOnce(states.return?.() as never)).toBe(true);
    finishListening();
    expect(version(await first)).toBe('done');
    expect(left(world)).toEqual(NOTHING_LEFT);
    expect(world.reads).toBe(0);
  });

  test('before the first next(), a second return(), and throw() release everything', async () => {
    const world = createWorld();
    const states = world.watch();
    await states.return?.();
    await states.return?.();
    expect(version(await states.next())).toBe('done');
    expect(world.subscriptions).toBe(0);

    const others = world.watch();
    await others.next();
    await expect(others.throw?.(new Error('enough'))).rejects.toThrow('enough');
    expect(left(world)).toEqual(NOTHING_LEFT);
  });

  test('of one of two watchers of the same topic leaves the other subscribed', async () => {
    const world = createWorld();
    const [one, other] = [world.watch(), world.watch()];
    await Promise.all([one.next(), other.next()]);
    await one.return?.();
    const next = other.next();
    world.change();
    expect(version(await next)).toBe(2);
  });
});

describe('without a message', () => {
  const cases = [
    { name: 'within 2 s while the bus is disconnected', connected: false, everyMs: 2_000 },
    { name: 'within 15 s while it is connected', connected: true, everyMs: 15_000 },
  ];
  for (const { name, connected, everyMs } of cases) {
    test(`a watcher rechecks ${name}`, async () => {
      vi.useFakeTimers();
      const world = createWorld({ connected });
      const states = world.watch();
      await states.next();
      const next = states.next();
      world.state = { version: 2, final: true };
      // At a random time between the half of it and the whole.
      await vi.advanceTimersByTimeAsync(everyMs / 2 - 100);
      expect(world.reads).toBe(1);
      await vi.advanceTimersByTimeAsync(everyMs / 2 + 200);
      expect(version(await next)).toBe(2);
    });
  }

  test('a change that is due at a time is read at that time', async () => {
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

  test.each([true, false])(
    'a change that is overdue by our clock, but not by that of the database, is rechecked soon (the read says unchanged: %s)',
    async (saysUnchanged) => {
      vi.useFakeTimers();
      const world = createWorld({ saysUnchanged });
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
    },
  );

  for (const connected of [false, true]) {
    test(`a failed read is retried within 2 s while the bus is ${connected ? 'connected' : 'disconnected'}`, async () => {
      vi.useFakeTimers();
      const world = createWorld({ connected });
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

  test('a failed first read is retried within 2 s', async () => {
    vi.useFakeTimers();
    const world = createWorld({ connected: false });
    world.reading = () => Promise.reject(new Error('the database is away'));
    const first = world.watch().next();
    await vi.advanceTimersByTimeAsync(0);
    world.reading = async () => {};
    await vi.advanceTimersByTimeAsync(2_200);
    expect(version(await first)).toBe(1);
  });
});
