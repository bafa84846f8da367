import pg from 'pg';
import type { Log } from '../log.js';
import { runStatement } from './run-statement.js';
import { statement } from './statement.js';
import { int4 } from './types.js';

/** The longest time that a statement may take on the server. */
export const STATEMENT_TIMEOUT_MS = 9_000;
/**
 * The gateway waits this much longer than the server. So the gateway does not give up a statement that the server still
 * completes.
 */
export const ANSWER_MARGIN_MS = 1_000;
/** A transaction whose gateway is gone keeps its locks no longer than this. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;

/** The parameters with which a connection starts: PostgreSQL gives up what the gateway gives up. */
export function startupParameters({ statementTimeoutMs, options }: { statementTimeoutMs: number; options?: string }) {
  return {
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    ...(options !== undefined && { options }),
  };
}

export const READ_STATEMENT_TIMEOUT = statement({
  name: 'db/read_statement_timeout',
  sql: `SELECT setting::int AS ms FROM pg_settings WHERE name = 'statement_timeout'`,
  parameters: {},
  columns: { ms: int4 },
});

/** SQLSTATE protocol_violation: PgBouncer refuses the parameters of a connection. */
const PROTOCOL_VIOLATION = '08P01';
const CONNECTION_TIMEOUT_MS = 5_000;

/** What becomes of the parameters with which a connection starts. */
export interface ParameterSupport {
  /** False when they are refused. */
  canSetParameters: boolean;
  /** Whether a connection has the timeout that it was started with. */
  keepsTimeout: boolean;
}

/**
 * Tries whether connections can start with parameters. A pooler can refuse them (PgBouncer without
 * `ignore_startup_parameters`) or drop them. Then the timeouts must be set for the role, and the gateway logs that they
 * are not: see docs/decisions/0034.
 *
 * @throws when the database cannot be reached
 */
export async function tryParameters(url: string, log: Log): Promise<ParameterSupport> {
  const parameters = startupParameters({
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    options: '-c statement_timeout=9s',
  });
  const accepted = await readTimeout(url, parameters);
  const timeoutMs = accepted ?? (await readTimeout(url, {}));
  if (!timeoutMs || timeoutMs > STATEMENT_TIMEOUT_MS + ANSWER_MARGIN_MS)
    log.warn({ event: 'database.no_statement_timeout', timeoutMs });
  return { canSetParameters: accepted !== undefined, keepsTimeout: accepted === STATEMENT_TIMEOUT_MS };
}

/** The statement timeout of a new connection, 0 for none; undefined when its parameters are refused. */
async function readTimeout(url: string, parameters: pg.ClientConfig): Promise<number | undefined> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
    query_timeout: CONNECTION_TIMEOUT_MS,
    ...parameters,
  });
  client.on('error', () => {}); // the query rejects
  try {
    await client.connect();
    return (await runStatement(client, READ_STATEMENT_TIMEOUT, {}))[0]?.ms;
  } catch (error) {
    if ((error as { code?: unknown }).code === PROTOCOL_VIOLATION && Object.keys(parameters).length > 0)
      return undefined;
    throw error;
  } finally {
    await client.end().catch(() => {});
  }
}
