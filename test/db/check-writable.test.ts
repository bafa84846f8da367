import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { createWritableCheck } from '../../src/db/check-writable.js';
import { runStatement } from '../../src/db/run-statement.js';
import { createDatabase } from '../support/gateway.js';

// With log_temp_files = 0, PostgreSQL logged a file for each check: a line a second, for each instance.
test('the check writes a temporary file at most every five seconds, and at each check while the database accepts no writes', async () => {
  const own = await createDatabase();
  const pool = new pg.Pool({ connectionString: own.url, max: 1 });
  // The end of the database can reach a connection that is just being closed.
  pool.on('connect', (client) => client.on('error', () => {}));
  onTestFinished(async () => {
    await pool.end();
    await own.drop();
  });
  let now = 0;
  let asked: string[] = [];
  const check = createWritableCheck(
    (statement) => {
      asked.push(statement.name.replace('db/check_', ''));
      return runStatement(pool, statement, {});
    },
    { now: () => now },
  );
  const checks = async (count: number) => {
    asked = [];
    const states = [];
    for (let index = 0; index < count; index += 1, now += 1_000) states.push(await check());
    return states;
  };
  expect(await checks(6)).toEqual(Array.from({ length: 6 }, () => 'up'));
  expect(asked).toEqual(['writable', 'read_only', 'read_only', 'read_only', 'read_only', 'writable']);
  await pool.query('SET default_transaction_read_only = on');
  expect(await checks(2)).toEqual(['read-only', 'read-only']);
  expect(asked).toEqual(['read_only', 'writable']);
  await pool.query('SET default_transaction_read_only = off');
  expect(await checks(2)).toEqual(['up', 'up']);
  expect(asked).toEqual(['writable', 'read_only']);
});
