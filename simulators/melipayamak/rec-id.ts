/** Odd, so that no JSON number holds one exactly; begun at the clock, so that a restart repeats none. */
let last = BigInt(Date.now()) * 1_000_000n + 1n;

/** 19 digits, never the same twice. */
export function newRecId(): string {
  last += 2n;
  return String(last);
}
