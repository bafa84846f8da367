/**
 * Whether an event that a stranger can cause may be logged now. At most one in each interval is, so that a flood of
 * requests is not also a flood of log lines. @returns the number of events that were not logged since, or undefined when
 * this one is not to be logged.
 */
export function createLogThrottle(
  intervalMs: number,
  now: () => number = () => performance.now(),
): () => { notLogged: number } | undefined {
  let dueAt = -Infinity;
  let notLogged = 0;
  return () => {
    if (now() < dueAt) {
      notLogged += 1;
      return undefined;
    }
    dueAt = now() + intervalMs;
    const due = { notLogged };
    notLogged = 0;
    return due;
  };
}
