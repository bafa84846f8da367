import type { Deadline, Deadlines } from './deadlines.js';
import type { Bus, Unsubscribe } from './bus.js';

export interface Watched<State> {
  topic: string;
  /** The truth, now; nothing when it cannot be had any more. A rejection is taken for an outage and tried again. */
  read: () => Promise<State | undefined>;
  /** Grows with every change. */
  version: (state: State) => number;
  isFinal: (state: State) => boolean;
  /** When the state changes by itself, in milliseconds since the epoch. */
  changesAt: (state: State) => number;
}

/** How often a watcher reads again unasked, at most: while wake-ups arrive, and while they do not. */
const RECHECK_LINKED_MS = 15_000;
const RECHECK_ALONE_MS = 2_000;
/** Our clock may be ahead of the database's: what should have changed and has not is looked at again this much later. */
const OVERDUE_RECHECK_MS = 250;

/**
 * Streams states: the present one at once, then each change, newest only, and ends by itself after a final one.
 *
 * It listens first and reads then, so no change falls between. A consumer that does not keep up skips what it missed:
 * nothing is buffered. `return()` answers at once, also while a read is under way, and leaves nothing behind; that is
 * why this is no async generator, whose `return()` would wait for the pending read.
 */
export function watch<State>(
  watched: Watched<State>,
  { bus, deadlines }: { bus: Bus; deadlines: Deadlines },
): AsyncIterableIterator<State> {
  let unsubscribe: Unsubscribe | undefined;
  let begun = false;
  let over = false;
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
    over = true;
    deadlines.remove(deadline);
    unsubscribe?.();
    unsubscribe = undefined;
    resume?.();
  }

  async function begin(): Promise<void> {
    begun = true;
    deadlines.add(deadline);
    const stop = await bus.subscribe(watched.topic, wake);
    if (over) stop();
    else unsubscribe = stop;
  }

  function setAlarm(state: State | undefined): void {
    const now = Date.now();
    const pause = state !== undefined && bus.isConnected() ? RECHECK_LINKED_MS : RECHECK_ALONE_MS;
    // Those who came together must not for ever look together.
    const recheck = now + pause * (0.5 + Math.random() / 2);
    const changesAt = state === undefined ? Infinity : watched.changesAt(state);
    deadline.dueAt = Math.min(recheck, Math.max(changesAt, now + OVERDUE_RECHECK_MS));
  }

  async function pull(): Promise<IteratorResult<State>> {
    if (!begun && !over) await begin();
    while (!over) {
      if (changed) {
        changed = false;
        const state = await readOrWait();
        if (over) break;
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
      else if (!over) setAlarm(state);
      return state;
    } catch {
      setAlarm(undefined); // the database is away: the next look is soon
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
