import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from './prisma/client.js';
import { createPipeline } from './pipeline.js';
import { runStatement } from './run-statement.js';
import { ANSWER_MARGIN_MS, STATEMENT_TIMEOUT_MS, startupParameters } from './server-timeouts.js';
import { type AnyStatement, type ParametersOf, type RowOf, statement } from './statement.js';
import { int4 } from './types.js';
import type { Log } from '../log.js';

/** One connection pool, used by declared statements and by Prisma (docs/decisions/0023-statements-are-declared.md), and connections that short statements share. */
export interface Database {
  /** Runs a declared statement, with a value for each of its parameters. */
  query<S extends AnyStatement>(statement: S, parameters: ParametersOf<S>): Promise<RowOf<S>[]>;
  prisma: ReturnType<typeof createPrismaClient>;
  /** Resolves when the database answers; rejects otherwise. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

interface PoolSettings {
  /** The name of the connections in pg_stat_activity. */
  name: string;
  /** The maximum number of connections. */
  size: number;
  statementTimeoutMs: number;
  /** Further connections that concurrent short statements share. */
  shared: number;
  /** Options of the server for each connection, such as `-c jit=off`. */
  options?: string;
  /** False behind a pooler that refuses parameters. */
  canSetParameters: boolean;
}

/** The longest time that a caller waits for a connection of the pool. */
const CONNECTION_TIMEOUT_MS = 5_000;

/** The pool of a process that has only one, such as a command of the operator. */
const DEFAULT_POOL: PoolSettings = {
  name: 'phonegate',
  size: 16,
  shared: 0,
  statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  canSetParameters: true,
};

const PING = statement({ name: 'db/ping', sql: 'SELECT 1 AS answer', parameters: {}, columns: { answer: int4 } });

const SECRET_COLUMNS = {
  loginAttempt: { secretHash: true, codeSalt: true, codeHash: true, idempotencyHash: true },
  session: { refreshTokenHash: true, refreshSalt: true },
  authorizationCode: { codeHash: true },
  signingKey: { privateKeyEncrypted: true },
} as const;

export function connectDatabase(url: string, log: Log, changes: Partial<PoolSettings> = {}): Database {
  const settings = { ...DEFAULT_POOL, ...changes };
  const answerTimeoutMs = settings.statementTimeoutMs + ANSWER_MARGIN_MS;
  const connection = {
    connectionString: url,
    application_name: settings.name,
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
    keepAlive: true,
    // A login must not wait for a connection that was cut without notice.
    query_timeout: answerTimeoutMs,
    ...(settings.canSetParameters && startupParameters(settings)),
  };
  const pool = new pg.Pool({ ...connection, max: settings.size, idleTimeoutMillis: 60_000 });
  const pipeline = createPipeline({ ...connection, connections: settings.shared }, { log });
  pool.on('error', (error) => log.warn({ event: 'database.connection_lost', error }));
  return {
    async query(statement, parameters) {
      const rows = statement.short ? await pipeline.run(statement, parameters) : undefined;
      return rows ?? runStatement(pool, statement, parameters);
    },
    prisma: createPrismaClient(pool, answerTimeoutMs),
    ping: async () => void (await runStatement(pool, PING, {})),
    async close() {
      await Promise.all([pool.end(), pipeline.close()]);
    },
  };
}

function createPrismaClient(pool: pg.Pool, timeout: number) {
  return new PrismaClient({
    adapter: new PrismaPg(pool, { onPoolError: () => {}, onConnectionError: () => {} }),
    errorFormat: 'minimal',
    // Without these options, a transaction gives up after 2 s while a statement would still wait for a connection.
    transactionOptions: { maxWait: CONNECTION_TIMEOUT_MS, timeout },
    // A column that contains a secret is read only if a query selects it.
    omit: SECRET_COLUMNS,
  });
}
