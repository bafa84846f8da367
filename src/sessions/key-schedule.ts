import { EXPIRED_EVERYWHERE_SECONDS } from './token-lifetimes.js';

/** How often each instance reads the signing keys, in milliseconds. */
export const FOLLOW_MS = 10_000;

/** How long backends may cache the JWKS. */
export const JWKS_MAX_AGE_SECONDS = 30;

/**
 * How long a new key is published before it signs. Within this time every instance and backend has read it, with ten
 * seconds to spare.
 */
export const PUBLISHED_AHEAD_SECONDS = JWKS_MAX_AGE_SECONDS + FOLLOW_MS / 1000 + 10;

/** SQL: the keys with `superseded_at`, the time at which the next key begins to sign; null for the last key. */
export const KEYS_IN_ORDER = `
  SELECT *, lead(activates_at) OVER (ORDER BY activates_at, created_at, kid) AS superseded_at FROM signing_keys`;

/** SQL: the time at which the last token of a row of KEYS_IN_ORDER expires; null for the last key. */
export const VERIFIES_UNTIL = `superseded_at + interval '${EXPIRED_EVERYWHERE_SECONDS} seconds'`;
