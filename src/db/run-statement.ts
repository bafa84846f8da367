import type pg from 'pg';
import type { AnyStatement, ParametersOf, RowOf } from './statement.js';

/** A pool, a client of it, or a client with a connection of its own. */
export interface Queryable {
  query<Row extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<pg.QueryResult<Row>>;
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
