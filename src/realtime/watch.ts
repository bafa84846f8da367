import type { Deadline, Deadlines } from './deadlines.js';
import type { Bus, Change, Unsubscribe } from './bus.js';

/** Below the version of every state. */
export const NOTHING_SEEN = -1;

export interface Watched<State> {
  topic: string;
  /**
   * Reads the current state; undefined when it no longer exists, or when the watcher may not see it. If its version is
   * not above `seen`, it may answer `unchanged`. A rejection counts as an outage and is retried.
   */
  read: (seen: number) => Promise<State | 'unchanged' | undefined>;
  /** Grows with every change. It is the version that is published with a change. */
  version: (state: State) => number;
  isFinal: (state: State) => boolean;
  /** The time at which the state changes by itself, in milliseconds since the epoch. */
  changesAt: (state: State) => number;
  /** Called once, when the watch is over. */
  onEnd?: () => void;
}

/** The longest time until a watcher reads again without a message: while the bus is reliable, and while it is not. */
const RECHECK_RELIABLE_MS = 15_000;
const RECHECK_UNRELIABLE_MS = 2_000;
/** Our clock may be ahead of the database's. A state that should have changed by now is read again after this time. */
const OVERDUE_RECHECK_MS = 250;

/**
 * Streams states: the current one at once, then the newest one after each change. The stream ends after a final state.
 *
 * It subscribes before it reads, so no change is missed. A state that this process publishes with its change is not read
 * again, if the consumer waits for it. Nothing is buffered: a slow consumer skips states. `return()` resolves at once,
 * also during a read, and releases everything. An async generator cannot do this, because its `return()` waits for the
 * pending read.
 */
export function watch<State>(
  watched: Watched<State>,
  { bus, deadlines }: { bus: Bus<State>; deadlines: Deadlines },
): AsyncIterableIterator<State> {
  let unsubscribe: Unsubscribe | undefined;
  let started = false;
  let ended = false;
  let seen = NOTHING_SEEN;
  /** The state is read while a version above `seen` may exist. */
  let newest = Infinity;
  let published: State | undefined;
  let changesAt = Infinity;
  let resume: (() => void) | undefined;
  let tail: Promise<unknown> | undefined;

  const deadline: Deadline = { dueAt: Infinity, wake: () => wake() };

  function wake({ version = Infinity, state }: Partial<Change<State>> = {}): void {
    if (version <= seen) return;
    // A busy consumer gets what is true when it is ready. The first state is always read, which checks who may see it.
    if (state !== undefined && resume && seen !== NOTHING_SEEN) {
      if (published === undefined || version > watched.version(published)) published = state;
    } else newest = Math.max(newest, version);
    resume?.();
  }

  function end(): void {
    if (!ended) watched.onEnd?.();
    ended = true;
    deadlines.remove(deadline);
    unsubscribe?.();
    unsubscribe = undefined;
    resume?.();
  }

  async function start(): Promise<void> {
    started = true;
    deadlines.add(deadline);
    const stop = await bus.subscribe(watched.topic, wake);
    if (ended) stop();
    else unsubscribe = stop;
  }

  function setDeadline({ isUnavailable = false } = {}): void {
    const now = Date.now();
    const pause = !isUnavailable && bus.isReliable() ? RECHECK_RELIABLE_MS : RECHECK_UNRELIABLE_MS;
    // Random, so that watchers that started together do not always read together.
    const recheck = now + pause * (0.5 + Math.random() / 2);
    const change = isUnavailable ? Infinity : changesAt;
    deadline.dueAt = Math.min(recheck, Math.max(change, now + OVERDUE_RECHECK_MS));
  }

  async function pull(): Promise<IteratorResult<State>> {
    if (!started && !ended) await start();
    while (!ended) {
      if (published === undefined && newest <= seen) {
        await untilWoken();
        continue;
      }
      const state = takePublished() ?? (await readOrWait());
      if (ended) break;
      if (state === undefined || watched.version(state) <= seen) continue;
      seen = watched.version(state);
      if (watched.isFinal(state)) end();
      return { done: false, value: state };
    }
    return { done: true, value: undefined };
  }

  async function untilWoken(): Promise<void> {
    await new Promise<void>((resolve) => (resume = resolve));
    resume = undefined;
  }

  function takePublished(): State | undefined {
    const state = published;
    published = undefined;
    if (state !== undefined) accept(state);
    return state;
  }

  function accept(state: State | 'unchanged'): void {
    if (ended) return;
    if (state !== 'unchanged') changesAt = watched.changesAt(state);
    setDeadline();
  }

  async function readOrWait(): Promise<State | undefined> {
    newest = -Infinity;
    try {
      const state = await watched.read(seen);
      if (state === undefined) end();
      else accept(state);
      return state === 'unchanged' ? undefined : state;
    } catch {
      setDeadline({ isUnavailable: true }); // recheck soon
      return undefined;
    }
  }

  return {
    next: () => {
      const result = tail ? tail.then(pull) : pull();
      tail = result;
      return result;
    },
    return: async () => {
      end();
      return { done: true, value: undefined };
    },
    throw: async (error) => {
      end();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
