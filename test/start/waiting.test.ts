import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import pg from 'pg';
import { createHash } from 'node:crypto';
import { readMigrations } from '../../src/db/migration-status.js';
import { phonegate } from '../cli/run.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import { cleanUpProcesses, makeFolder, spawnGateway, until } from '../support/process.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase({ migrated: false });
});
afterAll(async () => {
  await cleanUpProcesses();
  await database.drop();
});

/** A connection that has a lock of migrations, as an older version leaves it behind a pooler. */
async function holdLock(lock: number): Promise<pg.Client> {
  const holder = new pg.Client({ connectionString: database.url, application_name: 'an older gateway' });
  await holder.connect();
  onTestFinished(() => holder.end());
  await holder.query('SELECT pg_advisory_lock($1)', [lock]);
  return holder;
}

// It waited without a word, and ignored SIGTERM.
test('a start that waits for the migrations of another instance says for what, and ends at SIGTERM', async () => {
  const holder = await holdLock(5_074_102);
  const { rows } = await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const gateway = spawnGateway(makeFolder(), { env: { DATABASE_URL: database.url } });
  await until(() => gateway.stdout().includes('database.waiting_for_migration'));
  expect(gateway.stdout()).toContain(`"pid":${rows[0]?.pid},"application":"an older gateway"`);
  const signaledAt = performance.now();
  gateway.signal('SIGTERM');
  expect(await gateway.exited).toEqual({ code: 0, signal: null });
  expect(performance.now() - signaledAt).toBeLessThan(5_000);
  expect(gateway.stderr()).toBe('');
});

test('a command waits for prisma migrate deploy, and then migrates without leaving a lock', async () => {
  const holder = await holdLock(72_707_369);
  const migrating = phonegate(['migrate'], { env: { DATABASE_URL: database.url } });
  const waiting = `SELECT count(*)::int AS waiting FROM pg_stat_activity
                   WHERE datname = current_database() AND application_name = 'phonegate migrate'`;
  await expect.poll(() => database.query(waiting)).toEqual([{ waiting: 1 }]);
  await holder.query('SELECT pg_advisory_unlock_all()');
  expect(await migrating).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Applied: /) });
  expect(
    await database.query(`SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                               WHERE locktype = 'advisory' AND datname = current_database()`),
  ).toEqual([]);
});

/** A database of the version before the audit log and the guard events became partitioned tables. */
async function unpartitioned(): Promise<TestDatabase> {
  const older = await createDatabase({ migrated: false });
  onTestFinished(() => older.drop());
  await older.query(`CREATE TABLE _prisma_migrations (
    id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz, migration_name varchar(255) NOT NULL, logs text,
    rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count int NOT NULL DEFAULT 0)`);
  for (const { name, sql } of readMigrations().filter((migration) => migration.name < '20261129110100')) {
    await older.query(sql);
    const checksum = createHash('sha256').update(sql).digest('hex');
    await older.query(
      'INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count) VALUES (gen_random_uuid(), $1, $2, now(), 1)',
      [checksum, name],
    );
  }
  return older;
}

// It waited without a word, and ignored SIGTERM.
test('a migration that waits for a table says for whom, and ends at SIGTERM; the next start applies it', async () => {
  const older = await unpartitioned();
  const holder = new pg.Client({ connectionString: older.url, application_name: 'a report' });
  await holder.connect();
  onTestFinished(() => holder.end());
  await holder.query('BEGIN; SELECT FROM guard_events');
  const { rows } = await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const gateway = spawnGateway(makeFolder(), { env: { DATABASE_URL: older.url } });
  await until(() => gateway.stdout().includes('database.waiting_for_lock'));
  expect(gateway.stdout()).toContain(`"pid":${rows[0]?.pid},"application":"a report","table":"guard_events"`);
  const signaledAt = performance.now();
  gateway.signal('SIGTERM');
  expect(await gateway.exited).toEqual({ code: 0, signal: null });
  expect(performance.now() - signaledAt).toBeLessThan(5_000);
  expect(gateway.stderr()).toBe('');
  await holder.query('ROLLBACK');
  expect(await phonegate(['migrate'], { env: { DATABASE_URL: older.url } })).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Applied: 20261129110400_guard_events_by_week/),
  });
});
