/** Something that is done again and again, by this process. */
export interface Repeated {
  /** Does it now, too; while it is being done, once more right after. */
  poke(): void;
  /** Resolves when the round that is under way has ended; there is none after it. */
  stop(): Promise<void>;
}

/** Does `act` every so often, never twice at once. It does not keep the process alive. `act` must not reject. */
export function repeat(everyMs: number, act: () => Promise<void>): Repeated {
  let running: Promise<void> | undefined;
  let again = false;
  let stopped = false;

  const poke = (): void => {
    if (stopped) return;
    if (running) again = true;
    else {
      running = act().then(() => {
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
