import { type Queryable, runStatement } from '../../db/run-statement.js';
import { statement } from '../../db/statement.js';
import { array, int4, nullable, text } from '../../db/types.js';
import type { ImportedUser } from './read-user.js';

/**
 * One connection for the whole import, because other connections cannot see its temporary table, which is dropped with
 * the connection.
 */
export interface StagingDeps {
  connection: Queryable;
}

export interface Line extends ImportedUser {
  line: number;
}

/** Lines of the file: those after `after`, up to and including `upTo`. */
export interface Span {
  after: number;
  upTo: number;
}

export const CREATE_STAGING_TABLE = statement({
  name: 'users/create_import_lines',
  sql: `CREATE TEMP TABLE import_lines (line int PRIMARY KEY, phone text NOT NULL UNIQUE, name text, role text, locale text)`,
  parameters: {},
  columns: {},
});

const MAKE_CONNECTION_READ_ONLY = statement({
  name: 'users/make_import_read_only',
  sql: `SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY`,
  parameters: {},
  columns: {},
});

/** The first line with a phone keeps it, also within a batch. Returns the other lines with that phone. */
const STAGE_LINES = statement({
  name: 'users/stage_import_lines',
  after: CREATE_STAGING_TABLE,
  sql: `
    WITH batch AS (
      SELECT * FROM unnest(:lines::int[], :phones::text[], :names::text[], :roles::text[], :locales::text[])
        AS batch (line, phone, name, role, locale)
    ),
    staged AS (
      INSERT INTO import_lines SELECT * FROM batch ORDER BY line ON CONFLICT (phone) DO NOTHING RETURNING line, phone
    )
    SELECT batch.line, coalesce(staged.line, (SELECT earlier.line FROM import_lines earlier WHERE earlier.phone = batch.phone)) AS first_line
    FROM batch LEFT JOIN staged ON staged.phone = batch.phone
    WHERE staged.line IS DISTINCT FROM batch.line`,
  parameters: {
    lines: array(int4),
    phones: array(text),
    names: array(nullable(text)),
    roles: array(nullable(text)),
    locales: array(nullable(text)),
  },
  columns: { line: int4, first_line: int4 },
});

/** SQL: the staged lines of a span. */
export const IN_SPAN = 'line > :after::int AND line <= :upTo::int';
export const SPAN_PARAMETERS = { after: int4, upTo: int4 };

/** SQL: whether a staged line `l` differs from the user `u` with its phone. An empty field does not count. */
export const DIFFERS = `(
  (l.name IS NOT NULL AND l.name IS DISTINCT FROM u.name) OR (l.role IS NOT NULL AND l.role <> u.role)
  OR (l.locale IS NOT NULL AND l.locale IS DISTINCT FROM u.locale)
)`;

/**
 * Creates the table in which lines are staged. Without `writable`, the connection cannot change any other table from
 * then on.
 */
export async function createStaging({ writable }: { writable: boolean }, { connection }: StagingDeps): Promise<void> {
  await runStatement(connection, CREATE_STAGING_TABLE, {});
  if (!writable) await runStatement(connection, MAKE_CONNECTION_READ_ONLY, {});
}

/** Stages lines. @returns the lines that are left out because an earlier line has the same phone. */
export async function stage(
  { lines }: { lines: readonly Line[] },
  { connection }: StagingDeps,
): Promise<{ line: number; firstLine: number }[]> {
  const repeated = await runStatement(connection, STAGE_LINES, {
    lines: lines.map(({ line }) => line),
    phones: lines.map(({ phone }) => phone),
    names: lines.map(({ name }) => name),
    roles: lines.map(({ role }) => role),
    locales: lines.map(({ locale }) => locale),
  });
  return repeated.map(({ line, first_line: firstLine }) => ({ line, firstLine }));
}
