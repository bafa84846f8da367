/** Which way to watch by: 0 is the best, the last one passes everywhere. */
export interface Choice {
  way(): number;
  /** Failures since a way has worked. */
  failures(): number;
  /** The way tells something. @returns whether a better one, that worked before the network went, has its turn now. */
  worked(): boolean;
  failed(): void;
}

/** A way that has worked gets this many more tries before the others have theirs. */
const TRIES = 3;

export function createChoice(ways: number): Choice {
  let way = 0;
  let failures = 0;
  /** The one that has worked last. */
  let proven: number | undefined;
  return {
    way: () => way,
    failures: () => failures,
    worked() {
      failures = 0;
      const hasBetter = proven !== undefined && proven < way;
      [way, proven] = hasBetter ? [proven as number, way] : [way, way];
      return hasBetter;
    },
    failed() {
      failures += 1;
      if (proven !== undefined && way < proven) way = proven;
      else if (way !== proven || failures > TRIES) way = (way + 1) % ways;
    },
  };
}
