import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { migrate } from '../../src/db/migrate.js';
import { phonegate } from '../cli/run.js';
import { somePhone } from '../support/calls.js';
import { type TestDatabase, createDatabase, startGateway } from '../support/gateway.js';
import { cleanUpProcesses, makeFolder } from '../support/process.js';
import { signIn } from '../support/sign-in.js';
import { type PgBouncer, startPgBouncer } from './support/pgbouncer.js';
import { recordFigure } from './support/record-figure.js';

const SIGN_INS = 60;
const LOCKS = `SELECT count(*)::int AS locks FROM pg_locks l JOIN pg_database d ON d.oid = l.database
               WHERE locktype = 'advisory' AND datname = current_database()`;

afterAll(cleanUpProcesses);

describe.each([
  { name: 'PgBouncer in transaction mode, as it is', settings: {} },
  {
    name: 'PgBouncer that ignores startup parameters',
    settings: {
      ignore_startup_parameters: 'statement_timeout,idle_in_transaction_session_timeout,options,extra_float_digits',
    },
  },
])('$name', ({ settings }) => {
  let database: TestDatabase;
  let pooler: PgBouncer;
  beforeAll(async () => {
    database = await createDatabase();
    pooler = await startPgBouncer(database.url, settings);
  });
  afterAll(async () => {
    await pooler.stop();
    await database.drop();
  });

  // Some failed with 42P05 and 26000, and their audit entries were lost.
  test('all sign-ins at once succeed, and each has its entry in the audit log', async (context) => {
    const gateway = await startGateway({ DATABASE_URL: pooler.url });
    const startedAt = performance.now();
    const sessions = await Promise.allSettled(Array.from({ length: SIGN_INS }, () => signIn(gateway)));
    const seconds = (performance.now() - startedAt) / 1_000;
    const failures = sessions.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
    expect(failures).toEqual([]);
    await gateway.stop();
    expect(gateway.log.filter(({ level }) => level === 'error')).toEqual([]);
    expect(gateway.log.some(({ event }) => event === 'database.pooled')).toBe(true);
    const audited = `SELECT count(*)::int AS entries FROM audit_log WHERE event = 'otp.verified'`;
    expect(await database.query(audited)).toEqual([{ entries: SIGN_INS }]);
    recordFigure(context, 'sign-ins', `${SIGN_INS - failures.length} of ${SIGN_INS} in ${seconds.toFixed(1)} s`);
  });

  test('the doctor says that a pooler is in front', async () => {
    const { stdout } = await phonegate(['doctor'], { env: { DATABASE_URL: pooler.url } });
    expect(stdout).toContain('a pooler is in front of it');
    expect(stdout).toContain('the pooler drops the time limits of statements');
  });

  test('the doctor says that a direct connection leads to the pooler too', async () => {
    const env = { DATABASE_URL: database.url, DIRECT_DATABASE_URL: pooler.url };
    expect((await phonegate(['doctor'], { env })).stdout).toContain('DIRECT_DATABASE_URL leads to a pooler too');
  });

  test('?schema= is refused by name', async () => {
    const { code, stderr } = await phonegate(['migrate'], { env: { DATABASE_URL: `${pooler.url}?schema=auth` } });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/a pooler does not pass \?schema=.*ALTER ROLE/)]);
  });

  // The second run found the table of the first.
  test('users can be imported again and again', async (context) => {
    const file = join(makeFolder(), 'users.csv');
    const phones = Array.from({ length: 5_000 }, (_, index) => `+7701${2_000_000 + index}`);
    writeFileSync(file, `phone\n${phones.join('\n')}\n`);
    const run = (...options: string[]) =>
      phonegate(['users', 'import', file, ...options], { env: { DATABASE_URL: pooler.url } });
    const before = await database.query<{ users: number }>('SELECT count(*)::int AS users FROM users');
    expect(await run()).toMatchObject({ code: 0, stdout: expect.stringContaining('5000 new') });
    expect(await run('--commit')).toMatchObject({ code: 0, stdout: expect.stringContaining('5000 new') });
    expect(await run('--commit')).toMatchObject({ code: 0, stdout: expect.stringContaining('5000 unchanged') });
    const after = await database.query<{ users: number }>('SELECT count(*)::int AS users FROM users');
    expect((after[0]?.users ?? 0) - (before[0]?.users ?? 0)).toBe(phones.length);
    recordFigure(context, 'imported', `${phones.length} users, three times`);
  });
});

describe('Migrations through PgBouncer', () => {
  let database: TestDatabase;
  let pooler: PgBouncer;
  beforeAll(async () => {
    database = await createDatabase({ migrated: false });
    pooler = await startPgBouncer(database.url);
  });
  afterAll(async () => {
    await pooler.stop();
    await database.drop();
  });

  // The locks stayed with the connections of PgBouncer, and the next start waited for ever.
  test('leave no lock, also when two processes migrate at once, and a later one migrates again', async (context) => {
    const startedAt = performance.now();
    const [one, other] = await Promise.all([migrate(pooler.url), migrate(pooler.url)]);
    expect(Math.min(one.length, other.length)).toBe(0);
    const applied = one.length + other.length;
    expect(applied).toBeGreaterThan(10);
    expect(await database.query(LOCKS)).toEqual([{ locks: 0 }]);
    await database.query('DROP SCHEMA public CASCADE');
    await database.query('CREATE SCHEMA public');
    expect(await migrate(pooler.url)).toHaveLength(applied);
    expect(await database.query(LOCKS)).toEqual([{ locks: 0 }]);
    recordFigure(
      context,
      'migrations',
      `${applied} twice in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s, no lock left`,
    );
  });

  test('work with the time limits of the role that PgBouncer needs', async () => {
    const limited = await createDatabase({ migrated: false });
    onTestFinished(() => limited.drop());
    const [{ name } = { name: '' }] = await limited.query<{ name: string }>('SELECT current_database() AS name');
    await limited.query(`ALTER DATABASE ${name} SET idle_in_transaction_session_timeout = '100ms'`);
    const limitedPooler = await startPgBouncer(limited.url);
    onTestFinished(() => limitedPooler.stop());
    expect((await migrate(limitedPooler.url)).length).toBeGreaterThan(10);
    const gateway = await startGateway({ DATABASE_URL: limitedPooler.url, DIRECT_DATABASE_URL: limited.url });
    expect(await signIn(gateway, { phone: somePhone() })).toMatchObject({ __typename: 'Session' });
    await gateway.stop();
  });
});
