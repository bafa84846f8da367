import type pg from 'pg';
import type { Log } from '../log.js';
import { createClient } from './connection.js';
import { isPooled } from './is-pooled.js';
import { requireSchema, schemaRefused } from './require-schema.js';
import { runStatement } from './run-statement.js';
import { ANSWER_MARGIN_MS, STATEMENT_TIMEOUT_MS, startupParameters } from './server-timeouts.js';
import { statement } from './statement.js';
import { int4 } from './types.js';

export const READ_CONNECTION = statement({
  name: 'db/read_connection',
  sql: `
    SELECT (SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout') AS timeout_ms,
           pg_backend_pid() AS pid`,
  parameters: {},
  columns: { timeout_ms: int4, pid: int4 },
});

/** SQLSTATE protocol_violation: PgBouncer refuses the parameters of a connection. */
const PROTOCOL_VIOLATION = '08P01';
const CONNECTION_TIMEOUT_MS = 5_000;

/** What connections to a database can do. */
export interface ConnectionSupport {
  /** False when the parameters with which a connection starts are refused. */
  canSetParameters: boolean;
  /** Whether a connection has the timeout that it was started with. */
  keepsTimeout: boolean;
  /** Whether PostgreSQL ends statements that the gateway gives up. */
  hasTimeout: boolean;
  /** Whether there is a pooler, so that each transaction can run on another connection of the server. */
  isPooled: boolean;
  /** The schema of the tables. */
  schema: string;
}

/**
 * Tries what connections can do. A pooler can refuse parameters (PgBouncer without `ignore_startup_parameters`) or drop
 * them. Then the timeouts must be set for the role, and the gateway logs that they are not: see docs/decisions/0034 and
 * 0062.
 *
 * @throws when the database cannot be reached, or does not have the schema
 */
export async function tryConnection(url: string, log: Log): Promise<ConnectionSupport> {
  const parameters = startupParameters({
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    options: '-c statement_timeout=9s',
  });
  const accepted = await readConnection(url, parameters);
  const found = accepted ?? (await readConnection(url, {}));
  if (!found) throw schemaRefused();
  const { timeoutMs, isPooled, schema } = found;
  const hasTimeout = timeoutMs > 0 && timeoutMs <= STATEMENT_TIMEOUT_MS + ANSWER_MARGIN_MS;
  if (!hasTimeout) log.warn({ event: 'database.no_statement_timeout', timeoutMs });
  if (isPooled) log.info({ event: 'database.pooled' });
  return {
    canSetParameters: accepted !== undefined,
    keepsTimeout: !isPooled && accepted?.timeoutMs === STATEMENT_TIMEOUT_MS,
    hasTimeout,
    isPooled,
    schema,
  };
}

interface ConnectionState {
  /** 0 for no timeout. */
  timeoutMs: number;
  isPooled: boolean;
  schema: string;
}

/** The state of a new connection; undefined when its parameters are refused. */
async function readConnection(url: string, parameters: pg.ClientConfig): Promise<ConnectionState | undefined> {
  const client = createClient(url, {
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
    query_timeout: CONNECTION_TIMEOUT_MS,
    ...parameters,
  });
  client.on('error', () => {}); // the query rejects
  try {
    await client.connect();
    const [row] = await runStatement(client, READ_CONNECTION, {});
    return {
      timeoutMs: row?.timeout_ms ?? 0,
      isPooled: isPooled(client, { url, pid: row?.pid }),
      schema: await requireSchema(client, url),
    };
  } catch (error) {
    if ((error as { code?: unknown }).code === PROTOCOL_VIOLATION) return undefined;
    throw error;
  } finally {
    await client.end().catch(() => {});
  }
}
