import type { Clock } from '../clock.js';

/** An event on its way to the owner of the instance, by webhook or by polling. */
export interface OutboxEvent {
  receiptId: number;
  /** The body, as it goes over the wire. */
  text: string;
  /** When it was put here, by the provider's clock. */
  at: number;
  /** Whether it had been acknowledged before. */
  again: boolean;
}

const KEPT_MS = 24 * 60 * 60_000;

/** First in, first out; what nobody took for 24 h is gone. */
export function createOutbox(clock: Clock) {
  const events: OutboxEvent[] = [];
  const watchers = new Set<() => void>();
  let lastReceipt = 1_234_566;
  let expired = 0;

  function first(): OutboxEvent | undefined {
    while (events[0] && clock.now() - events[0].at > KEPT_MS) {
      events.shift();
      expired += 1;
    }
    return events[0];
  }

  return {
    first,
    get size() {
      return events.length;
    },
    get expired() {
      return expired;
    },
    put(text: string, again = false): void {
      lastReceipt += 1;
      events.push({ receiptId: lastReceipt, text, at: clock.now(), again });
      for (const watcher of watchers) watcher();
    },
    /** @returns whether there was such an event. */
    remove(receiptId: number): boolean {
      const index = events.findIndex((event) => event.receiptId === receiptId);
      if (index !== -1) events.splice(index, 1);
      return index !== -1;
    },
    /** Is told of every event that comes. @returns how to end it. */
    watch(watcher: () => void): () => void {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    /** The first event, as soon as there is one; nothing after so many milliseconds. */
    wait: (ms: number): Promise<OutboxEvent | undefined> =>
      new Promise((resolve) => {
        const waiting = first();
        if (waiting) return resolve(waiting);
        const done = () => {
          watchers.delete(done);
          resolve(first());
        };
        watchers.add(done);
        clock.after(ms, done);
      }),
  };
}

export type Outbox = ReturnType<typeof createOutbox>;
