import { readFileSync, readdirSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { loadSchemaEngine } from './schema-engine.js';
import { sendWholeScripts } from './migration-adapter.js';

const FOLDER = fileURLToPath(new URL('../../prisma/', import.meta.url));
/** One migrator at a time, however many instances start together. */
const MIGRATION_LOCK = 5_074_102;

/**
 * Brings the database to the schema of this version, and says which migrations that took.
 *
 * The bookkeeping is Prisma's own (`_prisma_migrations`, SHA-256 checksums), so `prisma migrate deploy` accepts the
 * result and the other way round. A database that is up to date costs one query.
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const wanted = readMigrations();
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    if (await isUpToDate(client, wanted)) return [];
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    if (await isUpToDate(client, wanted)) return []; // another instance did it while we waited
    return await apply(databaseUrl, wanted);
  } finally {
    await client.end(); // and with it the lock
  }
}

interface Migration {
  name: string;
  sql: string;
}

function readMigrations(): Migration[] {
  return readdirSync(join(FOLDER, 'migrations'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted()
    .map((name) => ({ name, sql: readFileSync(join(FOLDER, 'migrations', name, 'migration.sql'), 'utf8') }));
}

async function isUpToDate(client: pg.Client, wanted: Migration[]): Promise<boolean> {
  const { missing, changed } = await compare(client, wanted);
  return missing.length === 0 && changed.length === 0;
}

/** How the database's schema stands to the one of this version. */
export interface MigrationStatus {
  /** Not applied yet. */
  missing: string[];
  /** Applied, but not as this version has it. */
  changed: string[];
  /** Applied by a newer version. */
  unknown: string[];
  /** Begun and not finished: the next start refuses (P3009). */
  failed: string[];
  /** There are tables, and none of the bookkeeping: the next start refuses (P3005). */
  foreign: boolean;
}

export async function migrationStatus(client: pg.Client): Promise<MigrationStatus> {
  return compare(client, readMigrations());
}

async function compare(client: pg.Client, wanted: Migration[]): Promise<MigrationStatus> {
  const table = await client.query<{ found: boolean; tables: boolean }>(
    "SELECT to_regclass('_prisma_migrations') IS NOT NULL AS found, EXISTS (SELECT FROM pg_tables WHERE schemaname = current_schema()) AS tables",
  );
  const { found = false, tables = false } = table.rows[0] ?? {};
  const { rows } = found
    ? await client.query<{ migration_name: string; checksum: string; finished: boolean }>(
        'SELECT migration_name, checksum, finished_at IS NOT NULL AS finished FROM _prisma_migrations WHERE rolled_back_at IS NULL',
      )
    : { rows: [] };
  const done = new Map(rows.filter((row) => row.finished).map((row) => [row.migration_name, row.checksum]));
  const isChanged = ({ name, sql }: Migration) => done.get(name) !== createHash('sha256').update(sql).digest('hex');
  return {
    missing: wanted.filter(({ name }) => !done.has(name)).map(({ name }) => name),
    changed: wanted.filter((one) => done.has(one.name) && isChanged(one)).map(({ name }) => name),
    unknown: [...done.keys()].filter((name) => !wanted.some((one) => one.name === name)),
    failed: rows.filter((row) => !row.finished).map((row) => row.migration_name),
    foreign: !found && tables,
  };
}

async function apply(databaseUrl: string, wanted: Migration[]): Promise<string[]> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  const engine = await loadSchemaEngine(
    readFileSync(join(FOLDER, 'schema.prisma'), 'utf8'),
    sendWholeScripts(new PrismaPg(pool)),
  );
  try {
    const { appliedMigrationNames } = await engine.applyMigrations({
      filters: { externalTables: [], externalEnums: [] },
      migrationsList: {
        baseDir: 'prisma/migrations',
        shadowDbInitScript: '',
        migrationDirectories: wanted.map(({ name, sql }) => ({
          path: name,
          migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } },
        })),
        lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
      },
    });
    return appliedMigrationNames;
  } finally {
    engine.free();
    await pool.end();
  }
}
