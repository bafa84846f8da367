import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import pg from 'pg';
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
