import { vi } from 'vitest';
import type { TestGateway } from './gateway.js';

/** Waits until a gateway has logged an event this many times. */
export function logged(gateway: TestGateway, event: string, { times = 1, withinMs = 5_000 } = {}): Promise<void> {
  return vi.waitFor(
    () => {
      const count = gateway.log.filter((line) => line.event === event).length;
      if (count < times) throw new Error(`${event} was logged ${count} times, not ${times}`);
    },
    { timeout: withinMs, interval: 20 },
  );
}
