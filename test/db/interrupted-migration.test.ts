import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { databaseProblem } from '../../src/db/database-error.js';
import { migrate } from '../../src/db/migrate.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import { soon } from '../support/sign-in.js';

const INDEX = '20261128162001_messages_of_users_index';
const COLUMN = '20261129150000_whatsapp_number';

let database: TestDatabase;
let other: pg.Client;
beforeEach(async () => {
  database = await createDatabase();
  other = new pg.Client({ connectionString: database.url });
  other.on('error', () => {});
  await other.connect();
});
afterEach(async () => {
  await other.end();
  await database.drop();
});

const forget = (migration: string) =>
  database.query('DELETE FROM _prisma_migrations WHERE migration_name = $1', [migration]);
const indexes = () =>
  database.query(`SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('sms_log_user_idx')`);
const problemOf = (migration: Promise<unknown>) =>
  migration.then(
    () => 'none',
    (error: unknown) => databaseProblem('DATABASE_URL', error).message,
  );

describe('an index that takes longer than the time limits of the role', () => {
  beforeEach(async () => {
    await forget(INDEX);
    await database.query('DROP INDEX sms_log_user_idx');
    // CREATE INDEX CONCURRENTLY waits for this transaction.
    await other.query('BEGIN; LOCK TABLE sms_log IN ROW EXCLUSIVE MODE');
  });

  const untilWaiting = () =>
    soon(async () => {
      const waiting = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%INDEX CONCURRENTLY%' AND wait_event_type = 'Lock'`;
      expect(await database.query(waiting)).toHaveLength(1);
    });
  const endMigration = (how: string) =>
    database.query(
      `SELECT ${how}(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%CREATE INDEX CONCURRENTLY%'`,
    );

  // The documentation says to set them for the role, and each start failed with P3009 from then on.
  test('is built', async () => {
    const [{ name } = { name: '' }] = await database.query<{ name: string }>('SELECT current_database() AS name');
    const limits = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout'];
    const known = await database.query<{ limit: string }>(
      'SELECT name AS limit FROM pg_settings WHERE name = ANY($1)',
      [limits],
    );
    for (const { limit } of known) await database.query(`ALTER DATABASE ${name} SET ${limit} = '250ms'`);
    const migrating = migrate(database.url);
    await untilWaiting();
    await other.query('SELECT pg_sleep(0.6)');
    await other.query('ROLLBACK');
    expect(await migrating).toEqual([INDEX]);
    expect(await indexes()).toEqual([{ indisvalid: true }]);
  });

  test.each(['pg_cancel_backend', 'pg_terminate_backend'])(
    'is dropped and built by the next start after %s',
    async (how) => {
      const migrating = problemOf(migrate(database.url));
      await untilWaiting();
      await endMigration(how);
      expect(await migrating).toMatch(how === 'pg_cancel_backend' ? /57014/ : /57P01|terminated/);
      expect(await indexes()).toEqual([{ indisvalid: false }]);
      const again = migrate(database.url);
      await untilWaiting();
      await other.query('ROLLBACK');
      expect(await again).toEqual([INDEX]);
      expect(await indexes()).toEqual([{ indisvalid: true }]);
    },
  );
});

test('a migration that PostgreSQL undid is applied again by each start, until it succeeds', async () => {
  await forget(COLUMN);
  for (let start = 0; start < 2; start += 1)
    expect(await problemOf(migrate(database.url))).toContain(`42701 in the migration ${COLUMN}`);
  await database.query('ALTER TABLE provider_accounts DROP COLUMN number');
  expect(await migrate(database.url)).toEqual([COLUMN]);
});

test('a migration of which nobody knows whether it was committed is left to the operator, with the statements for it', async () => {
  await database.query('UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = $1', [COLUMN]);
  const problem = await problemOf(migrate(database.url));
  expect(problem).toContain(`prisma/migrations/${COLUMN}/migration.sql`);
  const [complete = '', repeat = ''] = problem.match(/UPDATE [^;]+;/g) ?? [];
  expect(repeat).toContain('rolled_back_at');
  await database.query(complete);
  expect(await migrate(database.url)).toEqual([]);
});
