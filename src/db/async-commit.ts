/**
 * SQL: a row to join into a statement, with the condition `async_commit.setting = 'off'`, to make its commit
 * asynchronous. If PostgreSQL itself crashes within the next half second, the whole change may be lost, but never a
 * part of it, and only the latest commits are lost. Use it for changes that a user can simply repeat, never for a
 * counted guess, a proof or a session. See docs/decisions/0010.
 */
export const ASYNC_COMMIT = `(SELECT set_config('synchronous_commit', 'off', true) AS setting) AS async_commit`;
