/** A function that this process runs again and again. */
export interface PeriodicTask {
  /** Runs it now. While a run is in progress, it runs once more right after. */
  poke(): void;
  /** Resolves when the run in progress has ended. There is none after it. */
  stop(): Promise<void>;
}

/**
 * Runs `act` every `everyMs` milliseconds, one run at a time. The timer does not keep the process alive. When `act` rejects, the
 * next run comes at its usual time; of several failures in a row `onFailing` is called for the first.
 */
export function runPeriodically(
  everyMs: number,
  act: () => Promise<void>,
  onFailing: (error: unknown) => void,
): PeriodicTask {
  let running: Promise<void> | undefined;
  let again = false;
  let stopped = false;
  let failing = false;

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
