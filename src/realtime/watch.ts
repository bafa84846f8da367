import type { Deadline, Deadlines } from './deadlines.js';
import type { Bus, Unsubscribe } from './bus.js';

export interface Watched<State> {
  topic: string;
  /** Reads the current state; undefined when it no longer exists. A rejection counts as an outage and is retried. */
  read: () => Promise<State | undefined>;
  /** Grows with every change. */
  version: (state: State) => number;
  isFinal: (state: State) => boolean;
  /** The time at which the state changes by itself, in milliseconds since the epoch. */
  changesAt: (state: State) => number;
  /** Called once, when the watch is over. */
  onEnd?: () => void;
}

/** The longest time until a watcher reads again without a message: while the bus is connected, and while it is not. */
const RECHECK_CONNECTED_MS = 15_000;
const RECHECK_DISCONNECTED_MS = 2_000;
/** Our clock may be ahead of the database's. A state that should have changed by now is read again after this time. */
const OVERDUE_RECHECK_MS = 250;

/**
 * Streams states: the current one at once, then the newest one after each change. The stream ends after a final state.
 *
 * It subscribes before it reads, so no change is missed. Nothing is buffered: a slow consumer skips states. `return()`
 * resolves at once, also during a read, and releases everything. An async generator cannot do this, because its
 * `return()` waits for the pending read.
 */
export function watch<State>(
  watched: Watched<State>,
  { bus, deadlines }: { bus: Bus; deadlines: Deadlines },
): AsyncIterableIterator<State> {
  let unsubscribe: Unsubscribe | undefined;
  let started = false;
  let ended = false;
  let changed = true;
  let seen = -Infinity;
  let resume: (() => void) | undefined;
  let tail: Promise<unknown> | undefined;

  const deadline: Deadline = { dueAt: Infinity, wake };

  function wake(): void {
    changed = true;
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

  function setDeadline(state: State | undefined): void {
    const now = Date.now();
    const pause = state !== undefined && bus.isConnected() ? RECHECK_CONNECTED_MS : RECHECK_DISCONNECTED_MS;
    // Random, so that watchers that started together do not always read together.
    const recheck = now + pause * (0.5 + Math.random() / 2);
    const changesAt = state === undefined ? Infinity : watched.changesAt(state);
    deadline.dueAt = Math.min(recheck, Math.max(changesAt, now + OVERDUE_RECHECK_MS));
  }

  async function pull(): Promise<IteratorResult<State>> {
    if (!started && !ended) await start();
    while (!ended) {
      if (changed) {
        changed = false;
        const state = await readOrWait();
        if (ended) break;
        if (state !== undefined && watched.version(state) > seen) {
          seen = watched.version(state);
          if (watched.isFinal(state)) end();
          return { done: false, value: state };
        }
      } else {
        await new Promise<void>((resolve) => (resume = resolve));
        resume = undefined;
      }
    }
    return { done: true, value: undefined };
  }

  async function readOrWait(): Promise<State | undefined> {
    try {
      const state = await watched.read();
      if (state === undefined) end();
      else if (!ended) setDeadline(state);
      return state;
    } catch {
      setDeadline(undefined); // the database is unavailable: recheck soon
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
