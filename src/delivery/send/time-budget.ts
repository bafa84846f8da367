/** Time that is reserved for each following channel, so that every channel gets a turn. */
const RESERVED_MS = 1_000;

/** How many milliseconds a channel may take from the rest of the budget. Earlier channels get more. */
export function timeFor(leftMs: number, following: number, atMostMs: number): number {
  const reserved = Math.min(RESERVED_MS, leftMs / (following + 1)) * following;
  return Math.max(1, Math.round(Math.min(leftMs - reserved, atMostMs)));
}
