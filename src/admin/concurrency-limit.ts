/** Runs tasks of which only a few may run at once. */
export interface ConcurrencyLimit {
  /** Runs a task in its turn. @throws ConcurrencyLimitReached when too many wait already, or the wait is too long */
  run<T>(task: () => Promise<T>): Promise<T>;
}

/** The task did not run, because others took too long. */
export class ConcurrencyLimitReached extends Error {
  constructor() {
    super('No turn within the time limit');
  }
}

export function createConcurrencyLimit({
  atOnce,
  maxWaiting,
  waitMs,
}: Record<'atOnce' | 'maxWaiting' | 'waitMs', number>): ConcurrencyLimit {
  /** The tasks that wait, first come first served. */
  const waiting = new Set<() => void>();
  let running = 0;

  async function wait(): Promise<void> {
    if (waiting.size >= maxWaiting) throw new ConcurrencyLimitReached();
    await new Promise<void>((resolve, reject) => {
      const begin = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        waiting.delete(begin);
        reject(new ConcurrencyLimitReached());
      }, waitMs);
      waiting.add(begin);
    });
  }

  return {
    async run(task) {
      // A task that ends hands its turn over, so `running` does not change in between.
      if (running >= atOnce) await wait();
      else running += 1;
      try {
        return await task();
      } finally {
        const [next] = waiting;
        if (next) {
          waiting.delete(next);
          next();
        } else running -= 1;
      }
    },
  };
}
