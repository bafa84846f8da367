import { vi } from 'vitest';

/** Waits until a check succeeds, up to 30 s. Each check needs the browser, which runs other tests at the same time. */
export const eventually = <Value>(check: () => Value | Promise<Value>): Promise<Value> =>
  vi.waitFor(check, { timeout: 30_000, interval: 50 });
