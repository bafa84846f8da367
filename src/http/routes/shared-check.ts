/**
 * Answers all requests of an interval from one check, so that strangers cannot make the gateway check more often. A
 * request gets the answer of a check that started at most `intervalMs` ago, or that still runs.
 */
export function createSharedCheck<Result>(
  check: () => Promise<Result>,
  { intervalMs, now }: { intervalMs: number; now: () => number },
): () => Promise<Result> {
  let dueAt = -Infinity;
  let isRunning = false;
  let latest: Promise<Result> | undefined;

  async function run(): Promise<Result> {
    isRunning = true;
    try {
      return await check();
    } finally {
      isRunning = false;
    }
  }

  return () => {
    if (!latest || (!isRunning && now() >= dueAt)) {
      dueAt = now() + intervalMs;
      latest = run();
    }
    return latest;
  };
}
