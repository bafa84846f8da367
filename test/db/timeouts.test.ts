import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, connectDatabase } from '../../src/db/database.js';
import { isTimeout } from '../../src/db/storage-error.js';
import { createLog } from '../../src/log.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import { READ_CONNECTION } from '../../src/db/try-connection.js';

let own: TestDatabase;
let database: Database;
beforeAll(async () => {
  own = await createDatabase();
  const settings = { name: 'a test', size: 1, statementTimeoutMs: 300, canSetParameters: true };
  database = connectDatabase(own.url, createLog('silent'), { ...settings, options: '-c jit=off' });
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

const sleep = () => database.prisma.$queryRawUnsafe('SELECT pg_sleep(20)::text');
const errorOf = (answer: Promise<unknown>) =>
  answer.then(
    () => undefined,
    (error: unknown) => error,
  );

test('PostgreSQL itself knows the timeouts and the options of a connection', async () => {
  expect(await database.query(READ_CONNECTION, {})).toMatchObject([{ timeout_ms: 300 }]);
  const settings = await database.prisma.$queryRawUnsafe(
    `SELECT name, setting FROM pg_settings
     WHERE name IN ('jit', 'application_name', 'idle_in_transaction_session_timeout') ORDER BY name`,
  );
  expect(settings).toEqual([
    { name: 'application_name', setting: 'a test' },
    { name: 'idle_in_transaction_session_timeout', setting: '15000' },
    { name: 'jit', setting: 'off' },
  ]);
});

test('PostgreSQL cancels a statement that takes too long, and Prisma reports it as a timeout', async () => {
  expect(isTimeout(await errorOf(sleep()))).toBe(true);
  expect(
    await own.query(`SELECT 1 FROM pg_stat_activity WHERE application_name = 'a test' AND state = 'active'`),
  ).toEqual([]);
});

test('other errors of Prisma are not timeouts', async () => {
  expect(isTimeout(await errorOf(database.prisma.$queryRawUnsafe('SELECT no_such_column')))).toBe(false);
});
