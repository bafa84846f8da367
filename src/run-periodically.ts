/** A task that this process repeats. */
export interface PeriodicTask {
  /** Runs the task now. If it is already running, runs it once more afterwards. */
  poke(): void;
  /** Resolves when the current run has ended. No run starts after it. */
  stop(): Promise<void>;
}

/**
 * Calls `act` every `everyMs`, never twice at the same time. Does not keep the process alive. After a rejection, `act`
 * is called again at its next time. `onFailing` is called for the first of several consecutive rejections.
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
