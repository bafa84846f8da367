/** Something that is done again and again, by this process. */
export interface PeriodicTask {
  /** Does it now, too; while it is being done, once more right after. */
  poke(): void;
  /** Resolves when the round that is under way has ended; there is none after it. */
  stop(): Promise<void>;
}

/**
 * Does `act` every so often, never twice at once. It does not keep the process alive. When `act` rejects it is done again
 * at its next time, and `onFailing` is told of the first failure in a row.
 */
export function runPeriodically(
  everyMs: number,
  act: () => Promise<void>,
  onFailing: (error: unknown) => void,
): PeriodicTask {
  let running: Promise<void> | undefined;
  let again = false;
  let stopped = false;
  let failing = false; // told once, not every time

  const poke = (): void => {
    if (stopped) return;
    if (running) again = true;
    else {
      const done = act().then(
        () => void (failing = false),
        (error: unknown) => {
          if (!failing) onFailing(error);
          failing = true;
        },
      );
      running = done.then(() => {
        running = undefined;
        if (!again) return;
        again = false;
        poke();
      });
    }
  };
  const timer = setInterval(() => {
    if (!running) poke();
  }, everyMs);
  timer.unref();
  return {
    poke,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}
