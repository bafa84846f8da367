/**
 * How far WhatsApp's clock and the gateway's may differ. A message may be this much older than the attempt or question
 * that it answers, or this much ahead of now (R15).
 */
export const OLDER_BY_SECONDS = 10;
export const AHEAD_BY_SECONDS = 60;

/**
 * A step at the last moment leaves at least this long for the next one: the client's claim, or the user's confirmation.
 */
export const GRACE_SECONDS = 60;
