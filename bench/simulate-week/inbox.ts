import type { SimulatedClock } from './clock.js';
import type { Message } from './providers.js';

/** The messages that phones show. Only the newest code of a phone counts. */
export function createInbox(clock: SimulatedClock) {
  const codes = new Map<string, { code: string; at: number }>();
  const waiting = new Map<string, Set<() => void>>();

  return {
    arrive({ phone, code }: Message): void {
      if (code === undefined) return;
      codes.set(phone, { code, at: clock.now() });
      for (const wake of waiting.get(phone) ?? []) wake();
    },
    /** Waits for a code that arrives after this time. @returns undefined if none arrives within `ms` */
    async wait(phone: string, { since, ms }: { since: number; ms: number }): Promise<string | undefined> {
      const read = () => {
        const newest = codes.get(phone);
        return newest && newest.at > since ? newest.code : undefined;
      };
      const already = read();
      if (already !== undefined) return already;
      await new Promise<void>((resolve) => {
        const wakers = waiting.get(phone) ?? new Set();
        waiting.set(phone, wakers);
        const done = () => {
          wakers.delete(done);
          if (wakers.size === 0) waiting.delete(phone);
          cancel();
          resolve();
        };
        const cancel = clock.after(ms, done);
        wakers.add(done);
      });
      return read();
    },
  };
}

export type Inbox = ReturnType<typeof createInbox>;
