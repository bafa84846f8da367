import { vi } from 'vitest';

/** Waits until a check holds, up to 30 s. Every look asks the browser, which has tests beside this one to run. */
export const eventually = <Value>(check: () => Value | Promise<Value>): Promise<Value> =>
  vi.waitFor(check, { timeout: 30_000, interval: 50 });
