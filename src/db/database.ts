import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from './prisma/client.js';
import { runStatement } from './run-statement.js';
import type { AnyStatement, ParametersOf, RowOf } from './statement.js';
import type { Log } from '../log.js';

/**
 * One pool for two ways to speak: `query` for statements that decide (named, so PostgreSQL plans each once a
 * connection), and Prisma models for everything that is not on the way of every login.
 */
export interface Database {
  /** @deprecated Declare the statement by `statement()`. */
  query<Row>(statement: Statement, values: unknown[]): Promise<Row[]>;
  /** Runs a declared statement, with a value for each of its parameters. */
  query<S extends AnyStatement>(statement: S, parameters: ParametersOf<S>): Promise<RowOf<S>[]>;
  prisma: ReturnType<typeof createPrismaClient>;
  /** Resolves when the database answers, rejects otherwise. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** @deprecated Declare the statement by `statement()`. */
export interface Statement {
  name: string;
  text: string;
}

const POOL_SIZE = 16;

const SECRET_COLUMNS = {
  loginAttempt: { secretHash: true },
  session: { refreshTokenHash: true },
  authorizationCode: { codeHash: true },
  signingKey: { privateKeyEncrypted: true },
} as const;

export function connectDatabase(url: string, log: Log): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: POOL_SIZE,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    // A statement that hangs must not hang a login: a lost cable shows as an error, not as silence.
    query_timeout: 10_000,
  });
  pool.on('error', (error) => log.warn({ event: 'database.connection_lost', error }));
  return {
    query: async (statement: Statement | AnyStatement, given: unknown) =>
      'text' in statement
        ? ((await pool.query({ ...statement, values: given as unknown[] })).rows as never)
        : runStatement(pool, statement, given as Record<string, never>),
    prisma: createPrismaClient(pool),
    ping: async () => void (await pool.query('SELECT 1')),
    close: () => pool.end(),
  };
}

function createPrismaClient(pool: pg.Pool) {
  return new PrismaClient({
    adapter: new PrismaPg(pool, { onPoolError: () => {}, onConnectionError: () => {} }),
    errorFormat: 'minimal',
    // What holds a secret is read only where it is asked for by name.
    omit: SECRET_COLUMNS,
  });
}
