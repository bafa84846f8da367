import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { bearer, signIn, verifyStatus, whoAmI } from '../support/sign-in.js';
import {
  type Result,
  cancelLogin,
  readAttempt,
  refreshSession,
  requestOtp,
  somePhone,
  verifyOtp,
  wrongCode,
} from '../support/calls.js';
import { openFrames } from '../support/frames.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { copySession, insertGuessFailures, insertUsers, minutePasses, updateUser } from '../support/rows.js';
import { type SignedInUser, signInAs, signedInUser } from './sign-in-as.js';

const NOBODY = '019aa664-3a00-7000-8000-00000000000f';

let database: TestDatabase;
let gateway: TestGateway;
/** Another instance, which learns of changes from the database only. */
let other: TestGateway;
let admin: SignedInUser;

beforeAll(async () => {
  database = await createDatabase();
  [gateway, other] = (await Promise.all([1, 2].map(() => startGateway({ DATABASE_URL: database.url })))) as [
    TestGateway,
    TestGateway,
  ];
  // Its digits match no search below.
  admin = await signInAs('ADMIN', { gateway, database, phone: '+77010000001' });
});
afterAll(async () => {
  await Promise.all([gateway.stop(), other.stop()]);
  await database.drop();
});

const SEARCH = `query ($search: String, $role: String, $blocked: Boolean) {
  users(search: $search, role: $role, blocked: $blocked, first: 100) { edges { node { name phone } } }
}`;
interface Found {
  users: { edges: { node: { name: string | null; phone: string } }[] };
}
/** The phones of the users that a search finds. */
async function find(filter: { search?: string; role?: string; blocked?: boolean }): Promise<string[]> {
  const { users } = await admin.read<Found>(SEARCH, filter);
  return users.edges.map(({ node }) => node.phone).toSorted();
}

describe('users', () => {
  const KAZAKH = '+77012223344';
  const IRANIAN = '+989123335566';
  const KYRGYZ = '+996555777888';

  beforeAll(async () => {
    await insertUsers(database, [
      { phone: KAZAKH, name: 'Айгүл Сәрсенова', role: 'MANAGER', blocked: false },
      { phone: IRANIAN, name: 'رضا کریمی', role: 'USER', blocked: true },
      { phone: KYRGYZ, name: 'Çağla O’Brien 100%', role: 'MANAGER', blocked: true },
      { phone: '+77075550001', name: 'Андрей_Йодов', role: 'USER', blocked: false },
    ]);
  });

  test.each([
    '+77012223344',
    ' +7 701 222-33-44 ',
    '8 (701) 222 33 44',
    '77012223344',
    '0077012223344',
    '7012223344',
    '۷۷۰۱۲۲۲۳۳۴۴',
    '٨٧٠١٢٢٢٣٣٤٤',
    '＋７７０１２２２３３４４',
  ])('finds a phone by the spelling %s', async (search) => {
    expect(await find({ search })).toEqual([KAZAKH]);
  });

  test.each([
    ['2223344', KAZAKH],
    ['+7 701 222', KAZAKH],
    ['8 701 222', KAZAKH],
    ['222-33', KAZAKH],
    ['٢٢٢٣٣', KAZAKH],
    ['0912333', IRANIAN],
    ['۰۹۱۲ ۳۳۳', IRANIAN],
    ['0098912333', IRANIAN],
    ['0555777', KYRGYZ],
    // These nine digits are a part of a Kazakh number, and a whole number of Kyrgyzstan.
    ['701222334', KAZAKH],
    ['555777888', KYRGYZ],
  ])('finds a phone by a part of it: %s', async (search, phone) => {
    expect(await find({ search })).toEqual([phone]);
  });

  test.each([
    ['айгүл', KAZAKH],
    ['АЙГҮЛ', KAZAKH],
    [' сәрсен ', KAZAKH],
    ['کریم', IRANIAN],
    ['ÇAĞLA', KYRGYZ],
    ['o’brien', KYRGYZ],
    ['100%', KYRGYZ],
    ['%', KYRGYZ],
    ['й_й', '+77075550001'],
    ['_', '+77075550001'],
    // Some keyboards write a letter and a combining mark. Names are stored in NFC.
    ['Андрей'.normalize('NFD'), '+77075550001'],
  ])('finds a name by a part of it, in any case and script: %s', async (search, phone) => {
    expect(await find({ search })).toEqual([phone]);
  });

  test.each(['nobody', '99', '\\', "' OR true --", '%%', '877', '+7 999 999 99 99', '.*'])(
    'finds nobody by %s',
    async (search) => expect(await find({ search })).toEqual([]),
  );

  test('finds all users by a search of spaces', async () => {
    expect(await find({ search: '  ' })).toEqual(await find({}));
    expect(await find({ search: '' })).toEqual(await find({}));
  });

  test('filters by role, and by being blocked', async () => {
    expect(await find({ role: 'MANAGER' })).toEqual([KAZAKH, KYRGYZ]);
    expect(await find({ blocked: true })).toEqual([IRANIAN, KYRGYZ].toSorted());
    expect(await find({ role: 'MANAGER', blocked: false })).toEqual([KAZAKH]);
    expect(await find({ role: 'MANAGER', blocked: true, search: 'brien' })).toEqual([KYRGYZ]);
    expect(await find({ role: 'USER', search: 'brien' })).toEqual([]);
    expect(await find({ role: 'NOBODY' })).toEqual([]);
  });

  test('accepts a long search', async () => {
    expect(await find({ search: 'я'.repeat(5_000) })).toEqual([]);
  });

  // Regression: the audit log stores 100 characters of a search, and once cut the last one in two.
  test('accepts an emoji at any position of a search', async () => {
    for (let before = 96; before < 102; before += 1)
      expect(await find({ search: `${'a'.repeat(before)}😀` })).toEqual([]);
  });
});

test('user returns a user by ID, and null if there is none', async () => {
  const someUser = await signInAs('USER', { gateway, database });
  const USER = `query ($id: ID!) { user(id: $id) {
    userId phone name role locale blocked createdAt lastLoginAt sessions { sessionId device current }
  } }`;
  const { user } = await admin.read<{ user: Record<string, unknown> }>(USER, { id: someUser.id.toUpperCase() });
  expect(user).toMatchObject({
    userId: someUser.id,
    phone: someUser.session.user.phone,
    role: 'USER',
    blocked: false,
    sessions: [{ sessionId: someUser.session.id, current: false }],
  });
  expect(Date.now() - Date.parse(String(user['lastLoginAt']))).toBeLessThan(60_000);
  for (const id of [NOBODY, 'nonsense', '', '\0', `${someUser.id} `, "' OR true --"])
    expect(await admin.read(USER, { id })).toEqual({ user: null });
});

describe('addUser', () => {
  const FIELDS = 'userId phone name role locale blocked lastLoginAt';

  test('adds a user who then signs in as that user', async () => {
    const phone = somePhone();
    const added = await admin.change(
      'addUser',
      { phone: phone.replace('+7', '8 '), name: '  Дана   Ахметова ', role: 'manager', locale: 'KK' },
      FIELDS,
    );
    expect(added).toMatchObject({
      __typename: 'AdminUser',
      phone,
      name: 'Дана Ахметова',
      role: 'MANAGER',
      locale: 'kk',
      blocked: false,
      lastLoginAt: null,
    });
    expect((await signIn(gateway, { phone })).user).toMatchObject({ id: added['userId'], role: 'MANAGER' });
  });

  test('gives the first role by default, and sets no other field', async () => {
    expect(await admin.change('addUser', { phone: somePhone() }, FIELDS)).toMatchObject({
      role: 'USER',
      name: null,
      locale: null,
    });
  });

  test('lets a phone sign in where sign-up is closed', async () => {
    const closed = await startGateway({ DATABASE_URL: database.url, SIGN_UP: 'closed' });
    const phone = somePhone();
    const otherUser = await requestOtp(closed.graphqlUrl, { phone });
    expect(() => closed.codeOf(otherUser.attemptId)).toThrow('No code');
    await admin.change('addUser', { phone });
    expect((await signIn(closed, { phone })).user.phone).toBe(phone);
    await closed.stop();
  });

  test.each([
    [{ phone: 'nonsense' }, { code: 'INVALID_PHONE_NUMBER' }],
    [{ phone: '+7 727 250 00 00' }, { code: 'INVALID_PHONE_NUMBER' }],
    [{ name: 'a\u202Eb' }, { code: 'INVALID_INPUT', field: 'name' }],
    [{ name: 'a'.repeat(101) }, { code: 'INVALID_INPUT', field: 'name' }],
    [{ name: '   ' }, { code: 'INVALID_INPUT', field: 'name' }],
    [{ role: 'EMPEROR' }, { code: 'INVALID_INPUT', field: 'role' }],
    [{ locale: 'xx' }, { code: 'INVALID_INPUT', field: 'locale' }],
  ])('refuses %o, and adds no user', async (change, failure) => {
    const before = await find({});
    expect(await admin.change('addUser', { phone: somePhone(), ...change })).toMatchObject(failure);
    expect(await find({})).toEqual(before);
  });

  test('refuses the phone of another user in any spelling, also when two add it at once', async () => {
    const phone = somePhone();
    const both = await Promise.all(
      [phone, phone.replace('+7', '8')].map((one) => admin.change('addUser', { phone: one })),
    );
    expect(both.map(({ __typename }) => String(__typename)).toSorted()).toEqual(['AdminUser', 'PhoneTaken']);
    expect(await find({ search: phone })).toEqual([phone]);
  });
});

describe('updateUser', () => {
  test('changes the given fields and no others', async () => {
    const { id } = await signInAs('USER', { gateway, database });
    const update = (change: object) => admin.change('updateUser', { userId: id, ...change }, 'name locale');
    expect(await update({ name: 'رضا', locale: 'fa' })).toMatchObject({ name: 'رضا', locale: 'fa' });
    expect(await update({ name: 'Reza' })).toMatchObject({ name: 'Reza', locale: 'fa' });
    expect(await update({ locale: null })).toMatchObject({ name: 'Reza', locale: null });
    expect(await update({ name: null })).toMatchObject({ name: null, locale: null });
    expect(await update({ name: '\u200B' })).toMatchObject({ code: 'INVALID_INPUT', field: 'name' });
    expect(await update({ locale: 'de' })).toMatchObject({ code: 'INVALID_INPUT', field: 'locale' });
  });
});

describe.each(['updateUser', 'setUserRole', 'blockUser', 'unblockUser', 'revokeUserSessions'])('%s', (field) => {
  test.each([NOBODY, 'nonsense', '\0'])('refuses %j, which is not a user, and changes nothing', async (userId) => {
    const input = { userId, ...(field === 'setUserRole' ? { role: 'USER' } : {}) };
    expect(await admin.change(field, input)).toMatchObject({ __typename: 'UserNotFound', code: 'USER_NOT_FOUND' });
  });
});

describe('setUserRole', () => {
  const setRole = (userId: string, role: string) => admin.change('setUserRole', { userId, role }, 'userId role');
  const roleAt = async (at: TestGateway, { accessToken }: Result) => {
    const response = await fetch(`${at.url}/auth/verify`, { headers: bearer(accessToken) });
    return response.headers.get('x-user-role');
  };

  test('takes effect at once in the gateway, and with the next token in backends', async () => {
    const { session, id, read } = await signInAs('USER', { gateway, database });
    expect(await setRole(id, ' manager ')).toMatchObject({ userId: id, role: 'MANAGER' });
    expect(await read('{ me { role } }')).toEqual({ me: { role: 'MANAGER' } });
    expect(await roleAt(other, session)).toBe('USER');
    expect(await roleAt(other, await refreshSession(other.graphqlUrl, session.refreshToken))).toBe('MANAGER');
  });

  test('refuses a role that is not configured', async () => {
    const { id, read } = await signInAs('USER', { gateway, database });
    for (const role of ['EMPEROR', '', 'ADMIN,USER'])
      expect(await setRole(id, role)).toMatchObject({ code: 'INVALID_INPUT', field: 'role' });
    expect(await read('{ me { role } }')).toEqual({ me: { role: 'USER' } });
  });

  test('makes a user an admin, and this admin can make another', async () => {
    const second = await signInAs('USER', { gateway, database });
    await setRole(second.id, 'ADMIN');
    const third = await signInAs('USER', { gateway, database });
    expect(await second.change('setUserRole', { userId: third.id, role: 'ADMIN' }, 'role')).toMatchObject({
      role: 'ADMIN',
    });
  });
});

test('an admin cannot change their own role or block themselves, with any spelling of their ID', async () => {
  const alone = await signInAs('ADMIN', { gateway, database });
  for (const userId of [alone.id, alone.id.toUpperCase()]) {
    const failure = { __typename: 'InvalidInput', code: 'INVALID_INPUT', field: 'userId' };
    expect(await alone.change('setUserRole', { userId, role: 'USER' })).toMatchObject(failure);
    expect(await alone.change('blockUser', { userId })).toMatchObject(failure);
  }
  expect(await alone.read('{ me { role } }')).toEqual({ me: { role: 'ADMIN' } });
});

/** Waits until an instance that polls the database refuses the token: a second, and more on a busy machine. */
const refusedAt = (at: TestGateway, { accessToken }: Result) =>
  vi.waitFor(async () => expect(await verifyStatus(at, accessToken)).toBe(401), { timeout: 3_000, interval: 20 });

async function openSocket(at: TestGateway, { accessToken }: Result) {
  const frames = await openFrames(at.socketUrl, { init: false });
  frames.send({ type: 'connection_init', payload: bearer(accessToken) });
  await frames.until(({ type }) => type === 'connection_ack');
  return frames;
}

describe('blockUser', () => {
  test('ends sessions and sockets of the user, and refuses forward-auth and the next sign-in after its proof', async () => {
    const { session, id } = await signInAs('USER', { gateway, database });
    const { phone } = session.user;
    const second = await signIn(other, { phone });
    const sockets = await Promise.all([openSocket(other, session), openSocket(gateway, second)]);
    const before = await requestOtp(other.graphqlUrl, { phone });
    expect(await admin.change('blockUser', { userId: id }, 'userId blocked sessions { id }')).toMatchObject({
      userId: id,
      blocked: true,
      sessions: [],
    });
    for (const { refreshToken } of [session, second])
      expect((await refreshSession(other.graphqlUrl, refreshToken)).code).toBe('INVALID_REFRESH_TOKEN');
    expect(await whoAmI(other, session.accessToken)).toBe('UNAUTHENTICATED');
    expect((await Promise.all(sockets.map(({ closed }) => closed))).map(({ code }) => code)).toEqual([4403, 4403]);
    await Promise.all([session, second].map((one) => refusedAt(other, one)));
    // A code that was sent before opens no session; a new one is sent as to any user.
    const after = await requestOtp(other.graphqlUrl, { phone });
    expect(after.__typename).toBe('OtpRequested');
    for (const attempt of [before, after]) {
      const answer = await verifyOtp(other.graphqlUrl, { ...attempt, code: other.codeOf(attempt.attemptId) });
      expect(answer).toMatchObject({ __typename: 'AttemptClosed', failureReason: 'USER_BLOCKED' });
    }
    expect(await admin.change('unblockUser', { userId: id }, 'blocked')).toMatchObject({ blocked: false });
    expect((await refreshSession(gateway.graphqlUrl, session.refreshToken)).code).toBe('INVALID_REFRESH_TOKEN');
    expect((await signIn(gateway, { phone })).user.id).toBe(id);
  });

  test('ends a session that is opened at the same moment', async () => {
    const { session, id } = await signInAs('USER', { gateway, database });
    // A sign-in locks the row of the user, then inserts the session.
    const late = '019aa664-3a00-7000-8000-0000000000aa';
    const signingIn = new pg.Client({ connectionString: database.url });
    await signingIn.connect();
    await signingIn.query('BEGIN');
    await updateUser(signingIn, id, { lastLoginAt: '0 seconds' });
    await copySession(signingIn, session.id, late);
    const blocked = admin.change('blockUser', { userId: id }, 'blocked');
    await vi.waitFor(
      async () =>
        expect(
          await database.query(
            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
          ),
        ).toHaveLength(1),
      { timeout: 5_000, interval: 20 },
    );
    await signingIn.query('COMMIT');
    await signingIn.end();
    expect(await blocked).toMatchObject({ blocked: true });
    const open = await database.query('SELECT id FROM sessions WHERE user_id = $1 AND revoked_at IS NULL', [id]);
    expect(open).toEqual([]);
  });
});

describe('the sessions of a user', () => {
  test('are listed as for their user, and can be ended one by one or all at once', async () => {
    const laptop = await signInAs('USER', {
      gateway,
      database,
      headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0' },
    });
    const { phone } = laptop.session.user;
    const phoneSession = await signIn(other, { phone });
    const third = await signIn(other, { phone });
    const SESSIONS =
      'query ($id: ID!) { user(id: $id) { sessions { id: sessionId device ipAddress startedAt lastSeenAt expiresAt current } } }';
    const list = async () =>
      (await admin.read<{ user: { sessions: { id: string }[] } }>(SESSIONS, { id: laptop.id })).user.sessions;
    const own = await laptop.read<{ mySessions: { id: string }[] }>(
      '{ mySessions { id: sessionId device ipAddress startedAt lastSeenAt expiresAt } }',
    );
    expect(await list()).toMatchObject(own.mySessions);
    expect(await list()).toHaveLength(3);
    expect(await list()).toContainEqual(
      expect.objectContaining({ id: laptop.session.id, device: 'Firefox, Linux', current: false }),
    );

    const socket = await openSocket(other, laptop.session);
    const revoke = (sessionId: string) => admin.change('revokeUserSession', { sessionId }, 'sessionId');
    expect(await revoke(laptop.session.id)).toMatchObject({
      __typename: 'SessionRevoked',
      sessionId: laptop.session.id,
    });
    expect((await socket.closed).code).toBe(4403);
    expect((await refreshSession(other.graphqlUrl, laptop.session.refreshToken)).code).toBe('INVALID_REFRESH_TOKEN');
    await refusedAt(other, laptop.session);
    expect(await verifyStatus(other, third.accessToken)).toBe(200);
    expect((await revoke(laptop.session.id)).code).toBe('SESSION_NOT_FOUND');
    expect((await list()).map(({ id }) => id).toSorted()).toEqual([phoneSession.id, third.id].toSorted());

    const all = () => admin.change('revokeUserSessions', { userId: laptop.id }, 'count');
    expect(await all()).toMatchObject({ __typename: 'UserSessionsRevoked', count: 2 });
    expect(await all()).toMatchObject({ count: 0 });
    expect(await list()).toEqual([]);
    expect(await whoAmI(gateway, third.accessToken)).toBe('UNAUTHENTICATED');
    expect(await whoAmI(gateway, admin.session.accessToken)).toBe(admin.session.user.phone);
  });

  test.each([NOBODY, 'nonsense', ''])('cannot be ended by %j, which is not a session', async (sessionId) => {
    expect(await admin.change('revokeUserSession', { sessionId })).toMatchObject({
      __typename: 'SessionNotFound',
      code: 'SESSION_NOT_FOUND',
    });
  });
});

describe('resetPhoneLimits', () => {
  const resetLimits = (phone: string) => admin.change('resetPhoneLimits', { phone }, 'maskedPhone');
  const guessWrong = async (attempt: Result) =>
    verifyOtp(gateway.graphqlUrl, { ...attempt, code: wrongCode(gateway.codeOf(attempt.attemptId)) });

  test('lets a phone sign in after too many wrong codes', async () => {
    const phone = somePhone();
    const request = () => requestOtp(gateway.graphqlUrl, { phone });
    const [one, two] = await Promise.all([request(), request()]);
    await minutePasses(database, phone);
    const three = await request();
    for (const attempt of [one, two]) for (let n = 0; n < 5; n += 1) await guessWrong(attempt);
    await minutePasses(database, phone);
    const guessRight = () => verifyOtp(gateway.graphqlUrl, { ...three, code: gateway.codeOf(three.attemptId) });
    expect((await requestOtp(other.graphqlUrl, { phone })).code).toBe('RATE_LIMITED');
    const spelling = phone.replace('+7', '8 ');
    expect(await resetLimits(spelling)).toMatchObject({
      __typename: 'PhoneLimitsReset',
      maskedPhone: `+7701*****${phone.slice(-2)}`,
    });
    expect(await readAttempt(gateway.graphqlUrl, three)).toMatchObject({ status: 'PENDING' });
    expect((await guessRight()).__typename).toBe('Session');
    expect((await requestOtp(other.graphqlUrl, { phone })).__typename).toBe('OtpRequested');
  });

  test('lets a phone receive codes after it reached its limit', async () => {
    const phone = somePhone();
    const request = () => requestOtp(gateway.graphqlUrl, { phone });
    for (let sent = 0; sent < 10; sent += 1) {
      await cancelLogin(gateway.graphqlUrl, await request());
      await minutePasses(database, phone);
    }
    expect((await request()).code).toBe('RATE_LIMITED');
    await resetLimits(phone);
    expect((await request()).__typename).toBe('OtpRequested');
  });

  test('resets the wrong codes of a phone and of its clients, and those of no other phone', async () => {
    const [phone, otherUser] = [somePhone(), somePhone()];
    for (const one of [phone, otherUser])
      for (const subject of [one, `${one} from 203.0.113.7`, `${one} on 00ff`])
        await insertGuessFailures(database, subject, { hourFailures: 10, dayFailures: 30, totalFailures: 100 });
    await resetLimits(phone);
    expect((await requestOtp(gateway.graphqlUrl, { phone })).__typename).toBe('OtpRequested');
    expect((await requestOtp(gateway.graphqlUrl, { phone: otherUser })).code).toBe('RATE_LIMITED');
    expect(
      await database.query(
        'SELECT hour_failures, day_failures, total_failures FROM guess_failures WHERE subject LIKE $1',
        [`${phone}%`],
      ),
    ).toEqual(Array.from({ length: 3 }, () => ({ hour_failures: 0, day_failures: 0, total_failures: 0 })));
  });

  test('accepts a phone without limits to reset, and refuses an invalid phone', async () => {
    expect((await resetLimits(somePhone())).__typename).toBe('PhoneLimitsReset');
    for (const phone of ['nonsense', '', '+7 727 250 00 00'])
      expect(await resetLimits(phone)).toMatchObject({ __typename: 'InvalidPhoneNumber' });
  });
});

test('error messages are in the language of the admin', async () => {
  const { errors, data } = await admin.ask<{ blockUser: { message: string } }>(
    'mutation ($id: ID!) { blockUser(input: { userId: $id }) { ... on Error { message } } }',
    { id: NOBODY },
    { 'accept-language': 'ru' },
  );
  expect([errors, data?.blockUser.message]).toEqual([undefined, 'Пользователь не найден.']);
});

test('an admin can sign in on another instance as the same user', async () => {
  const again = signedInUser(await signIn(other, { phone: admin.session.user.phone }), other);
  expect(await again.read('{ users(first: 1) { __typename } }')).toEqual({
    users: { __typename: 'AdminUserConnection' },
  });
});
