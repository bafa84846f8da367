/**
 * SQL: a row to join into a statement whose commit need not wait for the disk. If PostgreSQL itself dies within the next
 * half second, the change may be gone, as if it had never been asked for; it is never half there, and order is kept.
 * For what a person simply repeats. Never for a guess that was counted, a proof or a session.
 */
export const ASYNC_COMMIT = `(SELECT set_config('synchronous_commit', 'off', true) AS setting) AS relaxed`;
