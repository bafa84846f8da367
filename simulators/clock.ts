/** A provider's time, which may run faster than ours: at speed 60 its minute is our second. */
export interface Clock {
  /** Milliseconds since the epoch, by the provider's calendar. */
  now(): number;
  /** Runs `act` after so many of the provider's milliseconds. */
  after(ms: number, act: () => void): void;
  /** Nothing that was still to come happens. */
  stop(): void;
}

export function createClock(speed = 1): Clock {
  const startedAt = Date.now();
  const timers = new Set<NodeJS.Timeout>();
  return {
    now: () => startedAt + (Date.now() - startedAt) * speed,
    after(ms, act) {
      const timer = setTimeout(() => {
        timers.delete(timer);
        act();
      }, ms / speed);
      timers.add(timer);
    },
    stop() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
