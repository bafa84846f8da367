/** Reserved for each channel that follows, so that every channel gets a turn. */
const RESERVED_MS = 1_000;

/** How many milliseconds a channel may take of what is left of the budget. Channels that come first get more. */
export function timeFor(leftMs: number, following: number, atMostMs: number): number {
  const reserved = Math.min(RESERVED_MS, leftMs / (following + 1)) * following;
  return Math.max(1, Math.round(Math.min(leftMs - reserved, atMostMs)));
}
