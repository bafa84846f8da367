/** Below this time, and as long as it counts, a reading of the CPU time is exact enough. */
const EXACT_MS = 1;

/** The last reading of the CPU time, and when it was. */
let read = { cpuMs: 0, at: -Infinity };

/** Milliseconds of CPU time that this process has used. Takes several microseconds. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * Starts to measure CPU time. Not wall-clock time: on a busy machine, the time in which other processes run would otherwise be charged
 * to a client. Asking for the CPU time each time would itself take a tenth of an attack, so it is asked at most once a millisecond, and
 * work of less than a millisecond is measured by the clock.
 *
 * @returns a function that returns the milliseconds since
 */
export function startCpuTime(): () => number {
  const startedAt = performance.now();
  if (Math.abs(startedAt - read.at) > EXACT_MS) read = { cpuMs: cpuMs(), at: startedAt };
  const before = read.cpuMs;
  return () => {
    const ms = performance.now() - startedAt;
    return ms < EXACT_MS ? ms : Math.min(ms, cpuMs() - before);
  };
}
