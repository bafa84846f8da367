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

/** Keys that are limited one by one. All others share one limit. */
const MAX_KEYS = 10_000;

/** The same for each of many keys, such as the networks of clients. */
export function createKeyedLogThrottle(
  intervalMs: number,
  now: () => number = () => performance.now(),
): (key: string) => { notLogged: number } | undefined {
  /** The key whose line is the oldest comes first. */
  const byKey = new Map<string, { dueAt: number; notLogged: number }>();
  const ofOthers = createLogThrottle(intervalMs, now);
  return (key) => {
    const last = byKey.get(key);
    if (last && now() < last.dueAt) {
      last.notLogged += 1;
      return undefined;
    }
    byKey.delete(key);
    if (byKey.size >= MAX_KEYS) {
      const [oldest, { dueAt }] = byKey.entries().next().value as [string, { dueAt: number }];
      if (now() < dueAt) return ofOthers();
      byKey.delete(oldest);
    }
    byKey.set(key, { dueAt: now() + intervalMs, notLogged: 0 });
    return { notLogged: last?.notLogged ?? 0 };
  };
}
