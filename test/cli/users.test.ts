import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readAttempt, refreshSession, requestOtp, verifyOtp } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { cleanUpProcesses, makeFolder } from '../support/process.js';
import { insertUsers } from '../support/rows.js';
import { NOBODYS_PORT } from './world.js';
import { type Ended, phonegate, phonegateHere } from './run.js';

/** `phonegate users …`, and what a running gateway makes of it. */
vi.setConfig({ testTimeout: 60_000 });

let database: TestDatabase;
let gateway: TestGateway;

beforeAll(async () => {
  // Not migrated: the first admin is made before the first start.
  database = await createDatabase({ migrated: false });
  const add = ['users', 'add', '8 (701) 000-00-02', '--role', 'admin', '--name', ' Али  Бек '];
  expect(await phonegate(add, { env: { DATABASE_URL: database.url } })).toEqual(
    said('+77010000002 is added, with the role ADMIN.\n'),
  );
  gateway = await startGateway({ DATABASE_URL: database.url });
});

afterAll(async () => {
  await gateway.stop();
  await database.drop();
  await cleanUpProcesses();
});

const users = (...args: string[]): Promise<Ended> => phonegateHere(['users', ...args], { DATABASE_URL: database.url });

const said = (stdout: string): Ended => ({ code: 0, stdout, stderr: '' });
const refused = (complaint: RegExp): unknown => ({ code: 1, stdout: '', stderr: expect.stringMatching(complaint) });

async function signIn(phone: string) {
  const attempt = await requestOtp(gateway.graphqlUrl, { phone });
  await expect.poll(() => gateway.codeOf(attempt.attemptId)).toBeTruthy();
  const code = gateway.codeOf(attempt.attemptId);
  return { attempt, session: await verifyOtp(gateway.graphqlUrl, { ...attempt, code }) };
}

const roleAtTheDoor = async (accessToken: string): Promise<string | null> =>
  (await fetch(`${gateway.url}/auth/verify`, { headers: { authorization: `Bearer ${accessToken}` } })).headers.get(
    'x-user-role',
  );

test('the first admin, made before the first start, signs in as one', async () => {
  const { session } = await signIn('+77010000002');
  expect(session.user).toMatchObject({ phone: '+77010000002', role: 'ADMIN' });
});

test('set-role has its effect at the next refresh; the change is in the audit log', async () => {
  const { session } = await signIn('+77010000003');
  expect(session.user.role).toBe('USER');
  expect(await users('set-role', '7010000003', 'manager')).toEqual(
    said('+77010000003 has the role MANAGER now; before, USER.\n'),
  );
  const renewed = await refreshSession(gateway.graphqlUrl, session.refreshToken);
  expect(renewed.user.role).toBe('MANAGER');
  expect(await roleAtTheDoor(renewed.accessToken)).toBe('MANAGER');
  const audit = await database.query(
    `SELECT actor, details FROM audit_log WHERE event = 'user.role_set' AND user_id = $1`,
    [session.user.id],
  );
  expect(audit).toEqual([{ actor: 'operator', details: { from: 'USER', to: 'MANAGER' } }]);
});

test('block ends what is open and keeps the person out, unblock lets them in again', async () => {
  const { session } = await signIn('+996700000003');
  expect(await roleAtTheDoor(session.accessToken)).toBe('USER');
  expect(await users('block', '0700 000 003')).toEqual(said('+996700000003 is blocked, and signed out everywhere.\n'));
  expect(await refreshSession(gateway.graphqlUrl, session.refreshToken)).toMatchObject({
    code: 'INVALID_REFRESH_TOKEN',
  });
  await expect.poll(() => roleAtTheDoor(session.accessToken), { timeout: 3_000 }).toBeNull();

  const { attempt, session: none } = await signIn('+996700000003');
  expect(none.__typename).toBe('AttemptClosed');
  expect(await readAttempt(gateway.graphqlUrl, attempt)).toMatchObject({ failureReason: 'USER_BLOCKED' });

  expect(await users('unblock', '00996700000003')).toEqual(said('+996700000003 can sign in again.\n'));
  expect((await signIn('+996700000003')).session.__typename).toBe('Session');
});

test('sign-out ends every session of a person, and nobody else', async () => {
  const phone = '+989120000004';
  const [one, two, other] = [await signIn(phone), await signIn(phone), await signIn('+77010000005')];
  expect(await users('sign-out', '۰۹۱۲۰۰۰۰۰۰۴')).toEqual(said(`${phone} is signed out: 2 sessions ended.\n`));
  for (const { session } of [one, two]) {
    expect((await refreshSession(gateway.graphqlUrl, session.refreshToken)).code).toBe('INVALID_REFRESH_TOKEN');
    await expect.poll(() => roleAtTheDoor(session.accessToken), { timeout: 3_000 }).toBeNull();
  }
  expect((await refreshSession(gateway.graphqlUrl, other.session.refreshToken)).__typename).toBe('Session');
});

describe('list', () => {
  test('finds people by a part of their phone or name, by role, and those who are blocked', async () => {
    await insertUsers(database, [
      { id: '01a00000-0000-7000-8000-000000000001', phone: '+77770000001', name: 'Айгүл Серік', role: 'MANAGER' },
      { id: '01a00000-0000-7000-8000-000000000002', phone: '+77770000002', name: 'Bek \u001b[31m', blocked: true },
    ]);
    const [byPhone, byName, blocked, limited] = await Promise.all([
      users('list', '--search', '۸ ۷۷۷ ۰۰۰', '--json'),
      users('list', '--search', 'айгүл', '--role', 'manager'),
      users('list', '--blocked'),
      users('list', '--search', '777000', '--limit', '1'),
    ]);
    const phones = ({ stdout }: Ended) => (JSON.parse(stdout) as { phone: string }[]).map(({ phone }) => phone);
    expect(phones(byPhone)).toEqual(['+77770000002', '+77770000001']); // the newest first
    expect(byName.stdout).toMatch(
      /^PHONE +NAME +ROLE +BLOCKED +LAST SIGN-IN\n\+77770000001 +Айгүл Серік +MANAGER +- +never\n$/,
    );
    expect(blocked.stdout).toMatch(/^PHONE.*\n\+77770000002 +Bek \[31m +USER +blocked +never\n$/);
    expect(limited.stdout).toMatch(/^PHONE.*\n\+77770000002 .*\nThere are more: see --limit and --search\.\n$/);
  });
});

describe('a mistake is one sentence, and changes nothing', () => {
  test.concurrent.each([
    [['add', '+77010000002', '--role', 'USER'], /^\+77010000002 is there already; "phonegate users set-role" .*\n$/],
    [['add', '7010000009', '--role', 'BOSS'], /^There is no such role; the roles are USER, MANAGER, ADMIN .*\n$/],
    [['add', '+982188880000'], /^\+982188880000 is not a number that receives messages.*\n$/],
    [['block', '7010000009'], /^Nobody has the phone \+77010000009; .*\n$/],
    [['list', '--limit', '0'], /^--limit must be a whole number from 1 to 10000\.\n$/],
  ])('%j', async (args, complaint) => {
    expect(await users(...args)).toEqual(refused(complaint));
  });

  test('where there is no database, or none that can be used', async () => {
    const folder = makeFolder();
    const nobody = `postgresql://someone:hunter2@127.0.0.1:${NOBODYS_PORT}/phonegate`;
    expect(await phonegate(['users', 'list'], { folder })).toEqual(
      refused(
        /^No gateway with a PostgreSQL of its own runs in this folder: start it \(npm start\), or set DATABASE_URL\.\n$/,
      ),
    );
    expect(await phonegate(['users', 'list'], { folder, env: { DATABASE_URL: nobody } })).toEqual(
      refused(/^The database cannot be used \(ECONNREFUSED\): check that .*\n$/),
    );
  });
});
