/** The gateway's time. Phones run minutes ahead or behind, and would show a code as expired that is not. */
export interface Clock {
  /** Milliseconds since 1970, as the gateway counts them, to a second or two. */
  now(): number;
  /** Learns from the Date header of an answer, and from when its request was sent. */
  learn(date: string | null, sentAt: number): void;
}

/** @param device the device's own clock */
export function createClock(device: () => number = Date.now): Clock {
  let ahead = 0;
  return {
    now: () => device() + ahead,
    learn(date, sentAt) {
      // The header has whole seconds. It was written after the request was sent, and before the answer was here.
      const written = Date.parse(date ?? '');
      const [least, most] = [written - device(), written + 1_000 - sentAt];
      if (least <= most) ahead = Math.min(Math.max(ahead, least), most);
    },
  };
}
