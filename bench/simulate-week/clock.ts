/** A task of the simulation. Tasks of the same time run in the order in which they were scheduled. */
interface Task {
  at: number;
  order: number;
  run: (() => void) | undefined;
}

/** A task that repeats. */
interface Repeated {
  everyMs: number;
  lastAt: number;
  run: () => void;
}

/**
 * The time of the simulation. It stands still while work is done, and then jumps to the next task: the events of people and
 * attackers, and the timers of the gateway and the providers. So a week takes as long as its work, and the order of the
 * events does not depend on the speed of the machine. See docs/decisions/0050.
 */
export interface SimulatedClock {
  /** Milliseconds since the epoch. */
  now(): number;
  after(ms: number, run: () => void): () => void;
  sleep(ms: number): Promise<void>;
  repeat(everyMs: number, run: () => void): () => void;
  /** Repeated tasks may have work at these times from now, in milliseconds. Those that run each second run then. */
  runRepeatedAfter(times: readonly number[]): void;
  /** Runs everything that is due until this time. */
  runUntil(end: number): Promise<void>;
}

/**
 * The gateway looks for work each second. In a week that would take longer than all sign-ins. So its repeated tasks run
 * every fifteen minutes, and at the times at which something can have changed.
 */
const IDLE_MS = 900_000;
/** These times are rounded up to full multiples, so that tasks which many events ask for run once. */
const ROUND_MS = 5_000;
/** The tasks that run then. The others poll what rarely changes. */
const FREQUENT_MS = 1_000;

/**
 * @param settle resolves when no work is left that needs no time: every statement and request is answered.
 * @param advance is called with each new time before anything runs at it.
 */
export function createSimulatedClock(
  startsAt: number,
  { settle, advance }: { settle: () => Promise<void>; advance: (now: number) => Promise<void> },
): SimulatedClock {
  const tasks = createQueue();
  const repeated = new Set<Repeated>();
  let now = startsAt;
  let repeatedAt = startsAt;
  const rounds = new Set<number>();

  function runRepeated(everyMs: number): void {
    for (const one of repeated) {
      if (one.everyMs > everyMs || now - one.lastAt < one.everyMs) continue;
      one.lastAt = now;
      one.run();
    }
  }

  const clock: SimulatedClock = {
    now: () => now,
    after: (ms, run) => tasks.add(now + Math.max(0, ms), run),
    sleep: (ms) => new Promise((resolve) => void clock.after(ms, resolve)),
    repeat(everyMs, run) {
      const one = { everyMs, lastAt: now, run };
      repeated.add(one);
      return () => void repeated.delete(one);
    },
    runRepeatedAfter(times) {
      for (const ms of times) {
        const at = Math.ceil((now + ms) / ROUND_MS) * ROUND_MS;
        if (rounds.has(at)) continue;
        rounds.add(at);
        clock.after(at - now, () => {
          rounds.delete(at);
          runRepeated(FREQUENT_MS);
        });
      }
    },
    async runUntil(end) {
      for (;;) {
        await settle();
        const at = Math.min(tasks.firstAt(), repeatedAt + IDLE_MS);
        const next = Math.min(Math.max(at, now), end);
        if (next > now) await advance((now = next));
        if (at > end) return;
        if (tasks.firstAt() <= at) tasks.takeFirst()?.();
        else {
          repeatedAt = now;
          runRepeated(Infinity);
        }
      }
    },
  };
  return clock;
}

/** A binary heap by time. */
function createQueue() {
  const heap: Task[] = [];
  let order = 0;
  const isBefore = (one: Task, other: Task) => one.at < other.at || (one.at === other.at && one.order < other.order);
  const task = (index: number) => heap[index] as Task;
  const swap = (one: number, other: number) => {
    [heap[one], heap[other]] = [task(other), task(one)];
  };

  function removeFirst(): Task | undefined {
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || first === last) return first;
    heap[0] = last;
    for (let index = 0; ;) {
      const left = 2 * index + 1;
      if (left >= heap.length) return first;
      const child = left + 1 < heap.length && isBefore(task(left + 1), task(left)) ? left + 1 : left;
      if (!isBefore(task(child), task(index))) return first;
      swap(child, index);
      index = child;
    }
  }
  const dropCanceled = () => {
    while (heap[0] && !heap[0].run) removeFirst();
  };

  return {
    add(at: number, run: () => void): () => void {
      const added: Task = { at, order: (order += 1), run };
      heap.push(added);
      for (let index = heap.length - 1; index > 0;) {
        const parent = (index - 1) >> 1;
        if (!isBefore(task(index), task(parent))) break;
        swap(index, parent);
        index = parent;
      }
      return () => (added.run = undefined);
    },
    firstAt(): number {
      dropCanceled();
      return heap[0]?.at ?? Infinity;
    },
    takeFirst(): (() => void) | undefined {
      dropCanceled();
      return removeFirst()?.run;
    },
  };
}
