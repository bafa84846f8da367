/** How long a request that claims an attempt may be repeated, because its answer can be lost. */
export const CLAIM_REPEAT_SECONDS = 60;

/** SQL: whether the claim of an attempt `a` may still be repeated; null when it is not claimed. */
export const justClaimed = (a: string) => `${a}.claimed_at > now() - interval '${CLAIM_REPEAT_SECONDS} seconds'`;

/**
 * SQL: the joins that find the session `s` and the user `u` of a claimed attempt `a`, if the session is still open.
 * `join` is LEFT JOIN where the attempt is wanted in any case.
 */
export const openSessionOf = (a: string, join: 'JOIN' | 'LEFT JOIN' = 'JOIN') => `
    ${join} sessions s ON s.id = ${a}.session_id AND s.revoked_at IS NULL AND least(s.idle_expires_at, s.expires_at) > now()
    ${join} users u ON u.id = s.user_id AND NOT u.blocked`;
