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
import {
  blockUser,
  copySession,
  insertGuessFailures,
  insertUser,
  insertUsers,
  minutePasses,
  updateUser,
} from '../support/rows.js';
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
    ['701222334.0', KAZAKH],
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
    [{ phone: '770123456/12' }, { code: 'INVALID_PHONE_NUMBER' }],
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

describe.each(['updateUser', 'setUserRole', 'setUserPhone', 'blockUser', 'unblockUser', 'revokeUserSessions'])(
  '%s',
  (field) => {
    test.each([NOBODY, 'nonsense', '\0'])('refuses %j, which is not a user, and changes nothing', async (userId) => {
      const more: Record<string, object> = { setUserRole: { role: 'USER' }, setUserPhone: { phone: somePhone() } };
      const input = { userId, ...more[field] };
      expect(await admin.change(field, input)).toMatchObject({ __typename: 'UserNotFound', code: 'USER_NOT_FOUND' });
    });
  },
);

describe('setUserPhone', () => {
  const setPhone = (userId: string, phone: string) => admin.change('setUserPhone', { userId, phone }, 'userId phone');
  const row = async (id: string) =>
    (await database.query('SELECT phone, released_phone, blocked FROM users WHERE id = $1', [id]))[0];

  const tokens = (id: string) => database.query('SELECT token_hash FROM known_devices WHERE user_id = $1', [id]);

  test('gives the phone, ends all sessions, forgets the devices and notifies the old phone', async () => {
    const { session, id } = await signInAs('USER', { gateway, database });
    const old = session.user.phone;
    const phone = somePhone();
    const known = await tokens(id);
    expect(known).toHaveLength(1);
    expect(await setPhone(id, ` 8${phone.slice(2)} `)).toMatchObject({ userId: id, phone });
    expect((await refreshSession(gateway.graphqlUrl, session.refreshToken)).code).toBe('INVALID_REFRESH_TOKEN');
    // The token that the device holds is known no more.
    expect(await tokens(id)).not.toEqual(known);
    expect(
      await database.query('SELECT purpose, phone, "values" FROM notifications WHERE user_id = $1', [id]),
    ).toMatchObject([{ purpose: 'PHONE_CHANGED', phone: old }]);
    expect((await signIn(gateway, { phone })).user.id).toBe(id);
    expect((await signIn(gateway, { phone: old })).user.id).not.toBe(id);
  });

  test('gives a blocked account its phone back, and one whose phone was given to a new user', async () => {
    const [blocked, attacker] = [await signInAs('USER', { gateway, database }), await signIn(gateway)];
    await blockUser(database, blocked.id);
    expect(await setPhone(blocked.id, attacker.user.phone)).toMatchObject({ __typename: 'PhoneTaken' });
    await admin.change('deleteUser', { userId: attacker.user.id }, 'userId');
    expect(await setPhone(blocked.id, attacker.user.phone)).toMatchObject({ phone: attacker.user.phone });
    expect(await row(blocked.id)).toMatchObject({ blocked: true });
    await admin.change('unblockUser', { userId: blocked.id }, 'userId');
    expect((await signIn(gateway, { phone: attacker.user.phone })).user.id).toBe(blocked.id);

    const phone = somePhone();
    const released = await insertUser(database, { releasedPhone: phone });
    await updateUser(database, released, { phone: `released:${released}` });
    expect(await setPhone(released, phone)).toMatchObject({ phone });
    expect(await row(released)).toEqual({ phone, released_phone: null, blocked: false });
    expect(await database.query('SELECT FROM notifications WHERE user_id = $1', [released])).toEqual([]);
  });

  test('is refused for the admin, for a user with a role above the first, and for what is no phone', async () => {
    const manager = await signInAs('MANAGER', { gateway, database });
    for (const { id, session } of [admin, manager]) {
      expect(await setPhone(id, somePhone())).toMatchObject({ code: 'INVALID_INPUT', field: 'userId' });
      expect(await row(id)).toMatchObject({ phone: session.user.phone });
    }
    const user = await signInAs('USER', { gateway, database });
    for (const phone of ['12', '770123456/12'])
      expect(await setPhone(user.id, phone)).toMatchObject({ code: 'INVALID_PHONE_NUMBER' });
    expect(await user.change('setUserPhone', { userId: manager.id, phone: somePhone() })).toEqual({
      code: 'FORBIDDEN',
    });
  });

  test('is refused for 30 days after the user lost a role above the first', async () => {
    const { id, session } = await signInAs('ADMIN', { gateway, database });
    const phone = somePhone();
    const attack = async () => {
      await admin.change('setUserRole', { userId: id, role: 'USER' });
      const answer = await setPhone(id, phone);
      await admin.change('setUserRole', { userId: id, role: 'ADMIN' });
      return answer;
    };
    expect(await attack()).toMatchObject({ code: 'INVALID_INPUT', field: 'userId' });
    expect(await row(id)).toMatchObject({ phone: session.user.phone });
    expect((await signIn(gateway, { phone })).user.id).not.toBe(id);

    await admin.change('setUserRole', { userId: id, role: 'USER' });
    await updateUser(database, id, { createdAt: new Date('2024-01-01T00:00:00Z'), roleChangedAt: '-29 days' });
    expect(await setPhone(id, somePhone())).toMatchObject({ code: 'INVALID_INPUT', field: 'userId' });
    await updateUser(database, id, { roleChangedAt: '-31 days' });
    expect(await setPhone(id, somePhone())).toMatchObject({ userId: id });
  });

  test('gives another phone to a user who was added a moment ago', async () => {
    const { userId } = (await admin.change('addUser', { phone: somePhone() }, 'userId')) as { userId: string };
    expect(await setPhone(userId, somePhone())).toMatchObject({ userId });
  });

  test('fifty times while the user gets a role above the first: never both', async () => {
    const users = await Promise.all(Array.from({ length: 50 }, () => insertUser(database)));
    const outcomes = await Promise.all(
      users.map(async (userId, index) => {
        const setRole = () => admin.change('setUserRole', { userId, role: 'MANAGER' }, 'userId');
        const steps = [() => setPhone(userId, somePhone()), setRole];
        const answers = await Promise.all((index % 2 ? steps : steps.toReversed()).map((step) => step()));
        return answers.map(({ code }) => code ?? 'changed').toSorted();
      }),
    );
    for (const outcome of outcomes) expect(outcome).toEqual(['INVALID_INPUT', 'changed']);
  });

  test('fifty changes to one phone at once: one user gets it, and no session of theirs is left', async () => {
    const users = await Promise.all(Array.from({ length: 50 }, () => insertUser(database)));
    const phone = somePhone();
    const answers = await Promise.all(users.map((id) => setPhone(id, phone)));
    const count = (name: string) => answers.filter(({ __typename }) => __typename === name).length;
    expect([count('AdminUser'), count('PhoneTaken')]).toEqual([1, 49]);
  });
});

describe('setUserRole', () => {
  const setRole = (userId: string, role: string) => admin.change('setUserRole', { userId, role }, 'userId role');
  const roleAt = async (at: TestGateway, { accessToken }: Result) => {
    const response = await fetch(`${at.url}/auth/verify`, { headers: bearer(accessToken) });
    return response.headers.get('x-user-role');
  };

  test('ends the sessions of the user, on every instance, and the next one has the new role', async () => {
    const { session, id, ask } = await signInAs('USER', { gateway, database });
    expect(await setRole(id, ' manager ')).toMatchObject({ userId: id, role: 'MANAGER' });
    expect((await ask('{ me { role } }')).data).toEqual({ me: null });
    await refusedAt(other, session);
    expect((await refreshSession(other.graphqlUrl, session.refreshToken)).__typename).toBe('InvalidRefreshToken');
    expect(await roleAt(other, await signIn(gateway, { phone: session.user.phone }))).toBe('MANAGER');
  });

  test('is refused above the first role for 30 days after an admin or the operator gave the user a phone', async () => {
    const { id } = await signInAs('USER', { gateway, database });
    await admin.change('setUserPhone', { userId: id, phone: somePhone() });
    for (const role of ['MANAGER', 'ADMIN'])
      expect(await setRole(id, role)).toMatchObject({ code: 'INVALID_INPUT', field: 'userId' });
    expect(await setRole(id, 'USER')).toMatchObject({ role: 'USER' });
    await updateUser(database, id, { phoneSetAt: '-29 days' });
    expect(await setRole(id, 'MANAGER')).toMatchObject({ code: 'INVALID_INPUT', field: 'userId' });
    await updateUser(database, id, { phoneSetAt: '-31 days' });
    expect(await setRole(id, 'MANAGER')).toMatchObject({ role: 'MANAGER' });
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
    const promoted = signedInUser(await signIn(gateway, { phone: second.session.user.phone }), gateway);
    expect(await promoted.change('setUserRole', { userId: third.id, role: 'ADMIN' }, 'role')).toMatchObject({
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
