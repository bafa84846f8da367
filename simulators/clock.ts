/** The time of a simulated provider. It can run faster than real time: at speed 60, its minute takes a second. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `action` after this many of the provider's milliseconds. @returns a function that cancels it */
  after(ms: number, action: () => void): () => void;
  /** Cancels everything that has not run yet. */
  stop(): void;
}

export function createClock(speed = 1): Clock {
  const startedAt = Date.now();
  const timers = new Set<NodeJS.Timeout>();
  return {
    now: () => startedAt + (Date.now() - startedAt) * speed,
    after(ms, action) {
      const timer = setTimeout(() => {
        timers.delete(timer);
        action();
      }, ms / speed);
      timers.add(timer);
      return () => {
        clearTimeout(timer);
        timers.delete(timer);
      };
    },
    stop() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}

export interface ManualClock extends Clock {
  /** Moves the time forward and runs what is due on the way, in order. */
  advance(ms: number): void;
}

/** A clock that stands still until a test moves it. It starts at the real time. */
export function createManualClock(): ManualClock {
  let now = Date.now();
  let pending: { at: number; action: () => void }[] = [];
  return {
    now: () => now,
    after(ms, action) {
      const entry = { at: now + ms, action };
      pending.push(entry);
      return () => void (pending = pending.filter((other) => other !== entry));
    },
    advance(ms) {
      const until = now + ms;
      for (;;) {
        const [next] = pending.filter(({ at }) => at <= until).toSorted((one, other) => one.at - other.at);
        if (!next) break;
        pending = pending.filter((other) => other !== next);
        now = next.at;
        next.action();
      }
      now = until;
    },
    stop: () => void (pending = []),
  };
}
