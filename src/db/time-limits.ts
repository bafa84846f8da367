import type pg from 'pg';
import { isPooled } from './is-pooled.js';
import { type Queryable, runStatement } from './run-statement.js';
import { statement } from './statement.js';
import { int4, nullable, text } from './types.js';

/** SQL: a role, a database or a server can have these limits for the gateway, and each would end long work. The last exists since PostgreSQL 17. */
const LIMITS = `name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')`;

const LIFT_TIME_LIMITS = statement({
  name: 'db/lift_time_limits',
  sql: `SELECT count(set_config(name, '0', true))::int AS lifted FROM pg_settings WHERE ${LIMITS}`,
  parameters: {},
  columns: { lifted: int4 },
});

const READ_TIME_LIMITS = statement({
  name: 'db/read_time_limits',
  sql: `
    SELECT string_agg('-c ' || name || '=0', ' ') AS options, pg_backend_pid() AS pid
    FROM pg_settings WHERE ${LIMITS} AND setting <> '0'`,
  parameters: {},
  columns: { options: nullable(text), pid: int4 },
});

/** Lifts the time limits for the transaction that runs. */
export async function liftTimeLimits(client: Queryable): Promise<void> {
  await runStatement(client, LIFT_TIME_LIMITS, {});
}

/**
 * The options with which a connection has no time limits, also outside of a transaction; undefined when it has none anyway. A pooler
 * refuses such options, and `SET` would leave them to other clients, so the limits stay there.
 */
export async function withoutTimeLimits(client: pg.Client, url: string): Promise<string | undefined> {
  const [row] = await runStatement(client, READ_TIME_LIMITS, {});
  return row?.options == null || isPooled(client, { url, pid: row.pid }) ? undefined : row.options;
}
