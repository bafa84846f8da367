import pg from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type SignedInUser, signInAs } from '../admin/sign-in-as.js';
import { deliverWebhook, requestOtp, somePhone } from '../support/calls.js';
import { statusEvent } from '../support/delivery.js';
import { INSTANCE, type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { insertDeliveries } from '../support/rows.js';
import { signIn, soon } from '../support/sign-in.js';

const READS = 20;
const SIGN_INS = 16;
/** Far less than a statement may take, and than a caller waits for a connection. */
const SIGN_IN_MS = 4_000;

let database: TestDatabase;
let gateway: TestGateway;
let admin: SignedInUser;

beforeAll(async () => {
  database = await createDatabase();
  // The statistics, and nothing else, call to_char: theirs sleeps.
  await database.query(`
    CREATE FUNCTION public.to_char(timestamp, text) RETURNS text LANGUAGE plpgsql VOLATILE AS
      'BEGIN PERFORM pg_sleep(60); RETURN $2; END';`);
  const [{ name } = { name: '' }] = await database.query<{ name: string }>('SELECT current_database() AS name');
  await database.query(`ALTER DATABASE ${name} SET search_path = public, pg_catalog`);
  gateway = await startGateway({ DATABASE_URL: database.url, DATABASE_ADMIN_TIMEOUT_SECONDS: '3' });
  admin = await signInAs('ADMIN', { gateway, database });
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

/** The statements that the pool of a name is running or waiting for. */
const running = (pool: string) =>
  database.query<{ query: string }>(
    `SELECT query FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1 AND state = 'active'`,
    [`phonegate ${pool}`],
  );

/** Runs a statement in a transaction that stays open, and keeps its locks, until the test ends. */
async function holdLock(sql: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(`BEGIN; ${sql}`);
  let isHeld = true;
  const release = async () => {
    if (isHeld) await client.end();
    isHeld = false;
  };
  onTestFinished(release);
  return release;
}

/** Users sign in at the same time. Rejects when one of them cannot. @returns the longest time in milliseconds */
async function signInTogether(): Promise<number> {
  const startedAt = performance.now();
  const sessions = await Promise.all(Array.from({ length: SIGN_INS }, () => signIn(gateway)));
  expect(sessions.map(({ __typename }) => __typename)).toEqual(sessions.map(() => 'Session'));
  return performance.now() - startedAt;
}

const codesOf = (answers: { errors?: { extensions?: { code?: string } }[] }[]) => [
  ...new Set(answers.map(({ errors }) => errors?.[0]?.extensions?.code)),
];

test('sign-ins go on while twenty statistics hang, and each gets a clear answer', async () => {
  const since = new Date(Date.now() - 3_600_000).toISOString();
  const statistics = Array.from({ length: READS }, () =>
    admin.ask(`{ sendStatistics(since: "${since}") { day tried } }`, {}, { 'accept-language': 'ru' }),
  );
  await soon(async () => expect(await running('admin')).toHaveLength(1));
  expect(await signInTogether()).toBeLessThan(SIGN_IN_MS);
  // One runs, the others wait for it.
  expect(await running('admin')).toHaveLength(1);
  const answers = await Promise.all(statistics);
  expect(codesOf(answers)).toEqual(['READ_TIMED_OUT']);
  expect(answers[0]?.errors?.[0]?.message).toMatch(/[а-я]/);
  // PostgreSQL has given up, too.
  expect(await running('admin')).toEqual([]);
  expect(gateway.log.some(({ event }) => event === 'admin.read_timed_out')).toBe(true);
});

test('sign-ins go on while admin reads wait for their entry in the audit log', async () => {
  const release = await holdLock('LOCK TABLE audit_log');
  const reads = Array.from({ length: READS }, () => admin.ask('{ users(first: 1) { edges { node { id } } } }'));
  await soon(async () => expect(await running('admin')).toHaveLength(2));
  expect(await signInTogether()).toBeLessThan(SIGN_IN_MS);
  expect(codesOf(await Promise.all(reads))).toEqual(['READ_TIMED_OUT']);
  expect(await running('admin')).toEqual([]);
  await release();
  expect((await admin.ask('{ users(first: 1) { edges { node { id } } } }')).errors).toBeUndefined();
});

test('sign-ins go on while receipts wait for a row', async () => {
  const [id] = await insertDeliveries(database, [{ channel: 'green-api', status: 'ACCEPTED' }]);
  await database.query(`UPDATE sms_log SET provider_id = 'held' WHERE id = $1`, [id]);
  const release = await holdLock(`SELECT FROM sms_log WHERE id = '${id}' FOR UPDATE`);
  const simulator = { idInstance: `${INSTANCE}`, wid: '77010000001@c.us' } as never;
  const receipt = statusEvent(simulator, { phone: '+77010000002', id: 'held', status: 'sent' });
  const receipts = Array.from({ length: READS }, () => deliverWebhook(gateway.url, receipt));
  await soon(async () => expect(await running('background')).toHaveLength(4));
  expect(await signInTogether()).toBeLessThan(SIGN_IN_MS);
  await release();
  expect([...new Set(await Promise.all(receipts))]).toEqual([200]);
});

test('a statement that the gateway gives up does not wait in PostgreSQL either', { timeout: 30_000 }, async () => {
  const release = await holdLock('LOCK TABLE login_attempts');
  await expect(requestOtp(gateway.graphqlUrl, { phone: somePhone() })).rejects.toThrow();
  const waiting = () => running('sign-in').then((rows) => rows.filter(({ query }) => query.includes('login_attempts')));
  expect(await waiting()).toEqual([]);
  await release();
});
