import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { concurrentIndexOf } from './migration-adapter.js';
import { type Queryable, runStatement } from './run-statement.js';
import { statement } from './statement.js';
import { bool, text } from './types.js';

/** prisma/, with schema.prisma and migrations/. */
export const PRISMA_FOLDER = fileURLToPath(new URL('../../prisma/', import.meta.url));

/** A migration of this version of the gateway. */
export interface Migration {
  name: string;
  sql: string;
}

/** How the schema of a database differs from that of this version. */
export interface MigrationStatus {
  /** Not applied yet. */
  missing: string[];
  /** Applied with content that differs from this version's. */
  changed: string[];
  /** Applied by a newer version. */
  unknown: string[];
  /** Started and undone by PostgreSQL: the next start applies them again. */
  failed: string[];
  /** Started, with no result that is known: the next start refuses (P3009). */
  interrupted: string[];
  /** The database has tables but no record of migrations: the next start refuses (P3005). */
  foreign: boolean;
}

/** Whether the table in which Prisma records migrations exists, and whether any table exists. */
const FIND_TABLES = statement({
  name: 'db/find_tables',
  sql: `
    SELECT to_regclass('_prisma_migrations') IS NOT NULL AS has_migrations,
           EXISTS (SELECT FROM pg_tables WHERE schemaname = current_schema()) AS has_tables`,
  parameters: {},
  columns: { has_migrations: bool, has_tables: bool },
});

const READ_MIGRATIONS = statement({
  name: 'db/read_migrations',
  sql: `
    SELECT migration_name::text, checksum::text, finished_at IS NOT NULL AS finished,
           coalesce(logs, '') <> '' AS has_error
    FROM _prisma_migrations WHERE rolled_back_at IS NULL`,
  parameters: {},
  columns: { migration_name: text, checksum: text, finished: bool, has_error: bool },
});

/** Reads the migrations of this version, in the order in which they are applied. */
export function readMigrations(): Migration[] {
  return readdirSync(join(PRISMA_FOLDER, 'migrations'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted()
    .map((name) => ({ name, sql: readFileSync(join(PRISMA_FOLDER, 'migrations', name, 'migration.sql'), 'utf8') }));
}

/**
 * Compares the migrations of this version with those that the database records (SHA-256 checksums, as Prisma stores
 * them).
 */
export async function migrationStatus(
  client: Queryable,
  migrations: Migration[] = readMigrations(),
): Promise<MigrationStatus> {
  const [tables] = await runStatement(client, FIND_TABLES, {});
  const rows = tables?.has_migrations ? await runStatement(client, READ_MIGRATIONS, {}) : [];
  const applied = new Map(rows.filter((row) => row.finished).map((row) => [row.migration_name, row.checksum]));
  const unfinished = rows.filter((row) => !row.finished);
  // PostgreSQL has undone a migration that failed. The creation of an index can be repeated in any case.
  const isUndone = (row: (typeof rows)[number]) =>
    row.has_error || migrations.some(({ name, sql }) => name === row.migration_name && concurrentIndexOf(sql));
  const isChanged = ({ name, sql }: Migration) => applied.get(name) !== createHash('sha256').update(sql).digest('hex');
  return {
    missing: migrations.filter(({ name }) => !applied.has(name)).map(({ name }) => name),
    changed: migrations.filter((known) => applied.has(known.name) && isChanged(known)).map(({ name }) => name),
    unknown: [...applied.keys()].filter((name) => !migrations.some((known) => known.name === name)),
    failed: unfinished.filter(isUndone).map((row) => row.migration_name),
    interrupted: unfinished.filter((row) => !isUndone(row)).map((row) => row.migration_name),
    foreign: tables?.has_migrations === false && tables.has_tables,
  };
}
