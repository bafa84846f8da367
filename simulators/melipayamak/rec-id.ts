/** Odd, so that no JavaScript number can hold it. Starts from the time, so that a restart repeats no ID. */
let last = BigInt(Date.now()) * 1_000_000n + 1n;

/** A new ID of 19 digits. */
export function newRecId(): string {
  last += 2n;
  return String(last);
}
