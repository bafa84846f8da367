import type pg from 'pg';
import type { AnyStatement, ParametersOf, RowOf } from './statement.js';

/** A pool, a client of it, or a client with a connection of its own. */
export interface Queryable {
  query<Row extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<pg.QueryResult<Row>>;
}

/** The client that Prisma gives to an interactive transaction. */
export interface PrismaTransaction {
  $queryRawUnsafe<Rows>(sql: string, ...values: unknown[]): Promise<Rows>;
}

/**
 * Runs a statement in an interactive transaction of Prisma, where a lock must be held while Prisma reads and writes. Prisma and
 * not pg decodes its columns: select none whose type is bytea, int8, numeric or jsonb.
 */
export async function runInTransaction<S extends AnyStatement>(
  transaction: PrismaTransaction,
  statement: S,
  parameters: ParametersOf<S>,
): Promise<RowOf<S>[]> {
  return transaction.$queryRawUnsafe<RowOf<S>[]>(statement.positionalSql, ...valuesOf(statement, parameters));
}

/** Sends a statement as a prepared statement of its name: PostgreSQL parses it once a connection. */
export async function runStatement<S extends AnyStatement>(
  client: Queryable,
  statement: S,
  parameters: ParametersOf<S>,
): Promise<RowOf<S>[]> {
  const { name, positionalSql: text } = statement;
  const { rows } = await client.query<RowOf<S>>({ name, text, values: valuesOf(statement, parameters) });
  return rows;
}

function valuesOf(statement: AnyStatement, given: Readonly<Record<string, unknown>>): unknown[] {
  return statement.parameterNames.map((name) => statement.parameters[name]?.encode(given[name]));
}
