import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Result, refreshSession } from '../support/calls.js';
import { layCable } from '../support/cable.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { blockUser, endSession, expireIdleSession, expireSession, setUserRole } from '../support/rows.js';
import { bearer, graceHasPassed, signIn } from '../support/sign-in.js';

const ACCESS = '__Host-phonegate-access';
const REFRESH = '__Host-phonegate-refresh';

let database: TestDatabase;
let gateway: TestGateway;
let session: Result;

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url, SESSION_COOKIE: 'on' });
  session = await signIn(gateway);
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

async function verify(headers: Record<string, string>, { path = '/auth/verify', method = 'GET', at = gateway } = {}) {
  const response = await fetch(`${at.url}${path}`, { method, headers });
  await response.arrayBuffer();
  const identityHeaders = Object.fromEntries(
    [...response.headers].filter(([name]) => name.startsWith('x-') && name !== 'x-content-type-options'),
  );
  return { status: response.status, identityHeaders, headers: response.headers };
}
const cookie = (parts: Record<string, string>) => ({
  cookie: Object.entries(parts)
    .map(([name, value]) => `${name}=${value}`)
    .join('; '),
});
const identity = ({ id, user }: Result) => ({
  'x-user-id': user.id,
  'x-user-role': user.role,
  'x-user-phone': user.phone,
  'x-session-id': id,
});
const expired = 'eyJhbGciOiJFZERTQSJ9.e30.AAAA';

describe('a good access token', () => {
  test('is answered with the user, role, phone and session in four headers', async () => {
    const { status, identityHeaders, headers } = await verify(bearer(session.accessToken));
    expect([status, identityHeaders]).toEqual([200, identity(session)]);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.getSetCookie()).toEqual([]);
  });

  test('overwrites headers of these names that the client sent', async () => {
    const forged = { 'x-user-id': 'me', 'x-user-role': 'ADMIN', 'x-user-phone': '+1', 'x-session-id': 'mine' };
    expect((await verify({ ...forged, ...bearer(session.accessToken) })).identityHeaders).toEqual(identity(session));
    expect(await verify(forged)).toMatchObject({ status: 401, identityHeaders: {} });
  });

  test.each([
    ['/auth/verify/', 'GET'],
    ['/auth/verify/the/path/that/envoy/asks/about?a=b', 'GET'],
    ['/auth/verify?x=1', 'GET'],
    ['/auth/verify', 'HEAD'],
    ['/auth/verify', 'POST'],
    ['/auth/verify', 'DELETE'],
    ['/auth/verify', 'OPTIONS'],
  ])('is accepted with every form of proxy request: %s %s', async (path, method) => {
    expect((await verify(bearer(session.accessToken), { path, method })).status).toBe(200);
    expect((await verify({}, { path, method })).status).toBe(401);
  });

  test('is accepted with its scheme in upper or lower case', async () => {
    for (const scheme of ['bearer', 'BEARER', 'Bearer '])
      expect((await verify({ authorization: `${scheme} ${session.accessToken}` })).status).toBe(200);
  });

  test('is accepted from the cookie too', async () => {
    expect(await verify(cookie({ a: 'b', [ACCESS]: session.accessToken }))).toMatchObject({
      status: 200,
      identityHeaders: identity(session),
    });
  });
});

describe('a request without a valid token', () => {
  test.each<[string, () => Record<string, string>]>([
    ['shows nothing', () => ({})],
    ['shows an empty token', () => ({ authorization: 'Bearer ' })],
    ['shows junk', () => bearer('x')],
    ['shows a token without its scheme', () => ({ authorization: session.accessToken })],
    ['shows a password', () => ({ authorization: `Basic ${btoa(`user:${session.accessToken}`)}` })],
    ['shows two', () => ({ authorization: `Bearer ${session.accessToken} ${session.accessToken}` })],
    ['shows a refresh token', () => bearer(session.refreshToken)],
    [
      'has a cookie of another name',
      () => cookie({ access: session.accessToken, 'phonegate-access': session.accessToken }),
    ],
    ['has a cookie with junk', () => cookie({ [ACCESS]: 'x', [REFRESH]: 'x' })],
    ['has them the wrong way round', () => cookie({ [ACCESS]: session.refreshToken, [REFRESH]: session.accessToken })],
    // A client that sends a token means that token. A cookie, which browsers add automatically, must not replace it.
    ['shows junk beside a good cookie', () => ({ ...bearer('x'), ...cookie({ [ACCESS]: session.accessToken }) })],
    [
      'shows a password beside a good cookie',
      () => ({ authorization: 'Basic eDp4', ...cookie({ [ACCESS]: session.accessToken }) }),
    ],
  ])('%s: 401, without any header of a user', async (_, headers) => {
    const answer = await verify(headers());
    expect([answer.status, answer.identityHeaders]).toEqual([401, {}]);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });
});

describe('a browser whose access token has expired', () => {
  test('is identified by the refresh token in its cookie, which is not used up', async () => {
    const own = await signIn(gateway);
    for (const parts of [{ [REFRESH]: own.refreshToken }, { [ACCESS]: expired, [REFRESH]: own.refreshToken }])
      expect(await verify(cookie(parts))).toMatchObject({ status: 200, identityHeaders: identity(own) });
    expect((await refreshSession(gateway.graphqlUrl, own.refreshToken)).__typename).toBe('Session');
  });

  test('in a second tab is identified by the previous refresh token for 20 s; later it is refused, and the session is not revoked', async () => {
    const own = await signIn(gateway);
    const child = await refreshSession(gateway.graphqlUrl, own.refreshToken);
    expect((await verify(cookie({ [REFRESH]: own.refreshToken }))).status).toBe(200);
    await graceHasPassed(database, own.id);
    expect((await verify(cookie({ [REFRESH]: own.refreshToken }))).status).toBe(401);
    expect((await verify(cookie({ [REFRESH]: child.refreshToken }))).status).toBe(200);
    expect(gateway.log.filter((line) => line.event === 'session.theft' && line['sessionId'] === own.id)).toEqual([]);
    expect((await refreshSession(gateway.graphqlUrl, child.refreshToken)).__typename).toBe('Session');
  });

  test.each<[string, (own: Result) => Promise<unknown>]>([
    ['was revoked', ({ id }) => endSession(database, id)],
    ['was idle for too long', ({ id }) => expireIdleSession(database, id)],
    ['is too old', ({ id }) => expireSession(database, id)],
    ['is of a blocked user', ({ user }) => blockUser(database, user.id)],
  ])('is refused when its session %s', async (_, change) => {
    const own = await signIn(gateway);
    await change(own);
    expect((await verify(cookie({ [REFRESH]: own.refreshToken }))).status).toBe(401);
  });

  test('gets the present role and phone of the user', async () => {
    const own = await signIn(gateway);
    await setUserRole(database, own.user.id, 'MANAGER');
    expect((await verify(cookie({ [REFRESH]: own.refreshToken }))).identityHeaders).toMatchObject({
      'x-user-role': 'MANAGER',
    });
  });
});

test('a valid access token needs no query: it is accepted while the database is down, and a refresh token is not', async () => {
  const cable = await layCable(database.url);
  const cut = await startGateway({ DATABASE_URL: cable.url, SESSION_COOKIE: 'on' });
  await cable.pull();
  expect((await verify(bearer(session.accessToken), { at: cut })).status).toBe(200);
  expect((await verify(cookie({ [ACCESS]: session.accessToken }), { at: cut })).status).toBe(200);
  expect((await verify(bearer('x'), { at: cut })).status).toBe(401);
  // Neither 401, which would sign users out, nor 200.
  expect((await verify(cookie({ [REFRESH]: session.refreshToken }), { at: cut })).status).toBe(503);
  await cable.plugIn();
  await cut.stop();
  await cable.close();
});
