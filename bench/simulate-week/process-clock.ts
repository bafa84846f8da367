import { existsSync, realpathSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import timersPromises from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { SimulatedClock } from './clock.js';

/**
 * The code whose timers follow the simulated clock. The timers of drivers, such as those of pools, follow the real one. Call sites name real
 * paths, and `node_modules` can be a link.
 */
const PROJECT = new URL('../../', import.meta.url);
const SIMULATED = ['dist/', 'bench/', 'simulators/', 'node_modules/cockatiel/'].flatMap((folder) => {
  const path = fileURLToPath(new URL(folder, PROJECT));
  const real = existsSync(path) ? `${realpathSync(path)}/` : path;
  return [pathToFileURL(real).href, real];
});
const TIMEOUT_MESSAGE = 'The operation was aborted due to timeout';

/** What setTimeout and setInterval return. */
class SimulatedTimer {
  readonly cancel: () => void;
  constructor(cancel: () => void) {
    this.cancel = cancel;
  }
  unref() {
    return this;
  }
  ref() {
    return this;
  }
  hasRef() {
    return false;
  }
}

/** The timers of the real clock. */
export const realTimers = { setTimeout: globalThis.setTimeout, setImmediate: globalThis.setImmediate };

/**
 * From now on the time of this process is the simulated time: Date, performance.now, and the timers of the gateway, the
 * simulators and the simulation. Nothing undoes it, so the simulation has a process of its own.
 */
export function followClock(clock: SimulatedClock): void {
  const real = { Date, sleep: timersPromises.setTimeout };
  const { setTimeout, setInterval, clearTimeout, clearInterval } = globalThis;

  class SimulatedDate extends real.Date {
    constructor(...values: [] | [string]) {
      if (values.length === 0) super(clock.now());
      else super(...values);
    }
    static override now = () => clock.now();
    static override [Symbol.hasInstance] = (value: unknown) =>
      Object.prototype.toString.call(value) === '[object Date]';
  }
  const startedAt = clock.now();
  Object.defineProperty(performance, 'now', { value: () => clock.now() - startedAt, configurable: true });

  const clear = (clearReal: (timer: never) => void) => (timer: unknown) => {
    if (timer instanceof SimulatedTimer) timer.cancel();
    else clearReal(timer as never);
  };
  const timers = {
    setTimeout(run: (...values: unknown[]) => void, ms = 0, ...values: unknown[]) {
      if (!isSimulated(timers.setTimeout)) return setTimeout(run, ms, ...(values as []));
      return new SimulatedTimer(clock.after(ms, () => run(...values)));
    },
    setInterval(run: (...values: unknown[]) => void, ms = 0, ...values: unknown[]) {
      if (!isSimulated(timers.setInterval)) return setInterval(run, ms, ...(values as []));
      return new SimulatedTimer(clock.repeat(ms, () => run(...values)));
    },
    clearTimeout: clear(clearTimeout),
    clearInterval: clear(clearInterval),
  };
  Object.assign(globalThis, { Date: SimulatedDate, ...timers });
  const sleep = async (ms: number, value: unknown, options: object) => {
    if (!isSimulated(sleep)) return real.sleep(ms, value, options);
    await clock.sleep(ms);
    return value;
  };
  timersPromises.setTimeout = sleep as typeof timersPromises.setTimeout;
  syncBuiltinESMExports();
  AbortSignal.timeout = (ms) => {
    const controller = new AbortController();
    clock.after(ms, () => controller.abort(new DOMException(TIMEOUT_MESSAGE, 'TimeoutError')));
    return controller.signal;
  };
}

/** Whether the function that calls a timer belongs to the simulated code. `timer` is the function that it calls. */
function isSimulated(timer: object): boolean {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.stackTraceLimit = 1;
  // Reads the call site itself: a formatted stack would be translated by source maps first.
  Error.prepareStackTrace = (_, [caller]) => caller?.getFileName() ?? '';
  const trace: { stack?: string } = {};
  Error.captureStackTrace(trace, timer as () => void);
  const { stack = '' } = trace;
  Object.assign(Error, { prepareStackTrace, stackTraceLimit });
  return SIMULATED.some((folder) => stack.startsWith(folder));
}
