import type { Storage } from './storage.js';
import { createStoredText } from './stored-text.js';

/** The gateway's time. Phones run minutes ahead or behind, and would show a valid code as expired. */
export interface Clock {
  /** The gateway's time in milliseconds since 1970, to a second or two. */
  now(): number;
  /** Corrects the clock by the Date header of an answer. `sentAt` is the device's time when the request was sent. */
  learn(date: string | null, sentAt: number): void;
}

/** The offset that an earlier visit learned: before the first answer the clock has nothing else to go by. */
export interface OffsetStore {
  read(): number;
  write(offsetMs: number): void;
}

export function createOffsetStore(entry: { storage: Storage; key: string }): OffsetStore {
  const stored = createStoredText(entry);
  return {
    read: () => Number(stored.read()) || 0,
    write: (offsetMs) => stored.write(String(Math.round(offsetMs))),
  };
}

/** A smaller change of the offset is not worth a write. */
const WORTH_STORING_MS = 2_000;

export function createClock({
  deviceNow = Date.now,
  store,
}: {
  /** The device's own clock. */
  deviceNow?: () => number;
  store?: OffsetStore;
} = {}): Clock {
  /** What an answer has taught. */
  let learned: number | undefined;
  const stored = () => store?.read() ?? 0;
  return {
    now: () => deviceNow() + (learned ?? stored()),
    learn(date, sentAt) {
      // The header has whole seconds. It was written after the request was sent and before the answer arrived.
      const gatewayTime = Date.parse(date ?? '');
      const [least, most] = [gatewayTime - deviceNow(), gatewayTime + 1_000 - sentAt];
      if (!(least <= most)) return;
      learned = Math.min(Math.max(learned ?? stored(), least), most);
      if (Math.abs(learned - stored()) >= WORTH_STORING_MS) store?.write(learned);
    },
  };
}
