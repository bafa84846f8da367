/**
 * Answers all requests of an interval from one check, so that strangers cannot make the gateway check more often. A
 * request gets the answer of a check that started at most `intervalMs` ago, or that still runs.
 */
export function createSharedCheck(
  check: () => Promise<void>,
  { intervalMs, now }: { intervalMs: number; now: () => number },
): () => Promise<boolean> {
  let dueAt = -Infinity;
  let isRunning = false;
  let latest = Promise.resolve(false);

  async function run(): Promise<boolean> {
    isRunning = true;
    try {
      await check();
      return true;
    } catch {
      return false;
    } finally {
      isRunning = false;
    }
  }

  return () => {
    if (!isRunning && now() >= dueAt) {
      dueAt = now() + intervalMs;
      latest = run();
    }
    return latest;
  };
}
