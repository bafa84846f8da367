import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { claimLogin, readAttempt, refreshSession, requestOtp, verifyOtp } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { cleanUpProcesses, makeFolder } from '../support/process.js';
import { insertUsers } from '../support/rows.js';
import { UNUSED_PORT } from './world.js';
import { type Ended, phonegate, spawnPhonegate } from './run.js';

/** `phonegate users …`, and its effect on a running gateway. */
vi.setConfig({ testTimeout: 60_000 });

let database: TestDatabase;
let gateway: TestGateway;

beforeAll(async () => {
  // Not migrated: the first admin can be added before the first start. A process, which must end after a migration.
  database = await createDatabase({ migrated: false });
  const add = ['users', 'add', '8 (701) 000-00-02', '--role', 'admin', '--name', ' Али  Бек '];
  expect(await spawnPhonegate(add, { env: { DATABASE_URL: database.url } })).toEqual(
    printed('Added +77010000002 with the role ADMIN.\n'),
  );
  gateway = await startGateway({ DATABASE_URL: database.url });
});

afterAll(async () => {
  await gateway.stop();
  await database.drop();
  await cleanUpProcesses();
});

const users = (...args: string[]): Promise<Ended> =>
  phonegate(['users', ...args], {
    env: { DATABASE_URL: database.url, GATEWAY_SECRET: 'n7KqWv2RzT9xLpB4sHdYc6Jm8GfE3uAa' },
  });

const printed = (stdout: string): Ended => ({ code: 0, stdout, stderr: '' });
const refused = (message: RegExp): unknown => ({ code: 1, stdout: '', stderr: expect.stringMatching(message) });

async function signIn(phone: string) {
  const attempt = await requestOtp(gateway.graphqlUrl, { phone });
  await expect.poll(() => gateway.codeOf(attempt.attemptId)).toBeTruthy();
  const code = gateway.codeOf(attempt.attemptId);
  return { attempt, session: await verifyOtp(gateway.graphqlUrl, { ...attempt, code }) };
}

const verifiedRole = async (accessToken: string): Promise<string | null> =>
  (await fetch(`${gateway.url}/auth/verify`, { headers: { authorization: `Bearer ${accessToken}` } })).headers.get(
    'x-user-role',
  );

test('the first admin, added before the first start, signs in as an admin', async () => {
  const { session } = await signIn('+77010000002');
  expect(session.user).toMatchObject({ phone: '+77010000002', role: 'ADMIN' });
});

test('set-role ends all sessions, says what the user must do next, and leaves an audit entry', async () => {
  const { session } = await signIn('+77010000003');
  expect(session.user.role).toBe('USER');
  expect(await users('set-role', '7010000003', 'manager')).toEqual(
    printed(
      '+77010000003 now has the role MANAGER. The previous role was USER. All their sessions have ended: the user must sign in again. For 1 hour, a new code is enough, unless the phone was changed within 30 days. Later, confirm the sign-in by WhatsApp or with "phonegate users approve-login +77010000003".\n',
    ),
  );
  expect((await refreshSession(gateway.graphqlUrl, session.refreshToken)).__typename).toBe('InvalidRefreshToken');
  const { session: next } = await signIn('+77010000003');
  expect(next.user.role).toBe('MANAGER');
  expect(await verifiedRole(next.accessToken)).toBe('MANAGER');
  expect(await users('set-role', '7010000003', 'manager')).toEqual(
    printed('+77010000003 already had the role MANAGER.\n'),
  );
  expect((await refreshSession(gateway.graphqlUrl, next.refreshToken)).__typename).toBe('Session');
  const audit = await database.query(
    `SELECT actor, details FROM audit_log WHERE event = 'user.role_set' AND user_id = $1 ORDER BY id`,
    [session.user.id],
  );
  expect(audit).toEqual([
    { actor: 'operator', details: { from: 'USER', to: 'MANAGER', sessionsEnded: 1 } },
    { actor: 'operator', details: { from: 'MANAGER', to: 'MANAGER', sessionsEnded: 0 } },
  ]);
});

test('approve-login lets the only admin in, who has no WhatsApp and a new device', async () => {
  const [id] = await insertUsers(database, [{ phone: '+77010000047', role: 'ADMIN', roleChangedAt: '-2 hours' }]);
  expect(await users('approve-login', '7010000047')).toEqual(refused(/No sign-in of \+77010000047 waits/));
  const { attempt, session: answer } = await signIn('+77010000047');
  expect(answer.__typename).toBe('ConfirmationRequired');
  const { attempt: second } = await signIn('+77010000047');
  expect(await users('approve-login', '7010000047')).toEqual(
    refused(new RegExp(`${second.attemptId}, ${attempt.attemptId}`)),
  );
  expect(await users('approve-login', attempt.attemptId)).toEqual(
    printed(`The sign-in ${attempt.attemptId} of +7701*****47 is approved. The user is signed in within seconds.\n`),
  );
  expect(await users('approve-login', attempt.attemptId)).toEqual(refused(/cannot be approved/));
  expect((await users('approve-login', '8 701 000 00 47')).code).toBe(0);
  expect(await claimLogin(gateway.graphqlUrl, attempt)).toMatchObject({ __typename: 'Session', user: { id } });
  const audit = await database.query(`SELECT actor FROM audit_log WHERE event = 'login.approved' AND attempt_id = $1`, [
    attempt.attemptId,
  ]);
  expect(audit).toEqual([{ actor: 'operator' }]);
});

test('block ends the sessions of a user and refuses their sign-in, and unblock allows it again', async () => {
  const { session } = await signIn('+996700000003');
  expect(await verifiedRole(session.accessToken)).toBe('USER');
  expect(await users('block', '0700 000 003')).toEqual(
    printed('+996700000003 is blocked. All their sessions have ended.\n'),
  );
  expect(await refreshSession(gateway.graphqlUrl, session.refreshToken)).toMatchObject({
    code: 'INVALID_REFRESH_TOKEN',
  });
  await expect.poll(() => verifiedRole(session.accessToken), { timeout: 3_000 }).toBeNull();

  const { attempt, session: none } = await signIn('+996700000003');
  expect(none.__typename).toBe('AttemptClosed');
  expect(await readAttempt(gateway.graphqlUrl, attempt)).toMatchObject({ failureReason: 'USER_BLOCKED' });

  expect(await users('unblock', '00996700000003')).toEqual(printed('+996700000003 can sign in again.\n'));
  expect((await signIn('+996700000003')).session.__typename).toBe('Session');
});

test('set-phone gives a user another phone, also one who is named by their id', async () => {
  const { session } = await signIn('+996700000081');
  const { id } = session.user;
  const changed = (phone: string) => printed(`${id} now has the phone ${phone}. All their sessions have ended.\n`);
  expect(await users('set-phone', '0700 000 081', '0700 000 082')).toEqual(changed('+996700000082'));
  expect(await refreshSession(gateway.graphqlUrl, session.refreshToken)).toMatchObject({
    code: 'INVALID_REFRESH_TOKEN',
  });
  // The operator may do it for every role.
  await users('set-role', '+996700000082', 'MANAGER');
  expect(await users('set-phone', id, '+996700000083')).toEqual(changed('+996700000083'));
  await signIn('+996700000084');
  const taken = await users('set-phone', id, '+996700000084');
  expect(taken).toMatchObject({ code: 1 });
  expect(taken.stderr).toContain('Another user has the phone +996700000084.');
});

test('sign-out ends every session of a user, and of no other user', async () => {
  const phone = '+989120000004';
  const [one, two, other] = [await signIn(phone), await signIn(phone), await signIn('+77010000005')];
  expect(await users('sign-out', '۰۹۱۲۰۰۰۰۰۰۴')).toEqual(printed(`${phone} is signed out: 2 sessions ended.\n`));
  for (const { session } of [one, two]) {
    expect((await refreshSession(gateway.graphqlUrl, session.refreshToken)).code).toBe('INVALID_REFRESH_TOKEN');
    await expect.poll(() => verifiedRole(session.accessToken), { timeout: 3_000 }).toBeNull();
  }
  expect((await refreshSession(gateway.graphqlUrl, other.session.refreshToken)).__typename).toBe('Session');
});

test('delete shows the user, and erases them only with --commit', async () => {
  const { session } = await signIn('+77010000008');
  expect(await users('delete', '7010000008')).toEqual(
    printed(
      'This would erase +77010000008 with the role USER. It cannot be undone.\nNothing was erased: this was a preview. Add --commit to erase.\n',
    ),
  );
  expect(await verifiedRole(session.accessToken)).toBe('USER');
  expect(await users('delete', '7010000008', '--commit')).toEqual(
    printed('+77010000008 is erased. All their sessions have ended.\n'),
  );
  await expect.poll(() => verifiedRole(session.accessToken), { timeout: 3_000 }).toBeNull();
  expect(await users('delete', '7010000008', '--commit')).toEqual(refused(/No user has the phone/));
});

test('delete keeps the block of a blocked user, and refuses the last admin', async () => {
  await signIn('+77010000009');
  await users('block', '7010000009');
  expect((await users('delete', '7010000009', '--commit')).stdout).toMatch(/The phone stays blocked/);
  expect((await users('list', '--blocked')).stdout).toContain('+77010000009');
  await users('unblock', '7010000009');
  expect((await users('delete', '7010000009', '--commit')).stdout).toMatch(/is erased\. All/);
  await users('set-role', '7010000047', 'USER');
  expect(await users('delete', '7010000002', '--commit')).toEqual(refused(/This is the last admin/));
});

describe('list', () => {
  test('finds users by a part of their phone or name, by role, and by being blocked', async () => {
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
    expect(limited.stdout).toMatch(
      /^PHONE.*\n\+77770000002 .*\nMore users match\. Use --limit or --search to see them\.\n$/,
    );
  });
});

describe('a refused command prints one sentence and changes nothing', () => {
  test.concurrent.each([
    [
      ['add', '+77010000002', '--role', 'USER'],
      /^A user with the phone \+77010000002 already exists\. .*"phonegate users set-role"\.\n$/,
    ],
    [['add', '7010000009', '--role', 'BOSS'], /^There is no such role\. ROLES contains USER, MANAGER, ADMIN\.\n$/],
    // Without the slash, it would be +77012345612, the phone of somebody else.
    [['add', '770123456/12'], /^770123456\/12 is not a phone number\. .*\n$/],
    [['add', '+982188880000'], /^\+982188880000 cannot receive messages.*\n$/],
    [['block', '7010000009'], /^No user has the phone \+77010000009\. .*\n$/],
    [['list', '--limit', '0'], /^--limit must be a whole number from 1 to 10000\.\n$/],
  ])('%j', async (args, message) => {
    expect(await users(...args)).toEqual(refused(message));
  });

  test('where there is no database, or it cannot be reached', async () => {
    const folder = makeFolder();
    const unreachable = `postgresql://someone:hunter2@127.0.0.1:${UNUSED_PORT}/phonegate`;
    expect(await spawnPhonegate(['users', 'list'], { folder })).toEqual(
      refused(
        /^No gateway with its own PostgreSQL runs in this folder\. Start one \(npm start\), or set DATABASE_URL\.\n$/,
      ),
    );
    expect(await phonegate(['users', 'list'], { env: { DATABASE_URL: unreachable } })).toEqual(
      refused(/^The database cannot be used \(ECONNREFUSED\): check that .*\n$/),
    );
    // On another machine, without NODE_ENV: a gateway would not start there, but a command opens no port.
    const elsewhere = 'postgresql://someone:hunter2@database.invalid/phonegate';
    expect(await phonegate(['users', 'list'], { env: { DATABASE_URL: elsewhere } })).toEqual(
      refused(/^The database cannot be used \((ENOTFOUND|EAI_AGAIN)\): check that .*\n$/),
    );
  });
});
