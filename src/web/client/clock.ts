/** The gateway's time. Phones run minutes ahead or behind, and would show a code as expired that is not. */
export interface Clock {
  /** Milliseconds since 1970, as the gateway counts them, to a second or two. */
  now(): number;
  /** Learns from the Date header of an answer; it has whole seconds. */
  learn(date: string | null): void;
}

/** What a header of whole seconds and the way it took may be wrong by. */
const TOLERANCE_MS = 2_000;

export function createClock(): Clock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    learn(date) {
      const difference = Date.parse(date ?? '') + 500 - Date.now();
      if (Number.isFinite(difference)) ahead = Math.abs(difference) > TOLERANCE_MS ? difference : 0;
    },
  };
}
