import { type Queryable, runStatement } from '../../db/run-statement.js';
import { statement } from '../../db/statement.js';
import { liftTimeLimits } from '../../db/time-limits.js';
import { array, int4, nullable, text } from '../../db/types.js';
import type { ImportedUser } from './read-user.js';

/**
 * The connection whose transaction lasts as long as the import, with a temporary table that no other connection sees. Behind a
 * pooler, only a transaction has a connection of the server for itself (docs/decisions/0062).
 */
export interface StagingDeps {
  staging: Queryable;
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
  sql: `CREATE TEMP TABLE import_lines (line int PRIMARY KEY, phone text NOT NULL UNIQUE, name text, role text, locale text) ON COMMIT DROP`,
  parameters: {},
  columns: {},
});

const BEGIN = statement({ name: 'users/begin_import', sql: 'BEGIN', parameters: {}, columns: {} });
const END = statement({ name: 'users/end_import', sql: 'ROLLBACK', parameters: {}, columns: {} });

const MAKE_READ_ONLY = statement({
  name: 'users/make_import_read_only',
  sql: `SET TRANSACTION READ ONLY`,
  parameters: {},
  columns: {},
});

/** SQL: columns of lines, from the parameters of LINES_PARAMETERS. */
const LINES = `unnest(:lines::int[], :phones::text[], :names::text[], :roles::text[], :locales::text[])`;
const LINES_PARAMETERS = {
  lines: array(int4),
  phones: array(text),
  names: array(nullable(text)),
  roles: array(nullable(text)),
  locales: array(nullable(text)),
};

/** Stages lines that are known to have different phones. */
const COPY_LINES = statement({
  name: 'users/copy_import_lines',
  after: CREATE_STAGING_TABLE,
  sql: `INSERT INTO import_lines (line, phone, name, role, locale) SELECT * FROM ${LINES}`,
  parameters: LINES_PARAMETERS,
  columns: {},
});

/** The first line with a phone keeps it, also within a batch. Returns the other lines with that phone. */
const STAGE_LINES = statement({
  name: 'users/stage_import_lines',
  after: CREATE_STAGING_TABLE,
  sql: `
    WITH batch AS (
      SELECT * FROM ${LINES} AS batch (line, phone, name, role, locale)
    ),
    staged AS (
      INSERT INTO import_lines SELECT * FROM batch ORDER BY line ON CONFLICT (phone) DO NOTHING RETURNING line, phone
    )
    SELECT batch.line, coalesce(staged.line, (SELECT earlier.line FROM import_lines earlier WHERE earlier.phone = batch.phone)) AS first_line
    FROM batch LEFT JOIN staged ON staged.phone = batch.phone
    WHERE staged.line IS DISTINCT FROM batch.line`,
  parameters: LINES_PARAMETERS,
  columns: { line: int4, first_line: int4 },
});

/** SQL: the staged lines of a span. */
export const IN_SPAN = 'line > :after::int AND line <= :upTo::int';
export const SPAN_PARAMETERS = { after: int4, upTo: int4 };

const READ_LINES = statement({
  name: 'users/read_import_lines',
  after: CREATE_STAGING_TABLE,
  sql: `SELECT line, phone, name, role, locale FROM import_lines WHERE ${IN_SPAN}`,
  parameters: SPAN_PARAMETERS,
  columns: { line: int4, phone: text, name: nullable(text), role: nullable(text), locale: nullable(text) },
});

/** SQL: whether a staged line `l` differs from the user `u` with its phone. An empty field does not count. */
export const DIFFERS = `(
  (l.name IS NOT NULL AND l.name IS DISTINCT FROM u.name) OR (l.role IS NOT NULL AND l.role <> u.role)
  OR (l.locale IS NOT NULL AND l.locale IS DISTINCT FROM u.locale)
)`;

/**
 * Begins the transaction with the table in which lines are staged. Without `writable`, it cannot change any other table.
 * `endStaging` ends it.
 */
export async function beginStaging({ writable }: { writable: boolean }, { staging }: StagingDeps): Promise<void> {
  await runStatement(staging, BEGIN, {});
  await liftTimeLimits(staging); // the transaction waits while others write
  await runStatement(staging, CREATE_STAGING_TABLE, {});
  if (!writable) await runStatement(staging, MAKE_READ_ONLY, {});
}

export async function endStaging({ staging }: StagingDeps): Promise<void> {
  await runStatement(staging, END, {});
}

/** Stages lines. @returns the lines that are left out because an earlier line has the same phone. */
export async function stage(
  { lines }: { lines: readonly Line[] },
  { staging }: StagingDeps,
): Promise<{ line: number; firstLine: number }[]> {
  const repeated = await runStatement(staging, STAGE_LINES, columnsOf(lines));
  return repeated.map(({ line, first_line: firstLine }) => ({ line, firstLine }));
}

/** Stages the lines of a span in a transaction of another connection, which writes them. */
export async function copyStaged(
  span: Span,
  { staging, connection }: StagingDeps & { connection: Queryable },
): Promise<void> {
  const lines = await runStatement(staging, READ_LINES, { after: span.after, upTo: span.upTo });
  await runStatement(connection, CREATE_STAGING_TABLE, {});
  await runStatement(connection, COPY_LINES, columnsOf(lines));
}

interface Columns {
  line: number;
  phone: string;
  name: string | null;
  role: string | null;
  locale: string | null;
}

const columnsOf = (lines: readonly Columns[]) => ({
  lines: lines.map(({ line }) => line),
  phones: lines.map(({ phone }) => phone),
  names: lines.map(({ name }) => name),
  roles: lines.map(({ role }) => role),
  locales: lines.map(({ locale }) => locale),
});
