import pg from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Database, connectDatabase } from '../../src/db/database.js';
import { connectPools } from '../../src/db/pools.js';
import { defineStatement } from '../../src/db/statement.js';
import { int4, text } from '../../src/db/types.js';
import { createLog } from '../../src/log.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';

const NAME = 'phonegate shared';
const SHARED = 2;

let own: TestDatabase;
let database: Database;
beforeAll(async () => {
  own = await createDatabase();
  await own.query('CREATE TABLE counters (id int PRIMARY KEY, value int NOT NULL)');
  database = connectDatabase(own.url, createLog('silent'), { name: NAME, size: 4, shared: SHARED });
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

const ADD = defineStatement({
  name: 'test/add',
  short: true,
  sql: 'INSERT INTO counters (id, value) VALUES (:id, 1) ON CONFLICT (id) DO UPDATE SET value = counters.value + 1 RETURNING value',
  parameters: { id: int4 },
  columns: { value: int4 },
});
const FAIL = defineStatement({
  name: 'test/fail',
  short: true,
  sql: 'SELECT 1 / :divisor::int AS value',
  parameters: { divisor: int4 },
  columns: { value: int4 },
});
const ECHO = defineStatement({
  name: 'test/echo',
  short: true,
  sql: 'SELECT :text::text AS text',
  parameters: { text },
  columns: { text },
});

const connections = () =>
  own.query<{ pid: number }>('SELECT pid FROM pg_stat_activity WHERE application_name = $1', [NAME]);
const add = async (id: number) => (await database.query(ADD, { id }))[0]?.value;
const echo = async (value: string) => (await database.query(ECHO, { text: value }))[0]?.text;

/** Locks the counter until the returned function is called. */
async function lockCounter(id: number): Promise<() => Promise<void>> {
  const holder = new pg.Client({ connectionString: own.url });
  await holder.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT FROM counters WHERE id = $1 FOR UPDATE', [id]);
  let held = true;
  const release = async () => {
    if (held) await holder.end();
    held = false;
  };
  onTestFinished(release);
  return release;
}

test('a hundred short statements at once share two connections, and each gets its own answer', async () => {
  const texts = Array.from({ length: 100 }, (_, index) => `${index}`);
  expect(await Promise.all(texts.map(echo))).toEqual(texts);
  expect(await connections()).toHaveLength(SHARED);
});

test('an error of one leaves those before and after it on the same connection alone', async () => {
  const results = await Promise.allSettled(
    Array.from({ length: 40 }, (_, index) => database.query(FAIL, { divisor: index % 4 })),
  );
  const outcomes = results.map((result) =>
    result.status === 'rejected' ? (result.reason as { code: string }).code : result.value[0]?.value,
  );
  expect(outcomes).toEqual(Array.from({ length: 10 }, () => ['22012', 1, 0, 0]).flat());
});

test('one that waits for a lock does not hold up the others, and is executed once when the lock is free', async () => {
  await add(1);
  const release = await lockCounter(1);
  const waiting = Promise.all([add(1), add(1), add(1)]);
  await new Promise((resolve) => setTimeout(resolve, 400));
  const startedAt = performance.now();
  expect(await Promise.all(Array.from({ length: 20 }, (_, index) => echo(`${index}`)))).toHaveLength(20);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  // Longer than a shared connection lets a statement take: they wait on connections of their own now.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  await release();
  expect(new Set(await waiting)).toEqual(new Set([2, 3, 4]));
  expect(await add(1)).toBe(5);
});

test('after the server has closed the connections, the next statement opens new ones', async () => {
  await echo('before');
  const closed = await connections();
  await own.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [NAME]);
  await expect.poll(async () => (await echo('after').catch(() => 'lost')) === 'after').toBe(true);
  expect(await connections()).not.toEqual(expect.arrayContaining(closed));
});

test('a statement that a lost connection may have executed is not sent again: it fails', async () => {
  await add(2);
  const release = await lockCounter(2);
  const failing = add(2);
  // PostgreSQL says that it ends the connection; the reset of the socket may arrive before its words are read.
  const rejected = expect(failing).rejects.toThrow(/terminat|ECONNRESET/);
  await expect
    .poll(() =>
      own.query(`SELECT FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'`, [NAME]),
    )
    .toHaveLength(1);
  // Only that connection: the gateway has not noticed yet that another one is lost.
  await own.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'`,
    [NAME],
  );
  await rejected;
  await release();
  expect(await add(2)).toBe(2);
});

test.each([
  { limit: '', connections: 6 },
  // As behind a pooler that drops the limit of the gateway.
  { limit: '?statement_timeout=5000', connections: 16 },
])(
  'a gateway whose connections start with "$limit" needs $connections of them for many short statements',
  async ({ limit, connections: most }) => {
    const sizes = { signIn: 16, admin: 2, background: 4, adminTimeoutSeconds: 8 };
    const pools = await connectPools({ url: `${own.url}${limit}`, sizes }, { log: createLog('silent') });
    onTestFinished(() => pools.close());
    await Promise.all(Array.from({ length: 60 }, () => pools.signIn.query(ECHO, { text: '' })));
    const open = await own.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'phonegate sign-in'`,
    );
    expect(open).toHaveLength(most);
  },
);
