import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Result,
  SESSION,
  deliverWebhook,
  incomingText,
  requestOtp,
  somePhone,
  startWhatsAppLogin,
} from '../support/calls.js';
import { openFrames } from '../support/frames.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { bearer, signIn, whoAmI } from '../support/sign-in.js';

const ORIGIN = 'https://app.example.com';
/** The headers that a page of ours sends. */
const BROWSER = { origin: ORIGIN, 'x-phonegate': '1' };
const REFRESH = '__Host-phonegate-refresh';
const ACCESS = '__Host-phonegate-access';
const DEVICE = '__Host-phonegate-device';

let database: TestDatabase;
let gateway: TestGateway;
let plain: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url, PUBLIC_URL: 'https://login.example.com', ALLOWED_ORIGINS: ORIGIN };
  [gateway, plain] = await Promise.all([startGateway({ ...env, SESSION_COOKIE: 'on' }), startGateway(env)]);
});
afterAll(async () => {
  await Promise.all([gateway.stop(), plain.stop()]);
  await database.drop();
});

interface Answer {
  result: Result | undefined;
  code: string | undefined;
  headers: Headers;
  /** The cookies that are set, by name, each with its attributes. */
  set: Record<string, { value: string; attributes: string[] }>;
}

async function post(
  on: TestGateway,
  query: string,
  { input = {}, headers = {} }: { input?: object; headers?: Record<string, string> },
): Promise<Answer> {
  const response = await fetch(on.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables: { input } }),
  });
  const { data, errors } = (await response.json()) as {
    data: Record<string, Result> | null;
    errors?: { extensions: { code: string } }[];
  };
  const set = response.headers.getSetCookie().map((line) => {
    const [pair = '', ...attributes] = line.split('; ');
    const [name = '', value = ''] = pair.split('=');
    return [name, { value, attributes }] as const;
  });
  return {
    result: data ? Object.values(data)[0] : undefined,
    code: errors?.[0]?.extensions.code,
    headers: response.headers,
    set: Object.fromEntries(set),
  };
}

const REFRESH_QUERY = `mutation ($input: RefreshSessionInput) { refreshSession(input: $input) { __typename ${SESSION} ... on Error { code } } }`;
const refresh = (headers: Record<string, string>, input: object = {}, on = gateway) =>
  post(on, REFRESH_QUERY, { input, headers });
const signOut = (headers: Record<string, string>) =>
  post(gateway, 'mutation { signOut { __typename ... on SignedOut { sessionId } } }', { headers });

async function verify(headers: Record<string, string>, on = gateway): Promise<Answer> {
  const { attemptId, secret } = await requestOtp(on.graphqlUrl, { phone: somePhone() });
  const query = `mutation ($input: VerifyOtpInput!) { verifyOtp(input: $input) { __typename ${SESSION} } }`;
  return post(on, query, { input: { attemptId, secret, code: on.codeOf(attemptId) }, headers });
}

async function claim(headers: Record<string, string>): Promise<Answer> {
  const { attemptId, secret, loginMessage } = await startWhatsAppLogin(gateway.graphqlUrl);
  await deliverWebhook(gateway.url, incomingText(loginMessage, somePhone()));
  const query = `mutation ($input: ClaimLoginInput!) { claimLogin(input: $input) { __typename ${SESSION} } }`;
  return post(gateway, query, { input: { attemptId, secret }, headers });
}

/** The Cookie header of a browser that has stored these cookies. */
const kept = ({ set }: Answer) => ({
  cookie: Object.entries(set)
    .map(([name, { value }]) => `${name}=${value}`)
    .join('; '),
});
const maxAge = (attributes: string[] = []) => Number(attributes.find((one) => one.startsWith('Max-Age='))?.slice(8));

/** Checks both cookies, set as browsers require for `__Host-`, and that scripts cannot read a refresh token. */
function isGiven({ result, set, headers }: Answer): void {
  expect(result).toMatchObject({ __typename: 'Session', refreshToken: '' });
  expect(
    Object.keys(set)
      .filter((name) => name !== DEVICE)
      .toSorted(),
  ).toEqual([ACCESS, REFRESH]);
  for (const { attributes } of Object.values(set))
    expect(attributes.filter((one) => !one.startsWith('Max-Age='))).toEqual([
      'Path=/',
      'HttpOnly',
      'Secure',
      'SameSite=Lax',
    ]);
  expect(set[ACCESS]?.value).toBe(result?.accessToken);
  expect(set[REFRESH]?.value).toMatch(/^[\w-]{91}$/);
  expect(maxAge(set[ACCESS]?.attributes)).toBeGreaterThan(590);
  expect(maxAge(set[ACCESS]?.attributes)).toBeLessThanOrEqual(600);
  expect(maxAge(set[REFRESH]?.attributes) / 86_400).toBeCloseTo(14, 2);
  expect(headers.get('cache-control')).toBe('no-store');
}

describe('a browser', () => {
  test('receives its session in cookies from verifyOtp, and again from refreshSession', async () => {
    const given = await verify(BROWSER);
    isGiven(given);
    const next = await refresh({ ...BROWSER, ...kept(given) });
    isGiven(next);
    expect(next.result?.id).toBe(given.result?.id);
    expect(next.set[REFRESH]?.value).not.toBe(given.set[REFRESH]?.value);
    isGiven(await refresh({ ...BROWSER, ...kept(next) }));
  });

  test('receives its session in cookies from claimLogin', async () => isGiven(await claim(BROWSER)));

  test('is recognized by Origin, or by X-Phonegate alone on the gateway’s own host', async () => {
    isGiven(await verify({ origin: ORIGIN }));
    isGiven(await verify({ 'x-phonegate': '1' }));
  });

  test('gets the same cookie in two tabs that refresh at once', async () => {
    const given = await verify(BROWSER);
    const tabs = await Promise.all([0, 1, 2].map(() => refresh({ ...BROWSER, ...kept(given) })));
    tabs.forEach(isGiven);
    expect(new Set(tabs.map(({ set }) => set[REFRESH]?.value)).size).toBe(1);
  });

  test('loses both cookies by signOut, authenticated by the cookie alone', async () => {
    const given = await verify(BROWSER);
    const out = await signOut({ ...BROWSER, ...kept(given) });
    expect(out.result).toEqual({ __typename: 'SignedOut', sessionId: given.result?.id });
    for (const name of [ACCESS, REFRESH]) {
      expect(out.set[name]?.value).toBe('');
      expect(out.set[name]?.attributes).toEqual(['Max-Age=0', 'Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax']);
    }
    expect((await refresh({ ...BROWSER, ...kept(given) })).result?.__typename).toBe('InvalidRefreshToken');
    // A second sign-out is not an error; the cookie is removed again.
    expect((await signOut({ ...BROWSER, ...kept(given) })).set[REFRESH]?.value).toBe('');
  });

  test('loses both cookies by signOut also when the refresh cookie cannot be read', async () => {
    const out = await signOut({ ...BROWSER, cookie: `${REFRESH}=${'A'.repeat(70)}; ${ACCESS}=still.good.perhaps` });
    expect(out.code).toBe('UNAUTHENTICATED');
    for (const name of [ACCESS, REFRESH]) expect(out.set[name]?.value).toBe('');
  });

  test('with an unknown refresh cookie is refused, and gets no new cookie', async () => {
    const { result, set } = await refresh({ ...BROWSER, cookie: `${REFRESH}=${'A'.repeat(70)}` });
    expect(result?.__typename).toBe('InvalidRefreshToken');
    expect(set).toEqual({});
  });

  test('is recognized among other cookies', async () => {
    const given = await verify(BROWSER);
    const cookie = `a=b; ${REFRESH}x=1; ;=; ${kept(given).cookie};theme="dark"; ${ACCESS}`;
    expect((await refresh({ ...BROWSER, cookie })).result?.__typename).toBe('Session');
  });
});

describe('the cookie without X-Phonegate, as a page of another origin can send it', () => {
  test.each<[string, Record<string, string>]>([
    ['from a page', { origin: ORIGIN }],
    ['from who knows where', {}],
  ])('is refused for refreshSession, and the token is not rotated (%s)', async (_, headers) => {
    const given = await verify(BROWSER);
    const refused = await refresh({ ...headers, ...kept(given) });
    expect([refused.code, refused.result ?? undefined, refused.set]).toEqual(['CSRF_HEADER_MISSING', undefined, {}]);
    expect(await database.query('SELECT refresh_counter FROM sessions WHERE id = $1', [given.result?.id])).toEqual([
      { refresh_counter: 0 },
    ]);
    expect((await refresh({ ...BROWSER, ...kept(given) })).result?.__typename).toBe('Session');
  });

  test('is refused for signOut, and the session stays open', async () => {
    const given = await verify(BROWSER);
    const refused = await signOut({ origin: ORIGIN, ...kept(given) });
    expect([refused.code, refused.set]).toEqual(['CSRF_HEADER_MISSING', {}]);
    expect((await refresh({ ...BROWSER, ...kept(given) })).result?.__typename).toBe('Session');
  });

  test.each(['{ me { id } }', '{ mySessions { id } }', 'mutation { revokeOtherSessions { __typename } }'])(
    'is refused for %s; with the header it stands for a gateway token',
    async (query) => {
      const given = await verify(BROWSER);
      const send = (headers: Record<string, string>) =>
        post(gateway, query, { headers: { ...headers, ...kept(given) } });
      expect((await send({ origin: ORIGIN })).code).toBe('CSRF_HEADER_MISSING');
      expect((await send(BROWSER)).code).toBeUndefined();
    },
  );

  test('does not authenticate a WebSocket', async () => {
    const given = await verify(BROWSER);
    const frames = await openFrames(gateway.socketUrl, { headers: { ...BROWSER, ...kept(given) } });
    frames.send({ type: 'subscribe', id: '1', payload: { query: '{ me { id } }' } });
    const [answer] = await frames.until(({ type }) => type === 'next' || type === 'error');
    expect(JSON.stringify(answer)).toContain('UNAUTHENTICATED');
    frames.socket.close();
  });
});

describe('a client that is not a browser', () => {
  test('gets its tokens in the body and no cookie', async () => {
    const given = await verify({});
    expect(given.result?.refreshToken).toMatch(/^[\w-]{91}$/);
    const next = await refresh({}, { refreshToken: given.result?.refreshToken });
    expect(next.result).toMatchObject({ __typename: 'Session', id: given.result?.id });
    expect(next.result?.refreshToken).toMatch(/^[\w-]{91}$/);
    const out = await signOut(bearer(next.result?.gatewayToken ?? ''));
    expect(out.result?.__typename).toBe('SignedOut');
    expect([given.set, next.set, out.set]).toEqual([{}, {}, {}]);
  });

  test('is refreshed by the token in the body, even with a cookie', async () => {
    const [cookie, body] = [await verify(BROWSER), await verify({})];
    const { result } = await refresh({ ...BROWSER, ...kept(cookie) }, { refreshToken: body.result?.refreshToken });
    expect(result?.id).toBe(body.result?.id);
  });
});

describe('where SESSION_COOKIE is off', () => {
  test('no cookie is set and none is read', async () => {
    const given = await verify(BROWSER, plain);
    expect(given.set).toEqual({});
    const refreshToken = given.result?.refreshToken ?? '';
    expect(refreshToken).not.toBe('');
    const cookie = { cookie: `${REFRESH}=${refreshToken}` };
    expect((await refresh({ ...BROWSER, ...cookie }, {}, plain)).result?.__typename).toBe('InvalidRefreshToken');
    expect((await refresh({ ...BROWSER, ...cookie }, { refreshToken }, plain)).result?.__typename).toBe('Session');
  });

  test('forward-auth reads no cookie', async () => {
    const { accessToken } = await signIn(plain);
    const headers = { cookie: `${ACCESS}=${accessToken}` };
    expect((await fetch(`${plain.url}/auth/verify`, { headers })).status).toBe(401);
    expect((await fetch(`${gateway.url}/auth/verify`, { headers })).status).toBe(200);
  });
});

describe('across origins', () => {
  const preflight = (origin: string) =>
    fetch(gateway.graphqlUrl, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type, x-phonegate',
      },
    });

  test('a page of a listed origin may send X-Phonegate and cookies', async () => {
    const { headers, status } = await preflight(ORIGIN);
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(headers.get('access-control-allow-credentials')).toBe('true');
    expect(headers.get('access-control-allow-headers')?.split(', ')).toContain('x-phonegate');
    expect(headers.get('vary')).toMatch(/Origin/i);
  });

  test.each(['https://evil.example', 'https://app.example.com.evil.example', 'null'])(
    'the page %s may nothing',
    async (origin) => {
      const { headers } = await preflight(origin);
      for (const name of ['origin', 'credentials', 'headers', 'methods'])
        expect(headers.get(`access-control-allow-${name}`)).toBeNull();
    },
  );
});

test('answers with a session may not be stored by caches', async () => {
  const given = await verify(BROWSER);
  const cookie = kept(given);
  const answers = [
    await refresh({ ...BROWSER, ...cookie }),
    await refresh(cookie),
    await signOut({}),
    await signOut({ ...BROWSER, ...cookie }),
    await post(gateway, '{ me { id } }', { headers: bearer(given.result?.accessToken ?? '') }),
    await post(gateway, '{ nothing }', {}),
  ];
  expect(answers.map(({ headers }) => headers.get('cache-control'))).toEqual(answers.map(() => 'no-store'));
  const got = await fetch(`${gateway.graphqlUrl}?query=${encodeURIComponent('{ me { id } }')}`);
  expect(got.headers.get('cache-control')).toBe('no-store');
  for (const headers of [bearer('x'), cookie])
    expect((await fetch(`${gateway.url}/auth/verify`, { headers })).headers.get('cache-control')).toBe('no-store');
});

test('a session over Server-Sent Events is set in cookies too', async () => {
  const given = await verify(BROWSER);
  const response = await fetch(gateway.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...BROWSER, ...kept(given) },
    body: JSON.stringify({ query: REFRESH_QUERY, variables: { input: {} } }),
  });
  const text = await response.text();
  const set = response.headers.getSetCookie();
  expect(text).toMatch(/"refreshToken":""/);
  expect(set.some((line) => line.startsWith(`${REFRESH}=`))).toBe(true);
  expect(response.headers.get('cache-control')).toContain('no-store');
});

test('the access token in the body works in the Authorization header', async () => {
  const { result } = await verify(BROWSER);
  expect(await whoAmI(gateway, result?.accessToken ?? '')).toBe(result?.user.phone);
});
