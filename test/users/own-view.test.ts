import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Result, call, refreshSession, requestOtp, somePhone, verifyOtp } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { ageSession, expireIdleSession, expireSession, updateSession } from '../support/rows.js';
import {
  act,
  auditOf,
  bearer,
  revokeOtherSessions,
  revokeSession,
  signIn,
  signOut,
  whoAmI,
} from '../support/sign-in.js';

const CHROME =
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36';

let database: TestDatabase;
let gateway: TestGateway;
let proxied: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url };
  [gateway, proxied] = await Promise.all([
    startGateway(env),
    startGateway({ ...env, TRUSTED_PROXY_HOPS: '1', CLIENT_LOCATION_HEADER: 'CF-IPCity' }),
  ]);
});
afterAll(async () => {
  await Promise.all([gateway.stop(), proxied.stop()]);
  await database.drop();
});

interface Info {
  id: string;
  device: string;
  ipAddress: string | null;
  location: string | null;
  startedAt: string;
  lastSeenAt: string;
  expiresAt: string;
  current: boolean;
}

async function sessionsOf(at: TestGateway, { gatewayToken }: Result): Promise<Info[]> {
  const { data, errors } = await call<{ mySessions: Info[] }>(
    { url: at.graphqlUrl, headers: bearer(gatewayToken) },
    '{ mySessions { id: sessionId device ipAddress location startedAt lastSeenAt expiresAt current } }',
    {},
  );
  if (!data) throw new Error(JSON.stringify(errors));
  return data.mySessions;
}

/** A user on two devices, and another user. */
async function signInThree() {
  const here = await signIn(gateway);
  return { here, there: await signIn(gateway, { phone: here.user.phone }), otherUser: await signIn(gateway) };
}

const events = async ({ user }: Result) =>
  (await auditOf(database, user.id)).filter(({ event }) => event.startsWith('session.') || event.startsWith('user.'));

describe('a request without a token', () => {
  test.each(['{ me { id } }', '{ mySessions { id } }'])('%s is refused', async (query) => {
    const { data, errors } = await call<object | null>(gateway.graphqlUrl, query);
    expect([data, errors?.[0]?.extensions?.code]).toEqual([
      query.includes('me {') ? { me: null } : null,
      'UNAUTHENTICATED',
    ]);
  });

  test.each([
    ['revokeSession', { input: { sessionId: 'x' }, type: 'RevokeSessionInput' }],
    ['revokeOtherSessions', {}],
    ['updateMe', { input: { name: 'x' }, type: 'UpdateMeInput' }],
    ['requestPhoneChange', { input: { phone: '+77010000002' }, type: 'RequestOtpInput' }],
    ['confirmPhoneChange', { input: { attemptId: 'x', secret: 'x', code: 'x' }, type: 'VerifyOtpInput' }],
  ])('%s is refused', async (field, what) => {
    expect(await act(gateway, field, { token: 'x', ...what })).toEqual({ code: 'UNAUTHENTICATED' });
  });
});

test('an expired session is refused, although it was not revoked', async () => {
  const session = await signIn(gateway);
  await expireSession(database, session.id);
  expect(await whoAmI(gateway, session.accessToken)).toBe('UNAUTHENTICATED');
});

test('an access token does not outlive its session', async () => {
  const session = await signIn(gateway);
  await updateSession(database, session.id, { expiresAt: '1 minute' });
  const { accessToken } = await refreshSession(gateway.graphqlUrl, session.refreshToken);
  expect(decodeJwt(accessToken).exp).toBeLessThanOrEqual(Date.now() / 1000 + 61);
});

describe('mySessions', () => {
  test('lists the sessions of the user with the current one marked and the time of last use', async () => {
    const phone = somePhone();
    const before = Date.now();
    const first = await signIn(proxied, { phone });
    const attempt = await requestOtp(
      proxied.graphqlUrl,
      { phone },
      { 'user-agent': CHROME, 'x-forwarded-for': '198.51.100.9, 203.0.113.7', 'cf-ipcity': 'Almaty' },
    );
    const second = await verifyOtp(proxied.graphqlUrl, { ...attempt, code: proxied.codeOf(attempt.attemptId) });
    const sessions = await sessionsOf(proxied, second);
    expect(sessions).toMatchObject([
      { id: second.id, device: 'Chrome, Android', ipAddress: '203.0.113.7', location: 'Almaty', current: true },
      { id: first.id, location: null, current: false },
    ]);
    for (const { startedAt, lastSeenAt, expiresAt } of sessions) {
      expect(Date.parse(startedAt)).toBeGreaterThan(before - 1_000);
      expect(Date.parse(startedAt)).toBeLessThan(Date.now() + 1_000);
      expect(lastSeenAt).toBe(startedAt);
      expect((Date.parse(expiresAt) - Date.now()) / 86_400_000).toBeCloseTo(14, 2);
    }
    for (const { id } of [first, second]) await ageSession(database, id, '1 day');
    await refreshSession(proxied.graphqlUrl, first.refreshToken);
    const [top] = await sessionsOf(proxied, second);
    expect(top?.id).toBe(first.id);
    expect(Date.parse(top?.lastSeenAt ?? '') - Date.parse(top?.startedAt ?? '')).toBeGreaterThan(86_000_000);
  });

  test('ignores a location that does not come from a trusted proxy', async () => {
    const phone = somePhone();
    const session = await signIn(gateway, {
      phone,
      headers: { 'cf-ipcity': 'Atlantis', 'x-forwarded-for': '203.0.113.7' },
    });
    expect(await sessionsOf(gateway, session)).toMatchObject([{ location: null, ipAddress: '127.0.0.1' }]);
  });

  test('shortens a location to 64 characters, and treats an empty one as missing', async () => {
    const phone = somePhone();
    await signIn(proxied, { phone, headers: { 'cf-ipcity': 'x'.repeat(100) } });
    const session = await signIn(proxied, { phone, headers: { 'cf-ipcity': '' } });
    expect((await sessionsOf(proxied, session)).map(({ location }) => location)).toEqual([null, 'x'.repeat(64)]);
  });

  test('leaves out sessions that are revoked, idle for too long or too old', async () => {
    const own = await signIn(gateway);
    const { phone } = own.user;
    const [revoked, idle, old] = [
      await signIn(gateway, { phone }),
      await signIn(gateway, { phone }),
      await signIn(gateway, { phone }),
    ];
    await signOut(gateway, revoked.gatewayToken);
    await expireIdleSession(database, idle.id);
    await expireSession(database, old.id);
    expect((await sessionsOf(gateway, own)).map(({ id }) => id)).toEqual([own.id]);
  });

  test('lists no session of another user', async () => {
    const { here, there, otherUser } = await signInThree();
    expect((await sessionsOf(gateway, here)).map(({ id }) => id).toSorted()).toEqual([here.id, there.id].toSorted());
    expect((await sessionsOf(gateway, otherUser)).map(({ id }) => id)).toEqual([otherUser.id]);
  });
});

describe('revokeSession', () => {
  test('ends a session of the user, and records the actor', async () => {
    const { here, there } = await signInThree();
    expect(await revokeSession(gateway, here.gatewayToken, there.id)).toEqual({
      __typename: 'SessionRevoked',
      sessionId: there.id,
    });
    expect(await whoAmI(gateway, there.accessToken)).toBe('UNAUTHENTICATED');
    expect(await whoAmI(gateway, here.accessToken)).toBe(here.user.phone);
    expect(await events(here)).toMatchObject([
      { event: 'session.revoked', actor: here.user.id, session_id: there.id, details: { reason: 'revoked' } },
    ]);
  });

  test('can end the session of the request', async () => {
    const { here } = await signInThree();
    await revokeSession(gateway, here.gatewayToken, here.id);
    expect(await whoAmI(gateway, here.accessToken)).toBe('UNAUTHENTICATED');
  });

  test('does not find the session of another user, and leaves it open', async () => {
    const { here, otherUser } = await signInThree();
    expect(await revokeSession(gateway, here.gatewayToken, otherUser.id)).toMatchObject({ code: 'SESSION_NOT_FOUND' });
    expect(await whoAmI(gateway, otherUser.accessToken)).toBe(otherUser.user.phone);
    expect((await refreshSession(gateway.graphqlUrl, otherUser.refreshToken)).__typename).toBe('Session');
    expect(await events(otherUser)).toEqual([]);
  });

  test.each(['', 'x', "' OR true --", '\0', '00000000-0000-7000-8000-000000000000', 'x'.repeat(1_000)])(
    'of "%s" is not found',
    async (sessionId) => {
      const { gatewayToken } = await signIn(gateway);
      expect(await revokeSession(gateway, gatewayToken, sessionId)).toMatchObject({
        __typename: 'SessionNotFound',
        code: 'SESSION_NOT_FOUND',
      });
    },
  );

  test('does not find a session that it has ended, and records the end once', async () => {
    const { here, there } = await signInThree();
    await revokeSession(gateway, here.gatewayToken, there.id);
    expect(await revokeSession(gateway, here.gatewayToken, there.id)).toMatchObject({ code: 'SESSION_NOT_FOUND' });
    expect(await events(here)).toHaveLength(1);
  });
});

describe('revokeOtherSessions', () => {
  test('keeps the session of the request, and returns the number of ended sessions', async () => {
    const { here, there, otherUser } = await signInThree();
    const third = await signIn(gateway, { phone: here.user.phone });
    expect(await revokeOtherSessions(gateway, here.gatewayToken)).toEqual({
      __typename: 'OtherSessionsRevoked',
      count: 2,
    });
    expect(
      await Promise.all([here, there, third, otherUser].map(({ accessToken }) => whoAmI(gateway, accessToken))),
    ).toEqual([here.user.phone, 'UNAUTHENTICATED', 'UNAUTHENTICATED', otherUser.user.phone]);
    const [row, ...more] = await events(here);
    expect(more).toEqual([]);
    expect(row).toMatchObject({ event: 'session.revoked', actor: here.user.id, details: { reason: 'revoked' } });
    expect([...((row?.details?.['sessions'] ?? []) as string[])].toSorted()).toEqual([there.id, third.id].toSorted());
  });

  test('ends no session if there is no other one, and leaves no audit entry', async () => {
    const alone = await signIn(gateway);
    expect(await revokeOtherSessions(gateway, alone.gatewayToken)).toMatchObject({ count: 0 });
    expect(await events(alone)).toEqual([]);
  });
});

test('signOut leaves one audit entry with the user as actor, also when it is repeated', async () => {
  const session = await signIn(gateway);
  for (let time = 0; time < 3; time += 1)
    expect(await signOut(gateway, session.gatewayToken)).toEqual({ __typename: 'SignedOut', sessionId: session.id });
  expect(await events(session)).toMatchObject([
    { event: 'session.revoked', actor: session.user.id, session_id: session.id, details: { reason: 'signed_out' } },
  ]);
});

describe('updateMe', () => {
  interface Profile {
    name: string | null;
    locale: string | null;
    field?: string;
  }
  const FIELDS = '... on User { name locale } ... on Error { code message } ... on InvalidInput { field }';
  const update = (token: string, input: object) =>
    act<Profile & { message?: string }>(gateway, 'updateMe', {
      token,
      input,
      type: 'UpdateMeInput',
      fields: FIELDS,
    });

  test('changes the given fields and no others; null removes a value', async () => {
    const session = await signIn(gateway);
    const steps: [object, Partial<Profile>][] = [
      [
        { name: '  Айгүл \t Сәрсенова ', locale: 'kk' },
        { name: 'Айгүл Сәрсенова', locale: 'kk' },
      ],
      [{ locale: 'RU' }, { name: 'Айгүл Сәрсенова', locale: 'ru' }],
      [{ name: 'می\u200Cخواهم' }, { name: 'می\u200Cخواهم', locale: 'ru' }],
      [{ locale: null }, { name: 'می\u200Cخواهم', locale: null }],
      [{ name: null }, { name: null, locale: null }],
      [{ name: 'x'.repeat(100) }, { name: 'x'.repeat(100) }],
      [{ name: '👩‍👩‍👧' }, { name: '👩‍👩‍👧' }],
      [{ name: '\uFEFFByte order mark' }, { name: 'Byte order mark' }],
      [{ name: 'e\u0301' }, { name: '\u00E9' }],
    ];
    for (const [input, expected] of steps)
      expect(await update(session.gatewayToken, input)).toMatchObject({ __typename: 'User', ...expected });
    const { data } = await call<{ me: Profile }>(
      { url: gateway.graphqlUrl, headers: bearer(session.accessToken) },
      '{ me { name locale } }',
      {},
    );
    expect(data.me).toEqual({ name: '\u00E9', locale: null });
  });

  test.each<[string, object, string]>([
    ['no name', { name: '' }, 'name'],
    ['spaces only', { name: ' \u00A0\u3000 ' }, 'name'],
    ['101 characters', { name: 'x'.repeat(101) }, 'name'],
    ['a NUL', { name: 'a\0b' }, 'name'],
    ['a bell', { name: 'a\u0007b' }, 'name'],
    ['a right-to-left override', { name: 'Adm\u202Enimda' }, 'name'],
    ['a zero-width space', { name: 'Ad\u200Bmin' }, 'name'],
    ['a soft hyphen', { name: 'Ad\u00ADmin' }, 'name'],
    ['half a surrogate pair', { name: 'a\uD83D' }, 'name'],
    ['joiners and nothing to join', { name: '\u200C\u200D' }, 'name'],
    ['a filler that looks like nothing', { name: '\u3164' }, 'name'],
    ['a language we do not speak', { locale: 'de' }, 'locale'],
    ['no language', { locale: '' }, 'locale'],
    ['a language and more', { locale: 'ru-RU' }, 'locale'],
  ])('refuses %s, and names the field', async (_, input, field) => {
    const session = await signIn(gateway);
    await update(session.gatewayToken, { name: 'As before', locale: 'ky' });
    expect(await update(session.gatewayToken, input)).toMatchObject({
      __typename: 'InvalidInput',
      code: 'INVALID_INPUT',
      field,
    });
    expect(await update(session.gatewayToken, {})).toMatchObject({ name: 'As before', locale: 'ky' });
  });

  test('leaves an audit entry with the changed fields and the actor, without the values', async () => {
    const session = await signIn(gateway);
    await update(session.gatewayToken, { name: 'Secret Name' });
    const rows = await events(session);
    expect(rows).toMatchObject([
      { event: 'user.updated', actor: session.user.id, details: { name: true, locale: false } },
    ]);
    expect(JSON.stringify(rows)).not.toContain('Secret Name');
  });

  test('changes no other user, and accepts neither phone nor role', async () => {
    const { here, otherUser } = await signInThree();
    await update(here.gatewayToken, { name: 'Here' });
    expect(await database.query('SELECT name FROM users WHERE id = $1', [otherUser.user.id])).toEqual([{ name: null }]);
    for (const input of [{ role: 'ADMIN' }, { phone: '+77010000002' }, { id: otherUser.user.id }])
      expect((await update(here.gatewayToken, input)).code).toBe('BAD_REQUEST');
  });
});
