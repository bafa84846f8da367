import type pg from 'pg';
import type { AnyStatement } from '../../src/db/statement.js';
import type { AnyType } from '../../src/db/types.js';
import { type Description, describeStatement } from './describe-statement.js';

/** The names of types, the labels of enums, and the nullable columns of tables. */
export interface Catalog {
  typeNames: ReadonlyMap<number, string>;
  labels: ReadonlyMap<string, string[]>;
  /** As "<table oid>.<column number>". */
  nullable: ReadonlySet<string>;
}

async function readCatalog(client: pg.Client): Promise<Catalog> {
  const types = await client.query<{ oid: number; typname: string }>('SELECT oid, typname FROM pg_type');
  const enums = await client.query<{ typname: string; labels: string[] }>(`
    SELECT t.typname, array_agg(e.enumlabel::text ORDER BY e.enumsortorder) AS labels
    FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid GROUP BY t.typname`);
  const nullable = await client.query<{ key: string }>(
    `SELECT attrelid::text || '.' || attnum AS key FROM pg_attribute WHERE attnum > 0 AND NOT attnotnull`,
  );
  return {
    typeNames: new Map(types.rows.map(({ oid, typname }) => [oid, typname])),
    labels: new Map(enums.rows.map(({ typname, labels }) => [typname, labels])),
    nullable: new Set(nullable.rows.map(({ key }) => key)),
  };
}

/** The differences between a declared statement and the one that PostgreSQL parses. Empty when there are none. */
export async function checkStatement(client: pg.Client, statement: AnyStatement): Promise<string[]> {
  await client.query('BEGIN');
  try {
    if (statement.after) await client.query(statement.after.positionalSql);
    const description = await describeStatement(client, statement.positionalSql);
    return differences(statement, description, await readCatalog(client));
  } catch (error) {
    return [String(error)];
  } finally {
    await client.query('ROLLBACK');
  }
}

function differences(
  { parameterNames, parameters, columns: declared }: AnyStatement,
  { parameterOids, columns }: Description,
  { typeNames, labels, nullable }: Catalog,
): string[] {
  const found: string[] = [];
  const compare = (what: string, type: AnyType | undefined, oid: number | undefined) => {
    if (!type) return;
    const actual = typeNames.get(oid ?? 0);
    if (type.pgName !== actual) found.push(`${what} is declared ${type.pgName} and is ${actual}`);
    const enumLabels = labels.get(type.pgName.replace(/^_/, ''));
    if (type.labels && enumLabels && type.labels.join() !== enumLabels.join())
      found.push(`${what} has the labels ${enumLabels.join()} in the database and ${type.labels.join()} in the code`);
  };

  for (const [index, name] of parameterNames.entries())
    compare(`parameter ${name}`, parameters[name], parameterOids[index]);

  for (const { name, typeOid, tableOid, columnNumber } of columns) {
    const type = declared[name];
    if (!type) {
      found.push(`column ${name} is not declared`);
      continue;
    }
    compare(`column ${name}`, type, typeOid);
    const isNullable = nullable.has(`${tableOid}.${columnNumber}`);
    if (isNullable && type.nullability === 'not null')
      found.push(`column ${name} is nullable in its table: declare it nullable() or present()`);
    if (!isNullable && type.nullability === 'present')
      found.push(`column ${name} is not nullable in a table: declare it without present()`);
  }

  const names = columns.map(({ name }) => name);
  for (const name of Object.keys(declared)) if (!names.includes(name)) found.push(`there is no column ${name}`);
  for (const name of new Set(names.filter((name, index) => names.indexOf(name) !== index)))
    found.push(`two columns are named ${name}`);
  return found;
}
