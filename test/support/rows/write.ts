import { v7 as uuidv7 } from 'uuid';

/** A test database, or one client in the middle of a transaction. */
export interface Queryable {
  query(text: string, values?: unknown[]): Promise<unknown>;
}

/** A date, or an interval from now by the database's clock: '-1 second', '30 days'. */
export type Moment = Date | string;

/** The ID that the gateway gives to a row that is created at that moment. */
export const idAt = (moment: Date): string => uuidv7({ msecs: moment.getTime() });

/** Inserts all rows with one statement. A field that is missing in a row gets the default of the column. */
export async function insertRows(database: Queryable, table: string, rows: object[]): Promise<void> {
  const fields = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const columns = fields.map(columnOf);
  const { values, add } = parameters();
  const tuples = rows.map((row) => {
    const byField = new Map<string, unknown>(Object.entries(row));
    return `(${fields.map((field, index) => add(String(columns[index]), byField.get(field))).join(', ')})`;
  });
  await database.query(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ${tuples.join(', ')}`, values);
}

/** Changes the rows that have all the values of `where`; all rows when `where` is empty. */
export async function updateRows(
  database: Queryable,
  table: string,
  { where, set }: { where: object; set: object },
): Promise<void> {
  const { values, add } = parameters();
  const equalities = (fields: object) =>
    Object.entries(fields).map(([field, value]) => {
      const column = columnOf(field);
      return `${column} = ${add(column, value)}`;
    });
  const [changes, conditions] = [equalities(set).join(', '), equalities(where).join(' AND ')];
  await database.query(`UPDATE ${table} SET ${changes} WHERE ${conditions || 'true'}`, values);
}

const columnOf = (field: string): string => field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The parameters of one statement. `add` returns the SQL for the value. */
function parameters() {
  const values: unknown[] = [];
  const add = (column: string, value: unknown): string => {
    if (value === undefined) return 'DEFAULT';
    const parameter = `$${values.push(value)}`;
    const isInterval = typeof value === 'string' && /(^|_)at$/.test(column);
    // Not now(), because a test may write in the middle of a transaction.
    return isInterval ? `clock_timestamp() + ${parameter}::interval` : parameter;
  };
  return { values, add };
}
