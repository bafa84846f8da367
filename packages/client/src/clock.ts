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
  let offset = store?.read() ?? 0;
  let stored = offset;
  return {
    now: () => deviceNow() + offset,
    learn(date, sentAt) {
      // The header has whole seconds. It was written after the request was sent and before the answer arrived.
      const gatewayTime = Date.parse(date ?? '');
      const [least, most] = [gatewayTime - deviceNow(), gatewayTime + 1_000 - sentAt];
      if (least <= most) offset = Math.min(Math.max(offset, least), most);
      if (Math.abs(offset - stored) < WORTH_STORING_MS) return;
      stored = offset;
      store?.write(offset);
    },
  };
}
