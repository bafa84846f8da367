import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { sendWholeScripts } from './migration-adapter.js';
import { type Migration, PRISMA_FOLDER, migrationStatus, readMigrations } from './migration-status.js';
import { runStatement } from './run-statement.js';
import { loadSchemaEngine } from './schema-engine.js';
import { statement } from './statement.js';
import { bool, int8 } from './types.js';

/**
 * Takes the lock, which the end of the connection releases. It does not wait: CREATE INDEX CONCURRENTLY waits for every
 * statement that runs, and so it would wait for ever for one that waits for this lock.
 */
const TRY_LOCK = statement({
  name: 'db/try_migration_lock',
  sql: 'SELECT pg_try_advisory_lock(:lock) AS taken',
  parameters: { lock: int8 },
  columns: { taken: bool },
});

/** Whether the role may create tables, and record migrations if the table for it exists. */
const CAN_MIGRATE = statement({
  name: 'db/can_migrate',
  sql: `
    SELECT coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)
           AND coalesce(has_table_privilege(to_regclass('_prisma_migrations'), 'INSERT'), true) AS allowed`,
  parameters: {},
  columns: { allowed: bool },
});
/** Milliseconds between two tries. */
const RETRY_LOCK_MS = 200;

/** Only one instance migrates at a time, even if many start together. */
const MIGRATION_LOCK = 5_074_102;

/**
 * Brings the database to the schema of this version.
 *
 * Records migrations as Prisma does (`_prisma_migrations`, SHA-256 checksums), so you can also use `prisma migrate
 * deploy`. For a database that is up to date, this costs two queries.
 *
 * @returns the names of the migrations that it applied.
 * @throws when the database cannot be reached, or a migration fails; see describeDatabaseError.
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const migrations = readMigrations();
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    if (await isUpToDate(client, migrations)) return [];
    while (!(await runStatement(client, TRY_LOCK, { lock: MIGRATION_LOCK }))[0]?.taken) await setTimeout(RETRY_LOCK_MS);
    if (await isUpToDate(client, migrations)) return []; // another instance migrated while this one waited
    await requireRights(client);
    return await apply(databaseUrl, migrations);
  } finally {
    await client.end();
  }
}

/** Prisma's engine never returns when PostgreSQL refuses it a right, so it is not asked. */
async function requireRights(client: pg.Client): Promise<void> {
  const [row] = await runStatement(client, CAN_MIGRATE, {});
  if (row?.allowed) return;
  throw Object.assign(new Error('This role may not migrate the database'), { code: '42501' });
}

async function isUpToDate(client: pg.Client, migrations: Migration[]): Promise<boolean> {
  const { missing, changed } = await migrationStatus(client, migrations);
  return missing.length === 0 && changed.length === 0;
}

async function apply(databaseUrl: string, migrations: Migration[]): Promise<string[]> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  const engine = await loadSchemaEngine(
    readFileSync(join(PRISMA_FOLDER, 'schema.prisma'), 'utf8'),
    sendWholeScripts(new PrismaPg(pool)),
  );
  try {
    const { appliedMigrationNames } = await engine.applyMigrations({
      filters: { externalTables: [], externalEnums: [] },
      migrationsList: {
        baseDir: 'prisma/migrations',
        shadowDbInitScript: '',
        migrationDirectories: migrations.map(({ name, sql }) => ({
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
