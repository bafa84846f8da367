/** The gateway's time. Phones run minutes ahead or behind, and would show a code as expired that is not. */
export interface Clock {
  /** Milliseconds since 1970, as the gateway counts them, to a second or two. */
  now(): number;
  /** Learns from the Date header of an answer, and from when its request was sent. */
  learn(date: string | null, sentAt: number): void;
}

/** What a visit has learnt, for the next one: until the first answer it has nothing else to go by. */
export interface KeptOffset {
  read(): number;
  write(ahead: number): void;
}

/** Less than this is not worth keeping. */
const NOTICED_MS = 2_000;

/** @param device the device's own clock */
export function createClock(device: () => number = Date.now, kept?: KeptOffset): Clock {
  let ahead = kept?.read() ?? 0;
  let written = ahead;
  return {
    now: () => device() + ahead,
    learn(date, sentAt) {
      // The header has whole seconds. It was written after the request was sent, and before the answer was here.
      const said = Date.parse(date ?? '');
      const [least, most] = [said - device(), said + 1_000 - sentAt];
      if (least <= most) ahead = Math.min(Math.max(ahead, least), most);
      if (Math.abs(ahead - written) < NOTICED_MS) return;
      written = ahead;
      kept?.write(ahead);
    },
  };
}
