/** Chooses between transports by their index: 0 is the fastest, the last one works on every network. */
export interface TransportFallback {
  current(): number;
  /** Consecutive failures since a transport last worked. */
  failures(): number;
  /**
   * The current transport has delivered a status.
   *
   * @returns whether to switch at once to a faster one, which worked before an outage
   */
  succeeded(): boolean;
  failed(): void;
}

/** A transport that has worked is tried this many more times before the others are. */
const RETRIES = 3;

export function createTransportFallback({ transports }: { transports: number }): TransportFallback {
  let current = 0;
  let failures = 0;
  /** The transport that worked last. */
  let proven: number | undefined;
  return {
    current: () => current,
    failures: () => failures,
    succeeded() {
      failures = 0;
      const hasFaster = proven !== undefined && proven < current;
      [current, proven] = hasFaster ? [proven as number, current] : [current, current];
      return hasFaster;
    },
    failed() {
      failures += 1;
      if (proven !== undefined && current < proven) current = proven;
      else if (current !== proven || failures > RETRIES) current = (current + 1) % transports;
    },
  };
}
