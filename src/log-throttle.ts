/**
 * Limits the log lines about an event that a stranger can cause to one in each interval. @returns `notLogged`, the number
 * of events since the last line; undefined when this event must not be logged.
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
