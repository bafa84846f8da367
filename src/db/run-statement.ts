import type pg from 'pg';
import type { AnyStatement, ParametersOf, RowOf } from './statement.js';

/** A pool, a client of a pool, or a client with its own connection. */
export interface Queryable {
  query<Row extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<pg.QueryResult<Row>>;
}

/** The client that Prisma passes to an interactive transaction. */
export interface PrismaTransaction {
  $queryRawUnsafe<Rows>(sql: string, ...values: unknown[]): Promise<Rows>;
}

/**
 * Runs a statement in an interactive transaction of Prisma, for a lock that must be held while Prisma reads and writes.
 * Prisma, not pg, decodes the columns, so do not select columns of type bytea, int8, numeric or jsonb.
 */
export async function runInTransaction<S extends AnyStatement>(
  transaction: PrismaTransaction,
  statement: S,
  parameters: ParametersOf<S>,
): Promise<RowOf<S>[]> {
  return transaction.$queryRawUnsafe<RowOf<S>[]>(statement.positionalSql, ...valuesOf(statement, parameters));
}

export type RunStatement = typeof runStatement;

/** Sends a statement without a name. It leaves nothing on the connection, which a pooler may give to others. */
export async function runStatement<S extends AnyStatement>(
  client: Queryable,
  statement: S,
  parameters: ParametersOf<S>,
): Promise<RowOf<S>[]> {
  const { rows } = await client.query<RowOf<S>>({
    text: statement.positionalSql,
    values: valuesOf(statement, parameters),
  });
  return rows;
}

/** Sends a statement as a prepared statement with its name. PostgreSQL parses it once per connection. */
export const runPrepared: RunStatement = async (client, statement, parameters) => {
  const { name, positionalSql: text } = statement;
  const { rows } = await client.query<RowOf<typeof statement>>({ name, text, values: valuesOf(statement, parameters) });
  return rows;
};

function valuesOf(statement: AnyStatement, given: Readonly<Record<string, unknown>>): unknown[] {
  return statement.parameterNames.map((name) => statement.parameters[name]?.encode(given[name]));
}
