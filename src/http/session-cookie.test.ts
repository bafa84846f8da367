import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { Session } from '../sessions/session.js';
import { NO_COOKIES, createCookieJar, readSessionCookies } from './session-cookie.js';

const REFRESH = '__Host-phonegate-refresh';
const ACCESS = '__Host-phonegate-access';

const read = (cookie?: string) => readSessionCookies({ headers: cookie === undefined ? {} : { cookie } });

function jar(headers: Record<string, string>) {
  const set: string[] = [];
  const response = { setHeader: (_: string, cookies: string[]) => void set.push(...cookies) };
  return {
    set,
    jar: createCookieJar({ headers } as unknown as IncomingMessage, response as unknown as ServerResponse),
  };
}

const session = (seconds: number): Session => ({
  id: '01a1fbea-d38b-7230-b693-afe10cb3e907',
  accessToken: 'access',
  accessTokenExpiresAt: new Date(Date.now() + 600_500),
  refreshToken: 'refresh',
  refreshTokenExpiresAt: new Date(Date.now() + seconds * 1000 + 500),
  user: { id: 'x', phone: '+77010000002', name: null, role: 'USER', locale: null, createdAt: new Date() },
});

describe('the Cookie header', () => {
  test.each<[string | undefined, string | undefined, string | undefined]>([
    [undefined, undefined, undefined],
    ['', undefined, undefined],
    [';;= ;', undefined, undefined],
    [`${REFRESH}=r`, 'r', undefined],
    [`a=b; ${REFRESH}=r;${ACCESS}=a`, 'r', 'a'],
    [`  ${REFRESH} = r ; `, 'r', undefined],
    [`${REFRESH}=`, undefined, undefined],
    [REFRESH, undefined, undefined],
    [`${REFRESH}=a=b=`, 'a=b=', undefined],
    // A browser takes the sign before the second for a letter: a page of a neighbouring host may have set it.
    [`${REFRESH}=r; \u00a0${REFRESH}=other`, 'r', undefined],
    [`x${REFRESH}=r; ${REFRESH}x=r; ${REFRESH.toLowerCase()}=r`, undefined, undefined],
    ['__proto__=x; constructor=y', undefined, undefined],
  ])('%j', (cookie, refreshToken, accessToken) => {
    expect(read(cookie)).toEqual({ refreshToken, accessToken });
  });
});

describe('the jar of a browser', () => {
  const BROWSER = { origin: 'https://app.example.com', 'x-phonegate': '1' };

  test('gives both tokens in cookies that no script reads, for as long as they live', () => {
    const { jar: cookies, set } = jar(BROWSER);
    expect(cookies.give(session(1_000))).toMatchObject({ accessToken: 'access', refreshToken: '' });
    expect(set).toEqual([
      `${REFRESH}=refresh; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=1000`,
      `${ACCESS}=access; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=600`,
    ]);
  });

  test('leaves the session that it was given as it was', () => {
    const whole = session(1_000);
    jar(BROWSER).jar.give(whole);
    expect(whole.refreshToken).toBe('refresh');
  });

  test('never says that a cookie lives less than nothing', () => {
    const { jar: cookies, set } = jar(BROWSER);
    cookies.give(session(-100));
    expect(set[0]).toMatch(/Max-Age=0$/);
  });

  test('takes both away', () => {
    const { jar: cookies, set } = jar(BROWSER);
    cookies.clear();
    expect(set).toEqual([REFRESH, ACCESS].map((name) => `${name}=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0`));
  });

  test.each([
    ['1', true],
    ['', true], // that it is there at all is what another page cannot bring about
    [undefined, false],
  ])('with X-Phonegate %j the refresh token is read: %j', (value, isRead) => {
    const headers = { cookie: `${REFRESH}=r`, ...(value === undefined ? {} : { 'x-phonegate': value }) };
    const ask = () => jar(headers).jar.refreshToken();
    if (isRead) expect(ask()).toBe('r');
    else expect(ask).toThrow(expect.objectContaining({ code: 'CSRF_HEADER_MISSING' }));
  });

  test('without a cookie there is nothing to protect', () => {
    expect(jar({}).jar.refreshToken()).toBeUndefined();
    expect(jar({ cookie: `${ACCESS}=a` }).jar.refreshToken()).toBeUndefined();
  });
});

test('the jar of a client that is no browser sets nothing and leaves the body whole', () => {
  const { jar: cookies, set } = jar({ 'user-agent': 'okhttp/5' });
  expect(cookies.give(session(1_000)).refreshToken).toBe('refresh');
  cookies.clear();
  expect(set).toEqual([]);
});

test('no jar at all keeps nothing', () => {
  expect(NO_COOKIES.give(session(1)).refreshToken).toBe('refresh');
  expect(NO_COOKIES.refreshToken()).toBeUndefined();
});
