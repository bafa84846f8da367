import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signInAs, signedInUser } from '../admin/sign-in-as.js';
import {
  type Result,
  claimLogin,
  deliverWebhook,
  incomingText,
  readAttempt,
  refreshSession,
  requestOtp,
  somePhone,
  startWhatsAppLogin,
  verifyOtp,
} from '../support/calls.js';
import { openFrames } from '../support/frames.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { ageSession, blockUser, insertUser, setUserRole, updateUser } from '../support/rows.js';
import { act, auditOf, bearer, signIn, soon, verifyStatus, whoAmI } from '../support/sign-in.js';
import { BROWSER, NAME, TRACED_TABLES, type Traced, leaveTraces, rowsNaming, tablesOf, wordsOf } from './traces.js';

const CITY = 'Almaty-of-the-test';
const IP = '203.0.113.77';

let database: TestDatabase;
let one: TestGateway;
let other: TestGateway;
let closed: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url, TRUSTED_PROXY_HOPS: '1', CLIENT_LOCATION_HEADER: 'CF-IPCity' };
  [one, other, closed] = await Promise.all([
    startGateway(env),
    startGateway(env),
    startGateway({ ...env, SIGN_UP: 'closed' }),
  ]);
});
afterAll(async () => {
  await Promise.all([one, other, closed].map((gateway) => gateway.stop()));
  await database.drop();
});

const HEADERS = { 'user-agent': BROWSER, 'x-forwarded-for': IP, 'cf-ipcity': CITY };
const ERASED = '... on AccountDeleted { userId } ... on Error { code }';
const deleteMe = ({ gatewayToken }: Pick<Result, 'gatewayToken'>, at = one) =>
  act<{ userId: string }>(at, 'deleteMe', { token: gatewayToken, fields: ERASED });

const naming = (...words: string[]) => rowsNaming(database, ...words);

const tracedBy = ({ id, user }: Result): Traced => ({ id: user.id, phone: user.phone, sessionId: id });

let traced = 0;

/** A phone whose masked form is that of no other phone in this file, because traces are looked up by it too. */
function phoneWithOwnMask(): string {
  traced += 1;
  return `+774700000${String(traced).padStart(2, '0')}`;
}

/** A user who has left traces in every table, by rows of a gateway and of each table. */
async function signInWithTraces(phone = phoneWithOwnMask()): Promise<Result> {
  const session = await signIn(one, { phone, headers: HEADERS });
  await act(one, 'requestPhoneChange', {
    token: session.gatewayToken,
    input: { phone: somePhone() },
    type: 'RequestOtpInput',
  });
  await requestOtp(one.graphqlUrl, { phone }, HEADERS);
  await leaveTraces(tracedBy(session), database);
  return session;
}

describe('deleteMe', () => {
  test('leaves nothing that names the user in any table but the audit log, and there only masked', async () => {
    const session = await signInWithTraces();
    const { id, phone } = session.user;
    const words = [...wordsOf(tracedBy(session)), NAME, BROWSER, CITY];
    expect([...tablesOf(await naming(...words)), 'audit_log'].toSorted()).toEqual(TRACED_TABLES.toSorted());
    expect(await deleteMe(session)).toEqual({ __typename: 'AccountDeleted', userId: id });
    const left = await naming(...words);
    // Instances still read for a day that the session has ended.
    expect(left.filter((row) => !row.startsWith('sessions '))).toEqual([]);
    expect(left.map((row) => JSON.parse(row.replace(/^sessions /, '')) as object)).toMatchObject([
      {
        id: session.id,
        user_id: null,
        client_ip: null,
        user_agent: null,
        location: null,
        revoked_reason: 'user_erased',
      },
    ]);
    await soon(async () => {
      const audit = await database.query<{ row: string }>('SELECT row_to_json(a)::text AS row FROM audit_log a');
      expect(audit.filter(({ row }) => [phone, phone.slice(1), 'Айгүл'].some((word) => row.includes(word)))).toEqual(
        [],
      );
      expect(audit.filter(({ row }) => row.includes('user.erased'))).not.toEqual([]);
    });
    expect(await auditOf(database, id)).toContainEqual({
      event: 'user.erased',
      actor: id,
      session_id: null,
      details: { sessions: 1, blockKept: false },
    });
  });

  test('ends every session at once, at every instance: refresh, forward-auth, socket', async () => {
    const phone = somePhone();
    const [first, second, otherUser] = [await signIn(one, { phone }), await signIn(one, { phone }), await signIn(one)];
    const frames = await openFrames(other.socketUrl, { init: false });
    frames.send({ type: 'connection_init', payload: bearer(first.gatewayToken) });
    await frames.until(({ type }) => type === 'connection_ack');
    expect(await verifyStatus(other, first.accessToken)).toBe(200);
    await deleteMe(first);
    for (const { accessToken, refreshToken } of [first, second]) {
      expect(await whoAmI(other, accessToken)).toBe('UNAUTHENTICATED');
      expect(await refreshSession(other.graphqlUrl, refreshToken)).toMatchObject({ code: 'INVALID_REFRESH_TOKEN' });
      await soon(async () => expect(await verifyStatus(other, accessToken)).toBe(401));
    }
    expect((await frames.closed).code).toBe(4403);
    expect(await verifyStatus(other, otherUser.accessToken)).toBe(200);
    expect(await deleteMe(second)).toEqual({ code: 'UNAUTHENTICATED' });
  });

  test('needs a fresh sign-in', async () => {
    const session = await signIn(one);
    await ageSession(database, session.id, '11 minutes');
    expect(await deleteMe(session)).toMatchObject({ code: 'FRESH_SIGN_IN_REQUIRED' });
    expect(await whoAmI(one, session.accessToken)).toBe(session.user.phone);
  });

  test('is refused on a device that is known for less than 24 hours, if the user has older ones', async () => {
    const phone = somePhone();
    const owner = await signIn(one, { phone });
    const thief = await signIn(one, { phone });
    expect(await deleteMe(thief)).toMatchObject({ __typename: 'DeviceTooNew', code: 'DEVICE_TOO_NEW' });
    expect(await deleteMe(owner)).toMatchObject({ __typename: 'AccountDeleted' });
  });

  test('is refused without a session', async () => {
    expect(await deleteMe({ gatewayToken: 'x' })).toEqual({ code: 'UNAUTHENTICATED' });
  });

  test('lets the phone sign up again as a new user', async () => {
    const session = await signInWithTraces();
    await deleteMe(session);
    const again = await signIn(one, { phone: session.user.phone });
    expect(again.user.id).not.toBe(session.user.id);
    expect(await database.query('SELECT name FROM users WHERE id = $1', [again.user.id])).toEqual([{ name: null }]);
  });

  test('keeps what names another user who asks for the phone', async () => {
    const [{ gatewayToken, user }, leaving] = [await signIn(one, { headers: HEADERS }), await signIn(one)];
    const change = await act<Result>(one, 'requestPhoneChange', {
      token: gatewayToken,
      input: { phone: leaving.user.phone },
      type: 'RequestOtpInput',
      fields: '... on OtpRequested { attemptId secret }',
    });
    await deleteMe(leaving);
    expect(
      await database.query('SELECT user_id, phone, status FROM login_attempts WHERE id = $1', [change.attemptId]),
    ).toEqual([{ user_id: user.id, phone: null, status: 'CANCELED' }]);
  });
});

describe('an attempt that is open when its user is erased', () => {
  test('with a code: its right code signs nobody in', async () => {
    const session = await signIn(one);
    const attempt = await requestOtp(one.graphqlUrl, { phone: session.user.phone });
    await deleteMe(session);
    const answer = await verifyOtp(one.graphqlUrl, { ...attempt, code: one.codeOf(attempt.attemptId) });
    expect(answer).toMatchObject({ code: 'ATTEMPT_CLOSED', status: 'CANCELED' });
    expect(await database.query('SELECT id FROM users WHERE phone = $1', [session.user.phone])).toEqual([]);
  });

  test('by WhatsApp, completed and not claimed: its claim opens no session', async () => {
    const phone = somePhone();
    const session = await signIn(one, { phone });
    const attempt = await startWhatsAppLogin(one.graphqlUrl);
    await deliverWebhook(one.url, incomingText(attempt.loginMessage, phone));
    expect(await readAttempt(one.graphqlUrl, attempt)).toMatchObject({ status: 'COMPLETED' });
    await deleteMe(session);
    expect(await claimLogin(one.graphqlUrl, attempt)).toMatchObject({ code: 'ATTEMPT_CLOSED', status: 'CANCELED' });
  });

  const PAIRS = 25;

  test.each([
    ['open', () => one],
    ['closed', () => closed],
  ])('fifty racers, sign-up %s: a right code against the erasure leaves nothing half', async (_, gateway) => {
    const pairs = [];
    for (let pair = 0; pair < PAIRS; pair += 1) {
      const phone = somePhone();
      const userId = await insertUser(database, { phone });
      const session = await signIn(one, { phone });
      const attempt = await requestOtp(gateway().graphqlUrl, { phone });
      pairs.push({ phone, userId, session, submission: { ...attempt, code: gateway().codeOf(attempt.attemptId) } });
    }
    const outcomes = await Promise.all(
      pairs.map(async ({ phone, userId, session, submission }) => {
        const racers = [verifyOtp(gateway().graphqlUrl, submission), deleteMe(session)] as const;
        const [verified, deleted] = await Promise.all(racers);
        expect(deleted).toEqual({ __typename: 'AccountDeleted', userId });
        return { phone, userId, verified };
      }),
    );
    for (const { phone, userId, verified } of outcomes) {
      expect(await naming(userId)).toEqual([]);
      const rows = await database.query<{ id: string }>('SELECT id FROM users WHERE phone = $1', [phone]);
      // Either the code came first, and its session has ended; or the erasure came first, and the attempt is canceled.
      expect(rows).toEqual([]);
      if (verified.__typename === 'Session') expect(await whoAmI(one, verified.accessToken)).toBe('UNAUTHENTICATED');
      else expect(verified).toMatchObject({ code: 'ATTEMPT_CLOSED' });
    }
  });

  test('fifty requests for codes during the erasure: whoever signs in afterwards is a new user', async () => {
    const session = await signIn(one);
    const { phone, id } = session.user;
    const racing = Array.from({ length: 50 }, async () => requestOtp(other.graphqlUrl, { phone }, HEADERS));
    const [deleted, ...requested] = await Promise.all([deleteMe(session), ...racing]);
    expect(deleted.__typename).toBe('AccountDeleted');
    for (const attempt of requested.filter(({ __typename }) => __typename === 'OtpRequested')) {
      const code = other.codeOf(attempt.attemptId);
      const answer = await verifyOtp(one.graphqlUrl, { ...attempt, code });
      if (answer.__typename === 'Session') expect(answer.user.id).not.toBe(id);
      else expect(answer).toMatchObject({ code: 'ATTEMPT_CLOSED' });
    }
    expect(await naming(id)).toEqual([]);
  });

  test('fifty erasures of one user: one erases, the others find nobody', async () => {
    const admin = await signInAs('ADMIN', { gateway: one, database });
    const { user } = await signIn(one);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => admin.change('deleteUser', { userId: user.id }, 'userId')),
    );
    const count = (name: string) => answers.filter(({ __typename }) => __typename === name).length;
    expect([count('UserDeleted'), count('UserNotFound')]).toEqual([1, 49]);
    expect((await auditOf(database, user.id)).filter(({ event }) => event === 'user.erased')).toHaveLength(1);
  });
});

describe('deleteUser', () => {
  test('erases a user for an admin, and leaves an audit entry with the admin as actor', async () => {
    const admin = await signInAs('ADMIN', { gateway: one, database });
    const { user, accessToken } = await signInWithTraces();
    expect(await admin.change('deleteUser', { userId: `AdminUser:${user.id}` }, 'userId blockKept')).toEqual({
      __typename: 'UserDeleted',
      userId: user.id,
      blockKept: false,
    });
    expect(await whoAmI(one, accessToken)).toBe('UNAUTHENTICATED');
    expect(await naming(user.id, user.phone)).toEqual([]);
    expect(await auditOf(database, user.id)).toContainEqual(
      expect.objectContaining({ event: 'user.erased', actor: admin.id }),
    );
    expect(await admin.change('deleteUser', { userId: user.id }, 'userId')).toMatchObject({ code: 'USER_NOT_FOUND' });
  });

  test('of oneself is invalid input, and of no admin is forbidden', async () => {
    const admin = await signInAs('ADMIN', { gateway: one, database });
    expect(await admin.change('deleteUser', { userId: admin.id }, 'userId')).toMatchObject({
      code: 'INVALID_INPUT',
      field: 'userId',
    });
    const user = signedInUser(await signIn(one), one);
    expect(await user.change('deleteUser', { userId: admin.id }, 'userId')).toEqual({ code: 'FORBIDDEN' });
  });

  test('of a blocked user keeps the phone and the block under a new id, and nothing else', async () => {
    const admin = await signInAs('ADMIN', { gateway: one, database });
    const session = await signInWithTraces();
    const { user } = session;
    await setUserRole(database, user.id, 'MANAGER');
    await blockUser(database, user.id);
    expect(await admin.change('deleteUser', { userId: user.id }, 'blockKept')).toMatchObject({ blockKept: true });
    expect(await naming(user.id)).toEqual([]);
    const left = await naming(...wordsOf(tracedBy(session)));
    const [row, ...more] = left.filter((one) => !one.startsWith('sessions '));
    expect(more).toEqual([]);
    expect(JSON.parse(String(row).replace(/^users /, ''))).toMatchObject({
      phone: user.phone,
      blocked: true,
      role: 'USER',
      name: null,
      locale: null,
      whatsapp_lid: null,
      whatsapp_lid_checked_at: null,
      last_login_at: null,
    });
    // The block holds, and shows itself as before: only after the right code.
    const attempt = await requestOtp(one.graphqlUrl, { phone: user.phone });
    const answer = await verifyOtp(one.graphqlUrl, { ...attempt, code: one.codeOf(attempt.attemptId) });
    expect(answer).toMatchObject({ code: 'ATTEMPT_CLOSED', failureReason: 'USER_BLOCKED' });
  });
});

describe('a blocked user whose phone was given to a new user', () => {
  test('is erased whole, because the block is on no phone any more', async () => {
    const admin = await signInAs('ADMIN', { gateway: one, database });
    const session = await signInWithTraces();
    const { id, phone } = session.user;
    await updateUser(database, id, { phone: `released:${id}`, releasedPhone: phone, blocked: true });
    const newId = await insertUser(database, { phone });
    expect(await admin.change('deleteUser', { userId: id }, 'blockKept')).toMatchObject({ blockKept: false });
    expect(await naming(id, 'released:')).toEqual([]);
    expect(await database.query('SELECT id, blocked FROM users WHERE phone = $1', [phone])).toEqual([
      { id: newId, blocked: false },
    ]);
  });
});

describe('the last admin', () => {
  let empty: TestDatabase;
  let gateway: TestGateway;
  beforeAll(async () => {
    empty = await createDatabase();
    gateway = await startGateway({ DATABASE_URL: empty.url });
  });
  afterAll(async () => {
    await gateway.stop();
    await empty.drop();
  });

  test('cannot be erased, and one of two admins who erase themselves at once stays', async () => {
    const admins = await Promise.all([1, 2].map(() => signInAs('ADMIN', { gateway, database: empty })));
    const blocked = await signInAs('ADMIN', { gateway, database: empty });
    await blockUser(empty, blocked.id); // cannot act as an admin
    const answers = await Promise.all(admins.map(({ session }) => deleteMe(session, gateway)));
    expect(new Set(answers.map(({ __typename }) => __typename))).toEqual(new Set(['AccountDeleted', 'LastAdmin']));
    const left = await empty.query<{ id: string }>(`SELECT id FROM users WHERE role = 'ADMIN' AND NOT blocked`);
    expect(left).toHaveLength(1);
    const last = admins.find(({ id }) => id === left[0]?.id);
    expect(await deleteMe(last?.session as Result, gateway)).toMatchObject({ code: 'LAST_ADMIN' });
  });
});
