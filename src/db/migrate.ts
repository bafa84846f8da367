import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { createClient, createPool } from './connection.js';
import { sendWholeScripts } from './migration-adapter.js';
import { MIGRATING, type TableLockHolder, runWatched } from './migration-lock-wait.js';
import { type MigrationError, failedMigration } from './migration-error.js';
import { type Migration, PRISMA_FOLDER, migrationStatus, readMigrations } from './migration-status.js';
import { requireSchema } from './require-schema.js';
import { runStatement } from './run-statement.js';
import { loadSchemaEngine } from './schema-engine.js';
import { statement } from './statement.js';
import { liftTimeLimits, withoutTimeLimits } from './time-limits.js';
import { bool, int4, int8, nullable, text } from './types.js';
import { recordUndone } from './undone-migrations.js';

const BEGIN = statement({ name: 'db/begin_migration', sql: 'BEGIN', parameters: {}, columns: {} });
const END = statement({ name: 'db/end_migration', sql: 'ROLLBACK', parameters: {}, columns: {} });

/**
 * Takes both locks, which the end of the transaction releases: a pooler would keep those of a session. It does not wait:
 * CREATE INDEX CONCURRENTLY waits for every statement that runs, and so it would wait for ever for one that waits for this lock.
 */
const TRY_LOCK = statement({
  name: 'db/try_migration_lock',
  sql: `SELECT pg_try_advisory_xact_lock(:lock) AND pg_try_advisory_xact_lock(:prismaLock) AS taken`,
  parameters: { lock: int8, prismaLock: int8 },
  columns: { taken: bool },
});

/** The connection of the server that has one of the locks. Other roles than its own and those of pg_monitor see no name. */
const READ_LOCK_HOLDER = statement({
  name: 'db/read_migration_lock_holder',
  sql: `
    SELECT l.pid, a.application_name AS application
    FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
    LEFT JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.classid = 0
      AND l.objid::bigint IN (:lock, :prismaLock) AND l.pid <> pg_backend_pid()
    LIMIT 1`,
  parameters: { lock: int8, prismaLock: int8 },
  columns: { pid: nullable(int4), application: nullable(text) },
});

/** Whether the role may create tables, and schemas for the first migration; and record migrations if the table for it exists. */
const CAN_MIGRATE = statement({
  name: 'db/can_migrate',
  sql: `
    SELECT coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)
           AND (to_regclass('_prisma_migrations') IS NOT NULL OR has_database_privilege(current_database(), 'CREATE'))
           AND coalesce(has_table_privilege(to_regclass('_prisma_migrations'), 'INSERT'), true) AS allowed`,
  parameters: {},
  columns: { allowed: bool },
});
/** Milliseconds between two tries. */
const RETRY_LOCK_MS = 200;
/** How often the operator learns that the gateway still waits. */
const REPORT_WAIT_MS = 30_000;

/** Only one instance migrates at a time, even if many start together; `prisma migrate deploy` has a lock of its own. */
const LOCKS = { lock: 5_074_102, prismaLock: 72_707_369 };

/** The connection of the server for which a start waits, as in pg_stat_activity. Empty when its end has just come. */
export interface LockHolder {
  pid?: number | null;
  application?: string | null;
}

interface MigrateOptions {
  /** Called while another instance migrates: at once, and then every 30 seconds. */
  onWait?(holder: LockHolder): void;
  /** Called while a migration waits for a lock: soon, and then every 30 seconds. */
  onLock?(holder: TableLockHolder): void;
  /** Ends the wait for another instance, and a migration that waits for a lock. Migrations that run are completed. */
  signal?: AbortSignal;
}

/**
 * Brings the database to the schema of this version.
 *
 * Records migrations as Prisma does (`_prisma_migrations`, SHA-256 checksums), so you can also use `prisma migrate
 * deploy`. For a database that is up to date, this costs three queries.
 *
 * @returns the names of the migrations that it applied.
 * @throws when the database cannot be reached, or a migration fails; see describeDatabaseError.
 */
export async function migrate(databaseUrl: string, options: MigrateOptions = {}): Promise<string[]> {
  const migrations = readMigrations();
  const client = createClient(databaseUrl, {
    connectionTimeoutMillis: 5_000,
    application_name: MIGRATING,
  });
  client.on('error', () => {}); // the next statement reports it
  await client.connect();
  try {
    const schema = await requireSchema(client, databaseUrl);
    if (await isUpToDate(client, migrations)) return [];
    const limits = await withoutTimeLimits(client, databaseUrl);
    await takeLock(client, options);
    try {
      if (await isUpToDate(client, migrations)) return []; // another instance migrated while this one waited
      await requireRights(client);
      return await apply({ databaseUrl, schema, migrations, limits }, options);
    } finally {
      await runStatement(client, END, {}).catch(() => {}); // without its connection, the lock is gone too
    }
  } finally {
    await client.end();
  }
}

/** Begins the transaction that has the lock. It is idle while another connection migrates. */
async function takeLock(client: pg.Client, { onWait, signal }: MigrateOptions): Promise<void> {
  let reportAt = performance.now();
  for (;;) {
    await runStatement(client, BEGIN, {});
    if ((await runStatement(client, TRY_LOCK, LOCKS))[0]?.taken) return liftTimeLimits(client);
    await runStatement(client, END, {});
    if (performance.now() >= reportAt) {
      reportAt += REPORT_WAIT_MS;
      onWait?.((await runStatement(client, READ_LOCK_HOLDER, LOCKS))[0] ?? {});
    }
    await setTimeout(RETRY_LOCK_MS, undefined, signal && { signal });
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

interface Plan {
  databaseUrl: string;
  schema: string;
  migrations: Migration[];
  /** The options of a connection without time limits. */
  limits: string | undefined;
}

async function apply({ databaseUrl, schema, migrations, limits }: Plan, options: MigrateOptions): Promise<string[]> {
  const pool = createPool(databaseUrl, { max: 1, application_name: MIGRATING, options: limits });
  pool.on('error', () => {}); // the next statement reports it
  const watcher = createClient(databaseUrl, {
    connectionTimeoutMillis: 5_000,
    application_name: 'phonegate migration watch',
  });
  watcher.on('error', () => {});
  await watcher.connect();
  let failure: MigrationError | undefined;
  const onError = (script: string, error: unknown) =>
    (failure = failedMigration(migrations.find(({ sql }) => sql === script)?.name, error));
  const engine = await loadSchemaEngine(
    readFileSync(join(PRISMA_FOLDER, 'schema.prisma'), 'utf8'),
    sendWholeScripts(new PrismaPg(pool, { schema }), { onError }),
  );
  const migrationDirectories = migrations.map(({ name, sql }) => ({
    path: name,
    migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: sql } },
  }));
  const applyAll = () =>
    engine.applyMigrations({
      filters: { externalTables: [], externalEnums: [] },
      migrationsList: {
        baseDir: 'prisma/migrations',
        shadowDbInitScript: '',
        migrationDirectories,
        lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
      },
    });
  try {
    await recordUndone(pool, migrations);
    return (await runWatched(applyAll, watcher, options)).appliedMigrationNames;
  } catch (error) {
    // A migration that was canceled at the end of the process has not failed.
    throw options.signal?.aborted ? error : (failure ?? error);
  } finally {
    engine.free();
    await Promise.all([pool.end(), watcher.end()]);
  }
}
