/** How far WhatsApp's clock and ours may differ: a message seems older than what it answers, or not yet written (R15). */
export const OLDER_BY_SECONDS = 10;
export const AHEAD_BY_SECONDS = 60;

/** A step taken at the last moment still leaves the next one this long: to the client to claim, to the person to confirm. */
export const GRACE_SECONDS = 60;
