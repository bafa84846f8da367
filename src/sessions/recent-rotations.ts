/**
 * A token that was used within this time comes again from a second tab or after a lost answer, not from a thief (R27).
 */
export const REUSE_GRACE_SECONDS = 20;

/** The maximum number of uses within the grace period that a session stores. */
const MOST_REMEMBERED = 100;

/**
 * SQL: whether the token with this counter of a session `s` was used within the grace period. Other tabs may have used
 * later tokens since. The last element of recent_rotations is the use of the token before the current one.
 */
export const justUsed = (s: string, counter: string) =>
  `coalesce(${s}.refresh_counter > ${counter} AND ${s}.recent_rotations[cardinality(${s}.recent_rotations) - (${s}.refresh_counter - ${counter} - 1)]
     > now() - interval '${REUSE_GRACE_SECONDS} seconds', false)`;

/** SQL: the recent_rotations of a session `s` after one more use. */
export const withRotation = (s: string) => `(ARRAY(
  SELECT used_at FROM unnest(${s}.recent_rotations) WITH ORDINALITY AS rotation (used_at, position)
  WHERE position > cardinality(${s}.recent_rotations) - ${MOST_REMEMBERED - 1} AND used_at > now() - interval '${REUSE_GRACE_SECONDS} seconds'
  ORDER BY position
) || now())`;
