import { readDatabaseUrl } from '../config/database-url.js';
import { type Queryable, runStatement } from './run-statement.js';
import { statement } from './statement.js';
import { nullable, text } from './types.js';

const READ_SCHEMA = statement({
  name: 'db/read_schema',
  sql: 'SELECT current_schema()::text AS schema',
  parameters: {},
  columns: { schema: nullable(text) },
});

/** SQLSTATE invalid_schema_name. */
export const NO_SCHEMA = '3F000';
/** No SQLSTATE: a pooler drops or refuses the schema with which a connection starts. */
export const SCHEMA_REFUSED = 'SCHEMA_REFUSED';

/**
 * The schema in which this connection finds and creates tables: that of `?schema=`, or the first one of the role's search_path.
 *
 * @throws when it does not exist, or a pooler has dropped it
 */
export async function requireSchema(client: Queryable, url: string): Promise<string> {
  const { schema: wanted } = readDatabaseUrl(url);
  const [row] = await runStatement(client, READ_SCHEMA, {});
  const schema = row?.schema ?? undefined;
  if (schema === undefined) throw Object.assign(new Error('There is no such schema'), { code: NO_SCHEMA });
  if (wanted !== undefined && wanted !== schema) throw schemaRefused();
  return schema;
}

export function schemaRefused(): Error {
  return Object.assign(new Error('A pooler does not pass ?schema= or ?options= on'), { code: SCHEMA_REFUSED });
}
