import { v7 as uuidv7 } from 'uuid';

/** A test database, or one client in the middle of a transaction. */
export interface Queryable {
  query(text: string, values?: unknown[]): Promise<unknown>;
}

/** A date, or an interval from now by the database's clock: '-1 second', '30 days'. */
export type Moment = Date | string;

export interface Table {
  name: string;
  /** Only the columns whose name is not the field's in snake_case. */
  columns?: Record<string, string>;
}

type Fields = object;

/** The id that the gateway gives to a row of that moment. */
export const idAt = (moment: Date): string => uuidv7({ msecs: moment.getTime() });

/** Inserts all rows with one statement. A field that a row leaves out gets the column's default. */
export async function insertRows(database: Queryable, table: Table, rows: Fields[]): Promise<void> {
  const fields = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const values: unknown[] = [];
  const tuples = rows.map((row) => {
    const expressions = fields.map((field) =>
      expressionOf((row as Record<string, unknown>)[field], table, field, values),
    );
    return `(${expressions.join(', ')})`;
  });
  const columns = fields.map((field) => columnOf(table, field)).join(', ');
  await database.query(`INSERT INTO ${table.name} (${columns}) VALUES ${tuples.join(', ')}`, values);
}

/** Changes the rows that have all the values of `where`; all rows when `where` is empty. */
export async function updateRows(database: Queryable, table: Table, where: Fields, changes: Fields): Promise<void> {
  const values: unknown[] = [];
  const equalities = (fields: Fields) =>
    Object.entries(fields).map(
      ([field, value]) => `${columnOf(table, field)} = ${expressionOf(value, table, field, values)}`,
    );
  const assignments = equalities(changes).join(', ');
  const conditions = equalities(where).join(' AND ') || 'true';
  await database.query(`UPDATE ${table.name} SET ${assignments} WHERE ${conditions}`, values);
}

/** Deletes the rows that have all the values of `where`. */
export async function deleteRows(database: Queryable, table: Table, where: Fields): Promise<void> {
  const values: unknown[] = [];
  const conditions = Object.entries(where).map(
    ([field, value]) => `${columnOf(table, field)} = ${expressionOf(value, table, field, values)}`,
  );
  await database.query(`DELETE FROM ${table.name} WHERE ${conditions.join(' AND ') || 'true'}`, values);
}

const columnOf = ({ columns }: Table, field: string): string =>
  columns?.[field] ?? field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The SQL of a value, which is added to the parameters. */
function expressionOf(value: unknown, table: Table, field: string, values: unknown[]): string {
  if (value === undefined) return 'DEFAULT';
  values.push(value);
  const isInterval = typeof value === 'string' && /(^|_)at$/.test(columnOf(table, field));
  // The clock, not the start of the transaction: a test may write in the middle of one.
  return isInterval ? `clock_timestamp() + $${values.length}::interval` : `$${values.length}`;
}
