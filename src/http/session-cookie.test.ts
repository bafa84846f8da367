import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { Session } from '../sessions/session.js';
import {
  NO_COOKIES,
  cookieNames,
  createCookieJar,
  createDeviceCookieJar,
  readSessionCookies,
} from './session-cookie.js';

const REFRESH = '__Host-phonegate-refresh';
const ACCESS = '__Host-phonegate-access';

const NAMES = cookieNames('');
const read = (cookie?: string) => readSessionCookies({ headers: cookie === undefined ? {} : { cookie } }, NAMES);

function jar(headers: Record<string, string>) {
  const set: string[] = [];
  const response = { setHeader: (_: string, cookies: string[]) => void set.push(...cookies) };
  return {
    set,
    jar: createCookieJar({ headers } as unknown as IncomingMessage, response as unknown as ServerResponse, NAMES),
  };
}

const session = (seconds: number): Session => ({
  id: '01a1fbea-d38b-7230-b693-afe10cb3e907',
  accessToken: 'access',
  accessTokenExpiresAt: new Date(Date.now() + 600_500),
  gatewayToken: () => '',
  refreshToken: 'refresh',
  refreshTokenExpiresAt: new Date(Date.now() + seconds * 1000 + 500),
  user: { id: 'x', phone: '+77010000002', name: null, role: 'USER', locale: null, createdAt: new Date() },
  deviceToken: null,
});

describe('the Cookie header', () => {
  test('keeps the first of two cookies of one name, as other servers do', () => {
    expect(read(`${REFRESH}=first; ${REFRESH}=second`)).toMatchObject({ refreshToken: 'first' });
  });

  test('is not URL-decoded', () => {
    expect(read(`${REFRESH}=a%20b`)).toMatchObject({ refreshToken: 'a%20b' });
  });

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
    // For a browser the character before the second name is part of the name, so a page of a neighbouring host may have set it.
    [`${REFRESH}=r; \u00a0${REFRESH}=other`, 'r', undefined],
    [`x${REFRESH}=r; ${REFRESH}x=r; ${REFRESH.toLowerCase()}=r`, undefined, undefined],
    ['__proto__=x; constructor=y', undefined, undefined],
  ])('%j is read as refresh token %j and access token %j', (cookie, refreshToken, accessToken) => {
    expect(read(cookie)).toEqual({ refreshToken, accessToken });
  });
});

describe('the cookie jar of a browser', () => {
  const BROWSER = { origin: 'https://app.example.com', 'x-phonegate': '1' };

  test('sets both tokens in HttpOnly cookies that expire with the tokens', () => {
    const { jar: cookies, set } = jar(BROWSER);
    expect(cookies.give(session(1_000))).toMatchObject({ accessToken: 'access', refreshToken: '' });
    expect(set).toEqual([
      `${REFRESH}=refresh; Max-Age=1000; Path=/; HttpOnly; Secure; SameSite=Lax`,
      `${ACCESS}=access; Max-Age=600; Path=/; HttpOnly; Secure; SameSite=Lax`,
    ]);
  });

  test('does not change the session object that it is given', () => {
    const whole = session(1_000);
    jar(BROWSER).jar.give(whole);
    expect(whole.refreshToken).toBe('refresh');
  });

  test('sets Max-Age to 0, never below, for a session that has expired', () => {
    const { jar: cookies, set } = jar(BROWSER);
    cookies.give(session(-100));
    expect(set[0]).toMatch(/; Max-Age=0; Path/);
  });

  test('removes both cookies on clear', () => {
    const { jar: cookies, set } = jar(BROWSER);
    cookies.clear();
    expect(set).toEqual([REFRESH, ACCESS].map((name) => `${name}=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax`));
  });

  test.each([
    ['1', true],
    ['', true], // the presence of the header is what another page cannot fake
    [undefined, false],
  ])('with the header X-Phonegate %j it reads the refresh token of the cookie: %j', (value, isRead) => {
    const headers = { cookie: `${REFRESH}=r`, ...(value === undefined ? {} : { 'x-phonegate': value }) };
    const ask = () => jar(headers).jar.refreshToken();
    if (isRead) expect(ask()).toBe('r');
    else expect(ask).toThrow(expect.objectContaining({ code: 'CSRF_HEADER_MISSING' }));
  });

  test('without a refresh cookie it needs no X-Phonegate header', () => {
    expect(jar({}).jar.refreshToken()).toBeUndefined();
    expect(jar({ cookie: `${ACCESS}=a` }).jar.refreshToken()).toBeUndefined();
  });
});

test('the cookie jar of a client that is not a browser sets no cookie and leaves the refresh token in the body', () => {
  const { jar: cookies, set } = jar({ 'user-agent': 'okhttp/5' });
  expect(cookies.give(session(1_000)).refreshToken).toBe('refresh');
  cookies.clear();
  expect(set).toEqual([]);
});

test('with SESSION_COOKIE off no cookie is read or set, and the refresh token stays in the body', () => {
  expect(NO_COOKIES.give(session(1)).refreshToken).toBe('refresh');
  expect(NO_COOKIES.refreshToken()).toBeUndefined();
});

describe('the cookie of the device', () => {
  const DEVICE = '__Host-phonegate-device';
  const signedIn = { ...session(1_000), deviceToken: 'device' };

  function deviceJar(headers: Record<string, string>, createJar: typeof createCookieJar) {
    const set: string[] = [];
    const response = { setHeader: (_: string, cookies: string[]) => void set.push(...cookies) };
    const cookies = createJar({ headers } as unknown as IncomingMessage, response as unknown as ServerResponse, NAMES);
    return { set, cookies };
  }

  test('is set next to those of the session, and lives for 180 days', () => {
    const { set, cookies } = deviceJar({ origin: 'https://app.example.com' }, createCookieJar);
    expect(cookies.give(signedIn)).toMatchObject({ deviceToken: null, refreshToken: '' });
    expect(set).toHaveLength(3);
    expect(set[2]).toMatch(`${DEVICE}=device; Max-Age=${180 * 86_400}; Path=/; HttpOnly; Secure; SameSite=Lax`);
  });

  test('is the only one with SESSION_COOKIE off, on pages of the own origin', () => {
    const { set, cookies } = deviceJar({ 'sec-fetch-site': 'same-origin' }, createDeviceCookieJar);
    expect(cookies.give(signedIn)).toMatchObject({ deviceToken: null, refreshToken: 'refresh' });
    expect(set).toHaveLength(1);
    expect(set[0]).toContain(`${DEVICE}=device;`);
  });

  test.each(['cross-site', 'same-site', undefined])(
    'is not set for Sec-Fetch-Site %s: the body has the token',
    (site) => {
      const { set, cookies } = deviceJar(site ? { 'sec-fetch-site': site } : {}, createDeviceCookieJar);
      expect(cookies.give(signedIn)).toMatchObject({ deviceToken: 'device' });
      expect(set).toEqual([]);
    },
  );

  test('stays after a refresh and a sign-out', () => {
    const { set, cookies } = deviceJar({ 'x-phonegate': '1' }, createCookieJar);
    cookies.give(session(1_000));
    cookies.clear();
    expect(set.join()).not.toContain(DEVICE);
  });

  test.each([createCookieJar, createDeviceCookieJar])('is read without the CSRF header', (createJar) => {
    expect(deviceJar({ cookie: `${DEVICE}=device` }, createJar).cookies.deviceToken()).toBe('device');
    expect(deviceJar({}, createJar).cookies.deviceToken()).toBeUndefined();
  });
});
