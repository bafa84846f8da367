import type { SimulatedClock } from './clock.js';
import type { Message } from './providers.js';

/** So many codes of a phone are remembered. */
const KEPT_CODES = 20;

/** The messages that phones show. A person reads the newest code, and if it is wrong the newest of the others. */
export function createInbox(clock: SimulatedClock) {
  const codes = new Map<string, { code: string; at: number }[]>();
  const waiting = new Map<string, Set<() => void>>();

  return {
    arrive({ phone, code }: Message): void {
      if (code === undefined) return;
      codes.set(phone, [{ code, at: clock.now() }, ...(codes.get(phone) ?? [])].slice(0, KEPT_CODES));
      for (const wake of waiting.get(phone) ?? []) wake();
    },
    /** Waits for a code that arrives after this time and was not tried. @returns undefined if none arrives within `ms` */
    async wait(
      phone: string,
      { since, ms, tried = [] }: { since: number; ms: number; tried?: string[] },
    ): Promise<string | undefined> {
      const read = () => codes.get(phone)?.find(({ code, at }) => at > since && !tried.includes(code))?.code;
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
