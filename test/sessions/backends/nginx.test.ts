import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { type Cable, layCable } from '../../support/cable.js';
import { type Result, call, requestOtp, somePhone } from '../../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../../support/gateway.js';
import { freePort } from '../../support/ports.js';
import { cleanUpProcesses } from '../../support/process.js';
import { documented } from './documented.js';
import { type Nginx, startNginx } from './nginx.js';
import { GATEWAY_SECRET, signIn } from './public-gateway.js';
import { LIES, cgiName } from './spoofed-headers.js';
import { expired, signingKeyOf, tokensToRefuse } from './tokens.js';
import { type Upstream, startUpstream } from './upstream.js';

/** Headers that only the proxy may send to the application. */
const TOLD = ['x-user-id', 'x-user-role', 'x-user-phone', 'x-session-id'];

let database: TestDatabase;
let cable: Cable;
/** The gateway that nginx uses. Its cable to PostgreSQL can be pulled. */
let gateway: TestGateway;
/** Another instance on the same database and Redis. */
let other: TestGateway;
let upstream: Upstream;
let nginx: Nginx;

const inFrontOf = (gatewayPort: string | number) =>
  startNginx((port) =>
    documented('nginx', {
      'server 127.0.0.1:4000': `server 127.0.0.1:${gatewayPort}`,
      'server 127.0.0.1:3000': `server 127.0.0.1:${upstream.port}`,
      'listen 8080': `listen 127.0.0.1:${port}`,
    }),
  );

beforeAll(async () => {
  database = await createDatabase();
  cable = await layCable(database.url);
  const env = {
    REDIS_URL: inject('redisUrl'),
    GATEWAY_SECRET,
    SESSION_COOKIE: 'on',
    TRUSTED_PROXY_HOPS: '1',
    // As backends.md advises: the host of the application.
    PUBLIC_URL: 'http://app.example.com',
  };
  gateway = await startGateway({ ...env, DATABASE_URL: cable.url });
  other = await startGateway({ ...env, DATABASE_URL: database.url });
  upstream = await startUpstream();
  nginx = await inFrontOf(new URL(gateway.url).port);
});
afterAll(async () => {
  await nginx?.stop();
  upstream?.close();
  await Promise.all([gateway?.stop(), other?.stop()]);
  await cable?.close();
  await cleanUpProcesses();
  await database?.drop();
});
beforeEach(() => {
  upstream.reached.length = 0;
});

describe('nginx with auth_request', () => {
  test('refuses a request without a token with 401 and does not call the application', async () => {
    const { status, headers, body } = await ask();
    const own = await fetch(`${gateway.url}/auth/verify`);
    expect({ status, body }).toEqual({ status: own.status, body: await own.text() });
    expect(status).toBe(401);
    expect(JSON.parse(body)).toEqual({ error: 'UNAUTHENTICATED' });
    expect(headers).toMatchObject({
      'www-authenticate': own.headers.get('www-authenticate'),
      'content-type': 'application/json',
      'cache-control': 'no-store',
    });
    expect(upstream.reached).toEqual([]);
  });

  test('passes a valid token and adds the identity headers for the application', async () => {
    const session = await signIn(gateway, '+996700000003');
    expect(await ask(bearer(session))).toMatchObject({ status: 200 });
    expect(receivedHeaders()).toEqual([
      ['x-user-id', session.user.id],
      ['x-user-role', 'USER'],
      ['x-user-phone', '+996700000003'],
      ['x-session-id', session.id],
    ]);
  });

  test('keeps the method and the body of the request', async () => {
    const answer = await ask([...bearer(await signIn(gateway)), 'Content-Length', '100000'], {
      method: 'PUT',
      body: 'x'.repeat(100_000),
    });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({ method: 'PUT' });
    expect(upstream.reached[0]).toContainEqual(['Content-Length', '100000']);
  });

  test('leaves a 401 of the application itself unchanged', async () => {
    const answer = await ask(bearer(await signIn(gateway)), { path: '/refused-by-the-app' });
    expect(answer.status).toBe(401);
    expect(JSON.parse(answer.body)).toHaveProperty('method');
  });

  test('refuses an expired token', async () => {
    const { accessToken } = await signIn(gateway);
    const { privateKey } = await signingKeyOf(database.url, GATEWAY_SECRET);
    expect(await ask(['Authorization', `Bearer ${expired(accessToken, privateKey)}`])).toMatchObject({ status: 401 });
    expect(upstream.reached).toEqual([]);
  });

  test('refuses a token of another issuer or audience', async () => {
    const { accessToken } = await signIn(gateway);
    const { privateKey } = await signingKeyOf(database.url, GATEWAY_SECRET);
    for (const [what, token] of Object.entries(tokensToRefuse(accessToken, privateKey))) {
      expect((await ask(['Authorization', `Bearer ${token}`])).status, what).toBe(401);
    }
    expect(upstream.reached).toEqual([]);
  });

  test('refuses a valid token one second after its user signed out', async () => {
    const session = await signIn(gateway);
    expect(await ask(bearer(session))).toMatchObject({ status: 200 });
    await signOut(gateway, session);
    await refusedWithin(2_000, session);
  });

  test('refuses a valid token one second after another instance ended its session', async () => {
    const session = await signIn(gateway);
    expect(await ask(bearer(session))).toMatchObject({ status: 200 });
    await signOut(other, session);
    await refusedWithin(2_000, session);
  });

  test('does not serve its internal path to clients', async () => {
    expect(await ask(bearer(await signIn(gateway)), { path: '/_phonegate' })).toMatchObject({ status: 404 });
  });
});

describe('identity headers that a client sends are removed', () => {
  const SPOOFED = {
    ...LIES,
    'named as belonging to the connection': ['Connection', 'close, X-User-Id, X-User-Role', 'X-User-Role', 'ADMIN'],
  };

  test.each(Object.entries(SPOOFED))('%s, with a token', async (_, lies) => {
    const session = await signIn(gateway);
    expect(await ask([...lies, ...bearer(session), ...lies])).toMatchObject({ status: 200 });
    expect(receivedHeaders()).toEqual([
      ['x-user-id', session.user.id],
      ['x-user-role', 'USER'],
      ['x-user-phone', session.user.phone],
      ['x-session-id', session.id],
    ]);
    expect(JSON.stringify(upstream.reached)).not.toMatch(/lie|ADMIN/);
  });

  test.each(Object.entries(SPOOFED))('%s, without a token', async (_, lies) => {
    expect(await ask(lies)).toMatchObject({ status: 401 });
    expect(upstream.reached).toEqual([]);
  });
});

describe('a browser with session cookies', () => {
  test('signs in under the host of the application and has access until it signs out', async () => {
    const phone = somePhone();
    const { cookies, userId } = await signInByBrowser(phone);
    expect(Object.keys(cookies)).toEqual([
      '__Host-phonegate-refresh',
      '__Host-phonegate-access',
      '__Host-phonegate-device',
    ]);

    expect(await ask(['Cookie', header(cookies)])).toMatchObject({ status: 200 });
    expect(receivedHeaders().slice(0, 3)).toEqual([
      ['x-user-id', userId],
      ['x-user-role', 'USER'],
      ['x-user-phone', phone],
    ]);

    const { data } = await call<{ signOut: object }>(
      { url: `http://127.0.0.1:${nginx.port}/graphql`, headers: { cookie: header(cookies), 'x-phonegate': '1' } },
      'mutation { signOut { __typename } }',
      {},
    );
    expect(data.signOut).toEqual({ __typename: 'SignedOut' });
    upstream.reached.length = 0;
    await vi.waitFor(async () => expect((await ask(['Cookie', header(cookies)])).status).toBe(401), { timeout: 2_000 });
  });

  test('has access by its refresh token after the access token expired', async () => {
    const { cookies, userId } = await signInByBrowser(somePhone());
    const { '__Host-phonegate-refresh': refresh = '' } = cookies;
    expect(await ask(['Cookie', header({ '__Host-phonegate-refresh': refresh })])).toMatchObject({ status: 200 });
    expect(receivedHeaders()[0]).toEqual(['x-user-id', userId]);
  });

  test('has no access with forged cookies', async () => {
    const made = { '__Host-phonegate-refresh': 'a'.repeat(80), '__Host-phonegate-access': 'a.b.c' };
    expect(await ask(['Cookie', header(made)])).toMatchObject({ status: 401 });
    expect(upstream.reached).toEqual([]);
  });
});

test('a client cannot use up the limit of another address with a forged X-Forwarded-For', async () => {
  const limited = await startGateway({
    DATABASE_URL: database.url,
    GATEWAY_SECRET,
    NODE_ENV: 'production', // in development, nobody at this machine has a limit
    GREEN_API_ID_INSTANCE: '1101000001',
    GREEN_API_WEBHOOK_TOKEN: 'fWx2Qm8LrT5vZc1NpYk7',
    WHATSAPP_NUMBER: '+77010000001',
    TRUSTED_PROXY_HOPS: '1',
    PUBLIC_URL: 'https://app.example.com',
    CLIENT_OPERATIONS_PER_SECOND: '20',
  });
  const proxy = await inFrontOf(new URL(limited.url).port);
  try {
    const statuses = new Set<number | undefined>();
    // The limit refills meanwhile, on a slow machine by more.
    for (let sent = 0; sent < 1_000 && !statuses.has(503); sent += 20)
      for (const { status } of await Promise.all(
        Array.from({ length: 20 }, () => ask(['X-Forwarded-For', '203.0.113.77'], { port: proxy.port })),
      ))
        statuses.add(status);
    // After its own limit, a client gets an answer that says so.
    expect(statuses).toEqual(new Set([401, 503]));
    const victim = { url: limited.graphqlUrl, headers: { 'x-forwarded-for': '203.0.113.77' } };
    expect((await call(victim, 'mutation { startWhatsAppLogin { __typename } }', {})).data).toEqual({
      startWhatsAppLogin: { __typename: 'WhatsAppLogin' },
    });
  } finally {
    await proxy.stop();
    await limited.stop();
  }
});

describe('during an outage', () => {
  test('refuses every request while the gateway is down', async () => {
    const session = await signIn(gateway);
    const alone = await inFrontOf(await freePort());
    try {
      expect(await ask(bearer(session), { port: alone.port })).toMatchObject({ status: 503 });
      expect(await ask([], { port: alone.port })).toMatchObject({ status: 503 });
      expect(upstream.reached).toEqual([]);
    } finally {
      await alone.stop();
    }
  });

  test('passes a valid access token while PostgreSQL is down, because no query is needed', async () => {
    const session = await signIn(gateway);
    const { cookies } = await signInByBrowser(somePhone());
    const { '__Host-phonegate-access': access = '', '__Host-phonegate-refresh': refresh = '' } = cookies;
    await cable.pull();
    try {
      // Up to a second later than the outage.
      await vi.waitFor(async () => expect((await fetch(`${gateway.url}/health/ready`)).status).toBe(503), {
        timeout: 10_000,
      });
      expect(await ask(bearer(session))).toMatchObject({ status: 200 });
      expect(await ask(['Cookie', header({ '__Host-phonegate-access': access })])).toMatchObject({ status: 200 });
      expect(upstream.reached).toHaveLength(2);

      expect(await ask()).toMatchObject({ status: 401 });
      expect(await ask(['Cookie', header({ '__Host-phonegate-refresh': refresh })])).toMatchObject({ status: 503 });
      expect(upstream.reached).toHaveLength(2);
    } finally {
      await cable.plugIn();
    }
  });
});

interface Answer {
  status: number | undefined;
  headers: Record<string, unknown>;
  body: string;
}

/** A request with its headers exactly as given, also twice: name, value, name, value. */
async function ask(
  headers: string[] = [],
  { port = nginx.port, path = '/orders', method = 'GET', body = '' } = {},
): Promise<Answer> {
  const asking = request({ host: '127.0.0.1', port, path, method, headers: ['Host', 'app.example.com', ...headers] });
  asking.end(body);
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

/** The headers of the only request that reached the application which could be mistaken for one of the four. */
function receivedHeaders(): [string, string][] {
  expect(upstream.reached).toHaveLength(1);
  return (upstream.reached[0] ?? [])
    .map(([name, value]): [string, string] => [cgiName(name), value])
    .filter(([name]) => TOLD.includes(name))
    .toSorted(([one], [another]) => TOLD.indexOf(one) - TOLD.indexOf(another));
}

const bearer = ({ accessToken }: Result) => ['Authorization', `Bearer ${accessToken}`];

const header = (cookies: Record<string, string>) =>
  Object.entries(cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ');

async function signOut({ graphqlUrl }: TestGateway, { gatewayToken }: Result): Promise<void> {
  const { data } = await call<{ signOut: object }>(
    { url: graphqlUrl, headers: { authorization: `Bearer ${gatewayToken}` } },
    'mutation { signOut { __typename } }',
    {},
  );
  expect(data.signOut).toEqual({ __typename: 'SignedOut' });
}

/** Waits until the session is refused everywhere, and checks that it stays so. */
async function refusedWithin(timeout: number, session: Result): Promise<void> {
  await vi.waitFor(async () => expect((await ask(bearer(session))).status).toBe(401), { timeout, interval: 50 });
  upstream.reached.length = 0;
  expect(await ask(bearer(session))).toMatchObject({ status: 401 });
  expect(upstream.reached).toEqual([]);
}

/** Signs in as a page of the application does: through nginx, with the header X-Phonegate. */
async function signInByBrowser(phone: string) {
  const url = `http://127.0.0.1:${nginx.port}/graphql`;
  const attempt = await requestOtp(url, { phone }, { 'x-phonegate': '1' });
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-phonegate': '1' },
    body: JSON.stringify({
      query:
        'mutation ($input: VerifyOtpInput!) { verifyOtp(input: $input) { ... on Session { id refreshToken user { id } } } }',
      variables: {
        input: { attemptId: attempt.attemptId, secret: attempt.secret, code: gateway.codeOf(attempt.attemptId) },
      },
    }),
  });
  const { data } = (await response.json()) as { data: { verifyOtp: Result } };
  const pairs = response.headers.getSetCookie().map((cookie) => /^([^=]+)=([^;]*)/.exec(cookie)?.slice(1) ?? []);
  return { cookies: Object.fromEntries(pairs) as Record<string, string>, userId: data.verifyOtp.user.id };
}
