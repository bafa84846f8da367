import type { Clock } from '../clock.js';

/** An event to be delivered by webhook or by polling. */
export interface OutboxEvent {
  receiptId: number;
  /** The body, as it is sent. */
  text: string;
  /** When it was added, by the provider's clock. */
  at: number;
  /** Whether it was acknowledged before. */
  redelivered: boolean;
}

const RETENTION_MS = 24 * 60 * 60_000;

/** A queue of events, first in, first out. Events expire after 24 hours. */
export function createOutbox(clock: Clock) {
  const events: OutboxEvent[] = [];
  const watchers = new Set<() => void>();
  let lastReceipt = 1_234_566;
  let expired = 0;

  function first(): OutboxEvent | undefined {
    while (events[0] && clock.now() - events[0].at > RETENTION_MS) {
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
    put(text: string, redelivered = false): void {
      lastReceipt += 1;
      events.push({ receiptId: lastReceipt, text, at: clock.now(), redelivered });
      for (const watcher of watchers) watcher();
    },
    /** @returns whether the event existed */
    remove(receiptId: number): boolean {
      const index = events.findIndex((event) => event.receiptId === receiptId);
      if (index !== -1) events.splice(index, 1);
      return index !== -1;
    },
    /** Calls `watcher` for each new event. @returns a function that ends it */
    watch(watcher: () => void): () => void {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    /** Waits for the first event. Resolves to undefined after this many of the provider's milliseconds. */
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
