import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { type DatabaseState, createWritableCheck } from './check-writable.js';
import { createPool } from './connection.js';
import { PrismaClient } from './prisma/client.js';
import { createPipeline } from './pipeline.js';
import { runPrepared, runStatement } from './run-statement.js';
import { createSilenceWatch } from './silence-watch.js';
import { ANSWER_MARGIN_MS, STATEMENT_TIMEOUT_MS, startupParameters } from './server-timeouts.js';
import type { AnyStatement, ParametersOf, RowOf } from './statement.js';
import type { Log } from '../log.js';

/** One connection pool, used by declared statements and by Prisma (docs/decisions/0023-statements-are-declared.md), and connections that short statements share. */
export interface Database {
  /** Runs a declared statement, with a value for each of its parameters. */
  query<S extends AnyStatement>(statement: S, parameters: ParametersOf<S>): Promise<RowOf<S>[]>;
  prisma: ReturnType<typeof createPrismaClient>;
  /** Whether it answers, and accepts writes. */
  check(): Promise<DatabaseState>;
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
  /** Behind a pooler, each transaction can run on another connection, so no statement is prepared. */
  isPooled: boolean;
  /** The schema of the tables. Prisma writes it before each table. */
  schema: string;
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
  isPooled: false,
  schema: 'public',
};

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
    application_name: settings.name,
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
    keepAlive: true,
    // A login must not wait for a connection that was cut without notice.
    query_timeout: answerTimeoutMs,
    watch: createSilenceWatch(url, { isPooled: settings.isPooled, answerTimeoutMs }),
    ...(settings.canSetParameters && startupParameters(settings)),
  };
  const pool = createPool(url, { ...connection, max: settings.size, idleTimeoutMillis: 60_000 });
  const pipeline = createPipeline({ ...connection, url, connections: settings.shared }, { log });
  const run = settings.isPooled ? runStatement : runPrepared;
  pool.on('error', (error) => log.warn({ event: 'database.connection_lost', error }));
  return {
    async query(statement, parameters) {
      const rows = statement.short ? await pipeline.run(statement, parameters) : undefined;
      return rows ?? run(pool, statement, parameters);
    },
    prisma: createPrismaClient(pool, { timeout: answerTimeoutMs, schema: settings.schema }),
    check: createWritableCheck((statement) => runStatement(pool, statement, {})),
    async close() {
      await Promise.all([pool.end(), pipeline.close()]);
    },
  };
}

function createPrismaClient(pool: pg.Pool, { timeout, schema }: { timeout: number; schema: string }) {
  return new PrismaClient({
    adapter: new PrismaPg(pool, { schema, onPoolError: () => {}, onConnectionError: () => {} }),
    errorFormat: 'minimal',
    // Without these options, a transaction gives up after 2 s while a statement would still wait for a connection.
    transactionOptions: { maxWait: CONNECTION_TIMEOUT_MS, timeout },
    // A column that contains a secret is read only if a query selects it.
    omit: SECRET_COLUMNS,
  });
}
