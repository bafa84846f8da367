import { REUSE_GRACE_SECONDS } from './recent-rotations.js';

/** How long after its use a token is accepted again, if the token that it was exchanged for was never used (R27). */
export const LOST_ANSWER_HOURS = 24;

/** SQL: the number of the token that was exchanged for the current token of a session `s`. */
const parentOf = (s: string) =>
  `CASE WHEN ${s}.replaced_counter = ${s}.refresh_counter THEN ${s}.replaced_parent ELSE ${s}.refresh_counter - 1 END`;

/**
 * SQL: whether the token with this counter may come from a client that never received the answer. So it is the parent of
 * the current token, and the current token has neither been exchanged nor shown. A token from before the salt of the
 * session is not accepted: GATEWAY_SECRET alone can make it. See docs/decisions/0030.
 */
export const mayHaveLostAnswer = (s: string, counter: string) =>
  `(${counter} = ${parentOf(s)} AND ${s}.shown_counter IS DISTINCT FROM ${s}.refresh_counter
    AND coalesce(${counter} >= ${s}.refresh_salted_from, true) AND ${s}.rotated_at > now() - interval '${LOST_ANSWER_HOURS} hours')`;

/** SQL: whether the current token of a session `s` was issued within the grace period. */
export const justIssued = (s: string) =>
  `coalesce(${s}.recent_rotations[cardinality(${s}.recent_rotations)] > now() - interval '${REUSE_GRACE_SECONDS} seconds', false)`;
