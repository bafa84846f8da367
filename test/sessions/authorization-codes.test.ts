import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { maskPhone } from '../../src/phone/mask-phone.js';
import { type Result, SESSION, call, refreshSession, requestOtp, somePhone } from '../support/calls.js';
import { type LogLine, type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { PROJECT, makeFolder } from '../support/process.js';
import {
  ageAuthorizationCodes,
  blockUser,
  endSession,
  expireAuthorizationCodes,
  expireIdleSession,
  expireSession,
  updateSession,
} from '../support/rows.js';
import {
  act,
  auditOf,
  bearer,
  graceHasPassed,
  signIn,
  signOut,
  soon,
  verifyStatus,
  whoAmI,
} from '../support/sign-in.js';

const LISTED = 'https://app.example.com/signed-in';
const WITH_QUERY = 'https://app.example.com/in?from=%20login&a';
const APP = 'com.example.app:/login';
/** Two applications. The second one shares a redirect URI with the first. */
const SHOP = 'shop';
const OTHER = 'other';
const ELSEWHERE = 'https://other.example.com/in';
const ORIGIN = 'https://app.example.com';
/** A browser, and the backend that exchanges its code. */
const BROWSER = { 'user-agent': 'Mozilla/5.0 (Linux; Android 14) Chrome/140.0', 'accept-language': 'ru' };
const BACKEND = { 'user-agent': 'a backend' };

let database: TestDatabase;
let one: TestGateway;
let other: TestGateway;
let strict: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  const env = {
    DATABASE_URL: database.url,
    APPLICATIONS: `${SHOP}=${LISTED},${WITH_QUERY},${APP};${OTHER}=${LISTED},${ELSEWHERE}`,
    ALLOWED_ORIGINS: ORIGIN,
  };
  [one, other, strict] = await Promise.all([
    startGateway(env),
    startGateway({ ...env, SESSION_COOKIE: 'on' }),
    startGateway({
      ...env,
      NODE_ENV: 'production',
      PUBLIC_URL: 'http://localhost:4000',
      GREEN_API_WEBHOOK_TOKEN: 'mkj8zupHgSfUn2DtQabY6EWs',
    }),
  ]);
});
afterAll(async () => {
  await Promise.all([one.stop(), other.stop(), strict.stop()]);
  await database.drop();
});

type Created = Result & { redirectTo: string; field?: string };

interface CreateInput {
  redirectUri: string;
  clientId?: string;
  state?: string;
  codeChallenge?: string | undefined;
  codeChallengeMethod?: string;
}

/** Creates a code, for the shop and with the challenge of VERIFIER where the input names no others. */
async function create(refreshToken: string, input: CreateInput, on = one): Promise<Created> {
  return act<Created>(on, 'createAuthorizationCode', {
    token: '',
    input: { clientId: SHOP, codeChallenge: challengeOf(VERIFIER), ...input, refreshToken },
    type: 'CreateAuthorizationCodeInput',
    fields:
      '... on AuthorizationCode { redirectTo expiresAt } ... on Error { code message } ... on InvalidInput { field }',
  });
}

const EXCHANGE = `mutation ($input: ExchangeAuthorizationCodeInput!) { exchangeAuthorizationCode(input: $input) { __typename ${SESSION} ... on Error { code message } } }`;

async function exchange(
  input: { code: string; redirectUri: string; clientId?: string; codeVerifier?: string },
  { on = one, headers = BACKEND }: { on?: TestGateway; headers?: Record<string, string> } = {},
): Promise<Result> {
  const answer = await call<{ exchangeAuthorizationCode: Result } | null>(
    { url: on.graphqlUrl, headers: headers },
    EXCHANGE,
    { input: { clientId: SHOP, codeVerifier: VERIFIER, ...input } },
  );
  if (!answer.data) throw new Error(JSON.stringify(answer));
  return answer.data.exchangeAuthorizationCode;
}

const codeOf = ({ redirectTo }: Created) => new URL(redirectTo).searchParams.get('code') ?? '';
const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url');
const someVerifier = () => randomBytes(32).toString('base64url');
const VERIFIER = someVerifier();

/** A session at the login page, and the values with which the application exchanges its code. */
async function withCode(redirectUri = LISTED) {
  const page = await signIn(one, { headers: BROWSER });
  const codeVerifier = someVerifier();
  const created = await create(page.refreshToken, { redirectUri, codeChallenge: challengeOf(codeVerifier) });
  return { page, shown: { code: codeOf(created), redirectUri, codeVerifier } };
}

const sessionsOf = (userId: string) =>
  database.query<{ id: string; reason: string | null; open: boolean }>(
    'SELECT id, revoked_reason AS reason, revoked_at IS NULL AS open FROM sessions WHERE user_id = $1 ORDER BY id',
    [userId],
  );
const INVALID = { __typename: 'InvalidAuthorizationCode', code: 'INVALID_AUTHORIZATION_CODE' };

describe('an authorization code', () => {
  test('is exchanged for a session of the same user, and the session that created it ends', async () => {
    const { page, shown } = await withCode();
    const session = await exchange(shown, { on: other });
    expect(session).toMatchObject({ __typename: 'Session', user: page.user });
    expect(session.id).not.toBe(page.id);
    expect(session.refreshToken).toMatch(/^[\w-]{91}$/);
    expect(await sessionsOf(page.user.id)).toEqual([
      { id: page.id, reason: 'handed_over', open: false },
      { id: session.id, reason: null, open: true },
    ]);
    expect(await whoAmI(one, session.accessToken)).toBe(page.user.phone);
    expect(await whoAmI(one, page.accessToken)).toBe('UNAUTHENTICATED');
    expect((await refreshSession(one.graphqlUrl, page.refreshToken)).code).toBe('INVALID_REFRESH_TOKEN');
    expect((await refreshSession(one.graphqlUrl, session.refreshToken)).id).toBe(session.id);
    for (const at of [one, other]) {
      await soon(async () => expect(await verifyStatus(at, page.accessToken)).toBe(401));
      expect(await verifyStatus(at, session.accessToken)).toBe(200);
    }
  });

  test('is added to the query of the redirect URI with the state, and is valid for a minute', async () => {
    const { refreshToken } = await signIn(one);
    const state = 'a b&c=d#é/?+%20';
    const created = await create(refreshToken, { redirectUri: WITH_QUERY, state });
    expect(created.redirectTo).toMatch(/^https:\/\/app\.example\.com\/in\?from=%20login&a&code=[\w-]{43}&state=\S+$/);
    expect(new URL(created.redirectTo).searchParams.get('state')).toBe(state);
    expect((Date.parse(created.expiresAt) - Date.now()) / 1000).toBeGreaterThan(50);
    expect((Date.parse(created.expiresAt) - Date.now()) / 1000).toBeLessThan(61);
    expect((await create(refreshToken, { redirectUri: LISTED })).redirectTo).toMatch(/signed-in\?code=[\w-]{43}$/);
    expect((await create(refreshToken, { redirectUri: APP, state: '' })).redirectTo).toMatch(
      /^com\.example\.app:\/login\?code=[\w-]{43}&state=$/,
    );
    expect((await create(refreshToken, { redirectUri: 'http://localhost:5173' })).redirectTo).toMatch(
      /^http:\/\/localhost:5173\?code=[\w-]{43}$/,
    );
  });

  test('opens a session on the device of the user, not of the backend that exchanges it', async () => {
    const { shown } = await withCode();
    const { gatewayToken, id } = await exchange(shown);
    const { data } = await call<{ mySessions: unknown[] }>(
      { url: one.graphqlUrl, headers: bearer(gatewayToken) },
      '{ mySessions { sessionId device ipAddress current } }',
      {},
    );
    expect(data.mySessions).toEqual([
      { sessionId: id, device: 'Chrome, Android', ipAddress: '127.0.0.1', current: true },
    ]);
  });

  // Otherwise an exchange would count as a new sign-in, and a new sign-in may change the phone of the account.
  test('opens a session with the start and end of the one that created it', async () => {
    const { page, shown } = await withCode();
    await updateSession(database, page.id, { createdAt: '-29 days', expiresAt: '1 day' });
    const session = await exchange(shown);
    const ages = await database.query('SELECT DISTINCT created_at, expires_at FROM sessions WHERE user_id = $1', [
      page.user.id,
    ]);
    expect(ages).toHaveLength(1);
    const changed = await act(one, 'requestPhoneChange', {
      token: session.gatewayToken,
      input: { phone: somePhone() },
      type: 'RequestOtpInput',
    });
    expect(changed.__typename).toBe('FreshSignInRequired');
  });

  test('belongs to the application that it was created for, also where two share a redirect URI', async () => {
    const { refreshToken } = await signIn(one);
    const code = codeOf(await create(refreshToken, { redirectUri: LISTED, clientId: OTHER }));
    expect(await exchange({ code, redirectUri: LISTED })).toMatchObject(INVALID);
    expect((await exchange({ code, redirectUri: LISTED, clientId: OTHER })).__typename).toBe('Session');
  });

  test('gives a browser its session in cookies when cookies are enabled', async () => {
    const { shown } = await withCode();
    const response = await fetch(other.graphqlUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: ORIGIN },
      body: JSON.stringify({ query: EXCHANGE, variables: { input: { clientId: SHOP, ...shown } } }),
    });
    const { data } = (await response.json()) as { data: { exchangeAuthorizationCode: Result } };
    expect(data.exchangeAuthorizationCode).toMatchObject({ __typename: 'Session', refreshToken: '' });
    expect(response.headers.getSetCookie().map((line) => line.split('=')[0])).toEqual([
      '__Host-phonegate-refresh',
      '__Host-phonegate-access',
    ]);
  });
});

describe('no code is created', () => {
  test.each([
    'https://evil.example/',
    `${LISTED}/`,
    `${LISTED}?a`,
    `${LISTED}#`,
    'http://localhost@evil.example/',
    'http://localhost.evil.example/',
    'javascript:alert(1)',
    '',
    '\0',
  ])('for the redirect URI %j, which is not listed', async (redirectUri) => {
    const { refreshToken } = await signIn(one);
    for (const on of [one, strict])
      expect(await create(refreshToken, { redirectUri }, on)).toMatchObject({
        __typename: 'RedirectNotAllowed',
        code: 'REDIRECT_NOT_ALLOWED',
      });
  });

  test.each([
    ['an application that is not registered', { clientId: 'unknown' }],
    ['an application without an id', { clientId: '' }],
    ['an application in another spelling', { clientId: 'Shop' }],
    ['a redirect URI of another application', { redirectUri: ELSEWHERE }],
    ['another application with a redirect URI that only the first one has', { clientId: OTHER, redirectUri: APP }],
  ])('for %s', async (_, change) => {
    const { refreshToken } = await signIn(one);
    for (const on of [one, strict])
      expect((await create(refreshToken, { redirectUri: LISTED, ...change }, on)).code).toBe('REDIRECT_NOT_ALLOWED');
  });

  test.each([
    ['without a code challenge', { codeChallenge: undefined }],
    ['with an empty code challenge', { codeChallenge: '' }],
    ['with the challenge method plain', { codeChallengeMethod: 'plain' }],
    ['with the challenge method S256 in another spelling', { codeChallengeMethod: 's256' }],
  ])('%s (PKCE)', async (_, change) => {
    const { refreshToken, id } = await signIn(one);
    expect(await create(refreshToken, { redirectUri: LISTED, ...change })).toMatchObject({
      __typename: 'CodeChallengeRequired',
      code: 'CODE_CHALLENGE_REQUIRED',
    });
    expect(await database.query('SELECT 1 FROM authorization_codes WHERE session_id = $1', [id])).toEqual([]);
  });

  test('for localhost in production, unless it is listed', async () => {
    const { refreshToken } = await signIn(one);
    const redirectUri = 'http://localhost:3000/in';
    expect((await create(refreshToken, { redirectUri }, strict)).code).toBe('REDIRECT_NOT_ALLOWED');
    expect((await create(refreshToken, { redirectUri: LISTED }, strict)).__typename).toBe('AuthorizationCode');
    const made = await create(refreshToken, { redirectUri });
    expect(await exchange({ code: codeOf(made), redirectUri }, { on: strict })).toMatchObject(INVALID);
  });

  test.each([
    ['state', { state: 'x'.repeat(1025) }],
    ['state', { state: '\uD83D' }],
    ['codeChallenge', { codeChallenge: 'x'.repeat(42) }],
    ['codeChallenge', { codeChallenge: `${'x'.repeat(43)}=` }],
    ['codeChallenge', { codeChallenge: `${'x'.repeat(42)}/` }],
    ['codeChallenge', { codeChallenge: `${'x'.repeat(42)}1` }],
    ['codeChallenge', { codeChallenge: `${challengeOf('a')}\n` }],
  ])('with an invalid %s: %j', async (field, input) => {
    const { refreshToken } = await signIn(one);
    expect(await create(refreshToken, { redirectUri: LISTED, ...input })).toMatchObject({
      __typename: 'InvalidInput',
      field,
    });
    expect((await create(refreshToken, { redirectUri: LISTED, state: 'x'.repeat(1024) })).__typename).toBe(
      'AuthorizationCode',
    );
  });

  test('without a valid refresh token, or after signing out', async () => {
    expect((await create('x', { redirectUri: LISTED })).code).toBe('UNAUTHENTICATED');
    const { gatewayToken, refreshToken, id } = await signIn(one);
    await signOut(one, gatewayToken);
    for (const on of [one, other])
      expect((await create(refreshToken, { redirectUri: LISTED }, on)).code).toBe('UNAUTHENTICATED');
    expect(await database.query('SELECT 1 FROM authorization_codes WHERE session_id = $1', [id])).toEqual([]);
  });
});

describe('the credential that creates a code', () => {
  test('is not an access token, because backends receive those', async () => {
    const { accessToken } = await signIn(one);
    const answer = await act<Created>(one, 'createAuthorizationCode', {
      token: accessToken,
      input: { clientId: SHOP, redirectUri: LISTED, codeChallenge: challengeOf(VERIFIER) },
      type: 'CreateAuthorizationCodeInput',
    });
    expect(answer.code).toBe('UNAUTHENTICATED');
    expect((await create(accessToken, { redirectUri: LISTED })).code).toBe('UNAUTHENTICATED');
  });

  test('is the current refresh token, and not one that was used before the grace', async () => {
    const session = await signIn(one);
    expect((await create(session.refreshToken, { redirectUri: LISTED })).__typename).toBe('AuthorizationCode');
    const next = await refreshSession(one.graphqlUrl, session.refreshToken);
    await graceHasPassed(database, session.id);
    expect((await create(session.refreshToken, { redirectUri: LISTED })).code).toBe('UNAUTHENTICATED');
    expect((await create(next.refreshToken, { redirectUri: LISTED })).__typename).toBe('AuthorizationCode');
  });

  test('can be the cookie, with the header X-Phonegate', async () => {
    const { refreshToken } = await signIn(other);
    const ask = async (headers: Record<string, string>) => {
      const { data, errors } = await call<{ createAuthorizationCode: { __typename: string } } | null>(
        { url: other.graphqlUrl, headers: { cookie: `__Host-phonegate-refresh=${refreshToken}`, ...headers } },
        'mutation ($input: CreateAuthorizationCodeInput!) { createAuthorizationCode(input: $input) { __typename } }',
        { input: { clientId: SHOP, redirectUri: LISTED, codeChallenge: challengeOf(VERIFIER) } },
      );
      return data?.createAuthorizationCode.__typename ?? errors?.[0]?.extensions?.code;
    };
    expect(await ask({})).toBe('CSRF_HEADER_MISSING');
    expect(await ask({ 'x-phonegate': '1' })).toBe('AuthorizationCode');
  });
});

describe('a code is refused, and stays unused,', () => {
  test.each<[string, (shown: { code: string; redirectUri: string; codeVerifier: string }) => object]>([
    ['with another verifier', () => ({ codeVerifier: someVerifier() })],
    ['by another application, although it has the same redirect URI', () => ({ clientId: OTHER })],
    ['by an application that is not registered', () => ({ clientId: 'unknown' })],
    ['by an application without an id', () => ({ clientId: '' })],
    ['for a redirect URI of another application', () => ({ redirectUri: ELSEWHERE })],
    ['by another application with its own redirect URI', () => ({ clientId: OTHER, redirectUri: ELSEWHERE })],
    ['for an unlisted redirect URI on the local machine', () => ({ redirectUri: 'http://localhost:5173/in' })],
    ['with an empty verifier', () => ({ codeVerifier: '' })],
    ['with the challenge as the verifier (plain)', ({ codeVerifier }) => ({ codeVerifier: challengeOf(codeVerifier) })],
    ['for another redirect URI of the list', () => ({ redirectUri: WITH_QUERY })],
    ['for a redirect URI that is not on the list', () => ({ redirectUri: 'https://evil.example/' })],
    ['for a malformed redirect URI', () => ({ redirectUri: 'http://localhost/\0' })],
    ['with one more letter', ({ code }) => ({ code: `${code}A` })],
    ['when it is another code', () => ({ code: someVerifier() })],
    ['when it is a malformed text', () => ({ code: '\0\uD83D' })],
  ])('%s', async (_, change) => {
    const { page, shown } = await withCode();
    expect(await exchange({ ...shown, ...change(shown) })).toMatchObject(INVALID);
    expect(await sessionsOf(page.user.id)).toMatchObject([{ open: true }]);
    expect((await exchange(shown)).__typename).toBe('Session');
  });

  // A rolling upgrade: the code has 60 seconds to live, and its user can simply sign in again.
  test.each([
    ['without an application', 'client_id = NULL'],
    ['without an application and a challenge', 'client_id = NULL, code_challenge = NULL'],
  ])('when a version before this one created it, %s', async (_, set) => {
    const { page, shown } = await withCode();
    await database.query(`UPDATE authorization_codes SET ${set} WHERE session_id = $1`, [page.id]);
    expect(await exchange(shown)).toMatchObject(INVALID);
    expect(await sessionsOf(page.user.id)).toMatchObject([{ open: true }]);
  });

  test('without its verifier', async () => {
    const { page, shown } = await withCode();
    const { code, redirectUri } = shown;
    const input = { code, redirectUri, clientId: SHOP };
    const { data, errors } = await call<unknown>({ url: one.graphqlUrl, headers: BACKEND }, EXCHANGE, { input });
    expect(data).toBeUndefined();
    expect(errors?.[0]?.message).toContain('codeVerifier');
    expect(await sessionsOf(page.user.id)).toMatchObject([{ open: true }]);
  });

  test('after its minute', async () => {
    const { page, shown } = await withCode();
    await expireAuthorizationCodes(database, page.id);
    expect(await exchange(shown)).toMatchObject(INVALID);
    expect(await whoAmI(one, page.accessToken)).toBe(page.user.phone);
  });

  test.each<[string, (page: Result) => Promise<unknown>]>([
    ['signed out', ({ id }) => endSession(database, id, 'signed_out')],
    ['idle for too long', ({ id }) => expireIdleSession(database, id)],
    ['at the absolute end of the session', ({ id }) => expireSession(database, id)],
    ['blocked', ({ user }) => blockUser(database, user.id)],
  ])('when the user has meanwhile been %s', async (_, change) => {
    const { page, shown } = await withCode();
    await change(page);
    expect(await exchange(shown)).toMatchObject(INVALID);
    expect(await sessionsOf(page.user.id)).toHaveLength(1);
    expect(await database.query('SELECT used_at FROM authorization_codes WHERE session_id = $1', [page.id])).toEqual([
      { used_at: null },
    ]);
  });

  test('after another code of the same session has been exchanged', async () => {
    const { page, shown } = await withCode();
    const second = codeOf(await create(page.refreshToken, { redirectUri: LISTED }));
    const session = await exchange(shown);
    expect(await exchange({ code: second, redirectUri: LISTED })).toMatchObject(INVALID);
    expect(await whoAmI(one, session.accessToken)).toBe(page.user.phone);
  });

  test('with a message in the language of the caller', async () => {
    const input = { code: 'x', redirectUri: LISTED };
    const messages = await Promise.all(
      ['en', 'ru', 'fa'].map(
        async (language) => (await exchange(input, { headers: { 'accept-language': language } })).message,
      ),
    );
    expect(messages[0]).toMatch(/[a-z]/);
    expect(messages[1]).toMatch(/[а-я]/);
    expect(messages[2]).toMatch(/[\u0600-\u06FF]/);
  });
});

describe('a replayed code', () => {
  test('ends the session that it opened, also after its minute', async () => {
    const { page, shown } = await withCode();
    const session = await exchange(shown);
    await expireAuthorizationCodes(database, page.id);
    expect(await exchange(shown, { on: other })).toMatchObject(INVALID);
    expect(await whoAmI(one, session.accessToken)).toBe('UNAUTHENTICATED');
    expect((await refreshSession(one.graphqlUrl, session.refreshToken)).code).toBe('INVALID_REFRESH_TOKEN');
    for (const at of [one, other])
      await soon(async () => expect(await verifyStatus(at, session.accessToken)).toBe(401));
    expect((await sessionsOf(page.user.id)).map(({ reason }) => reason)).toEqual([
      'handed_over',
      'authorization_code_replayed',
    ]);
  });

  test('with another verifier, application or redirect URI ends no session', async () => {
    const { page, shown } = await withCode();
    const { accessToken } = await exchange(shown);
    for (const change of [{ codeVerifier: someVerifier() }, { clientId: OTHER }, { redirectUri: WITH_QUERY }])
      expect(await exchange({ ...shown, ...change })).toMatchObject(INVALID);
    expect(await whoAmI(one, accessToken)).toBe(page.user.phone);
  });

  test('also ends the sessions that were exchanged from that session since', async () => {
    const { page, shown } = await withCode();
    let thief = await exchange(shown);
    for (let step = 0; step < 3; step += 1) {
      const code = codeOf(await create(thief.refreshToken, { redirectUri: LISTED }));
      thief = await exchange({ code, redirectUri: LISTED });
    }
    expect(await whoAmI(one, thief.accessToken)).toBe(page.user.phone);
    await exchange(shown);
    expect(await whoAmI(one, thief.accessToken)).toBe('UNAUTHENTICATED');
    expect((await sessionsOf(page.user.id)).filter(({ open }) => open)).toEqual([]);
  });

  test('leaves the other sessions of the user open', async () => {
    const { page, shown } = await withCode();
    const elsewhere = await signIn(one, { phone: page.user.phone });
    await exchange(shown);
    await exchange(shown);
    expect(await whoAmI(one, elsewhere.accessToken)).toBe(page.user.phone);
  });
});

describe('concurrently', () => {
  test.each([1, 2, 3])('fifty exchanges of one code at two gateways open one session and end it (%i)', async () => {
    const { page, shown } = await withCode();
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, index) => exchange(shown, { on: index % 2 ? one : other })),
    );
    const opened = results.filter(({ __typename }) => __typename === 'Session');
    expect(opened).toHaveLength(1);
    expect(results.filter(({ code }) => code === INVALID.code)).toHaveLength(49);
    expect(await sessionsOf(page.user.id)).toEqual([
      { id: page.id, reason: 'handed_over', open: false },
      { id: opened[0]?.id, reason: 'authorization_code_replayed', open: false },
    ]);
  });

  test('a valid exchange among fifty invalid ones opens a session that stays open', async () => {
    const { page, shown } = await withCode();
    const wrong = () => exchange({ ...shown, codeVerifier: someVerifier() }, { on: other });
    const [right, ...others] = await Promise.all([exchange(shown), ...Array.from({ length: 50 }, wrong)]);
    expect(right.__typename).toBe('Session');
    expect(others.filter(({ code }) => code === INVALID.code)).toHaveLength(50);
    expect(await whoAmI(one, right.accessToken)).toBe(page.user.phone);
  });

  test('fifty codes of one session, each exchanged, open one session', async () => {
    const { page } = await withCode();
    const codes = await Promise.all(
      Array.from({ length: 50 }, async () => codeOf(await create(page.refreshToken, { redirectUri: LISTED }))),
    );
    const results = await Promise.all(codes.map((code) => exchange({ code, redirectUri: LISTED })));
    expect(results.filter(({ __typename }) => __typename === 'Session')).toHaveLength(1);
    expect(await sessionsOf(page.user.id)).toMatchObject([{ open: false }, { open: true }]);
  });

  /** Codes are exchanged while another transaction is open. It commits when this many statements wait for it. */
  async function meanwhile<T>(begin: (client: pg.Client) => Promise<unknown>, run: () => Promise<T>, waiting = 1) {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query('BEGIN');
    await begin(client);
    const running = run();
    await soon(async () =>
      expect(
        await database.query(
          "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
        ),
      ).toHaveLength(waiting),
    );
    const [clock] = await database.query<{ now: Date }>('SELECT clock_timestamp() AS now');
    await client.query('COMMIT');
    await client.end();
    return { result: await running, waitedUntil: Number(clock?.now) };
  }

  const hold =
    ({ id }: Result) =>
    (client: pg.Client) =>
      client.query('SELECT 1 FROM sessions WHERE id = $1 FOR UPDATE', [id]);

  // The snapshot of the second statement is older than the commit of the first: it sees only the row that it waited for.
  test('of two exchanges that wait for the same lock, one opens a session and the other ends it', async () => {
    const { page, shown } = await withCode();
    const both = () => Promise.all([exchange(shown), exchange(shown, { on: other })]);
    const { result } = await meanwhile(hold(page), both, 2);
    expect(result.map(({ __typename }) => __typename).toSorted()).toEqual(['InvalidAuthorizationCode', 'Session']);
    expect(await sessionsOf(page.user.id)).toMatchObject([
      { reason: 'handed_over' },
      { reason: 'authorization_code_replayed' },
    ]);
  });

  test('an exchange waits for a sign-out in progress, and opens no session', async () => {
    const { page, shown } = await withCode();
    const { result } = await meanwhile(
      (client) => endSession(client, page.id, 'signed_out'),
      () => exchange(shown),
    );
    expect(result).toMatchObject(INVALID);
    expect(await sessionsOf(page.user.id)).toMatchObject([{ reason: 'signed_out' }]);
  });

  test('an exchange waits for a block in progress, and opens no session', async () => {
    const { page, shown } = await withCode();
    const { result } = await meanwhile(
      (client) => blockUser(client, page.user.id),
      () => exchange(shown),
    );
    expect(result).toMatchObject(INVALID);
    expect(await sessionsOf(page.user.id)).toHaveLength(1);
  });

  // Otherwise revoked_at could be further back than followRevocations reads.
  test('a session that ends after waiting for a lock has the time after the wait as its end', async () => {
    const { page, shown } = await withCode();
    const { result, waitedUntil } = await meanwhile(hold(page), () => exchange(shown));
    expect(result.__typename).toBe('Session');
    const [row] = await database.query<{ at: Date }>('SELECT revoked_at AS at FROM sessions WHERE id = $1', [page.id]);
    expect(Number(row?.at)).toBeGreaterThanOrEqual(waitedUntil);
  });
});

describe('in audit log, log and database', () => {
  const auditedEvents = async (userId: string, ...events: string[]) => {
    await soon(async () => expect((await auditOf(database, userId)).map(({ event }) => event)).toEqual(events));
    return auditOf(database, userId);
  };

  test('a code is recorded as created, exchanged and, once, replayed', async () => {
    const { page, shown } = await withCode();
    const userId = page.user.id;
    const before = ['otp.verified', 'authorization_code.created'];
    const created = (await auditedEvents(userId, ...before))[1];
    expect(created).toMatchObject({ session_id: page.id, details: { clientId: SHOP, redirectUri: LISTED } });
    const session = await exchange(shown);
    const rows = await soon(async () => {
      const all = await auditOf(database, userId);
      expect(all).toHaveLength(4);
      return all.slice(2);
    });
    expect(rows).toEqual(
      expect.arrayContaining([
        {
          event: 'session.revoked',
          actor: userId,
          session_id: page.id,
          details: { reason: 'handed_over', sessions: [page.id] },
        },
        {
          event: 'authorization_code.exchanged',
          actor: 'gateway',
          session_id: session.id,
          details: { madeBy: page.id, clientId: SHOP, redirectUri: LISTED },
        },
      ]),
    );
    await Promise.all([exchange(shown), exchange(shown), exchange(shown)]);
    const replays = () =>
      database.query<LogLine>(
        "SELECT * FROM audit_log WHERE event = 'authorization_code.replayed' AND session_id = $1",
        [session.id],
      );
    await soon(async () => expect(await replays()).toHaveLength(1));
    await exchange(shown);
    await sleep(400);
    expect(await replays()).toHaveLength(1);
    expect(
      one.log.filter((line) => line.event === 'authorization_code.replayed' && line['sessionId'] === session.id),
    ).toHaveLength(4);
    expect((await sessionsOf(userId)).filter(({ open }) => open)).toEqual([]);
  });

  test('the code, its verifier and tokens are recorded nowhere', async () => {
    const { page, shown } = await withCode();
    const session = await exchange(shown);
    await exchange(shown);
    await soon(async () =>
      expect(
        await database.query(
          "SELECT 1 FROM audit_log WHERE event = 'authorization_code.replayed' AND session_id = $1",
          [session.id],
        ),
      ).toHaveLength(1),
    );
    const rows = await database.query<{ row: string }>(
      'SELECT a::text AS row FROM audit_log a UNION ALL SELECT c::text FROM authorization_codes c',
    );
    const text = [...rows.map(({ row }) => row), ...one.log.map((line) => JSON.stringify(line))].join('\n');
    const secrets = [shown.code, shown.codeVerifier, session.refreshToken, session.accessToken, page.refreshToken];
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
    expect(text).toContain(challengeOf(shown.codeVerifier));
  });

  test('a code is deleted after a day, and kept until then so that a replay is recognized', async () => {
    const [old, young] = [await withCode(), await withCode()];
    await ageAuthorizationCodes(database, old.page.id, '24 hours 1 second');
    await ageAuthorizationCodes(database, young.page.id, '23 hours 59 minutes');
    // It deletes old codes at its start.
    const tidy = await startGateway({ DATABASE_URL: database.url });
    const left = (id: string) => database.query('SELECT 1 FROM authorization_codes WHERE session_id = $1', [id]);
    await soon(async () => expect(await left(old.page.id)).toEqual([]));
    expect(await left(young.page.id)).toHaveLength(1);
    await tidy.stop();
  });
});

describe('the example of docs/guides/authorization-code.md', () => {
  interface Example {
    startSignIn(): Promise<string>;
    finishSignIn(address: string): Promise<Result>;
  }
  let app: Example;
  const storage = new Map<string, string>();

  beforeAll(async () => {
    const page = readFileSync(join(PROJECT, 'docs/guides/authorization-code.md'), 'utf8');
    const [example, ...more] = [...page.matchAll(/^```js\n([\s\S]*?)^```$/gm)].filter(([, code]) =>
      code?.includes('startSignIn'),
    );
    expect(more).toEqual([]);
    const file = join(makeFolder(), 'app.mjs');
    writeFileSync(file, String(example?.[1]).replaceAll('https://login.example.com', one.url));
    vi.stubGlobal('sessionStorage', {
      getItem: (name: string) => storage.get(name) ?? null,
      setItem: (name: string, value: string) => storage.set(name, value),
      removeItem: (name: string) => storage.delete(name),
    });
    app = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Example;
  });
  afterAll(() => void vi.unstubAllGlobals());

  /** Does what the login page does for this URL. */
  async function loginPage(address: string): Promise<string> {
    const { pathname, searchParams: asked } = new URL(address);
    expect(pathname).toBe('/login');
    expect((await fetch(address)).status).toBe(200);
    const { refreshToken } = await signIn(one);
    const created = await create(refreshToken, {
      clientId: asked.get('client_id') ?? '',
      redirectUri: asked.get('redirect_uri') ?? '',
      state: asked.get('state') ?? '',
      codeChallenge: asked.get('code_challenge') ?? '',
    });
    return created.redirectTo;
  }

  test('signs in', async () => {
    const session = await app.finishSignIn(await loginPage(await app.startSignIn()));
    expect(await whoAmI(one, session.accessToken)).toBe(session.user.phone);
  });

  test('refuses a code of a sign-in that another browser started, and a code that was used', async () => {
    const theirs = await loginPage(await app.startSignIn());
    const mine = await loginPage(await app.startSignIn());
    await expect(app.finishSignIn(theirs)).rejects.toThrow('Not a sign-in');
    await expect(app.finishSignIn(mine)).rejects.toThrow('Not a sign-in');
  });
});

test('a phone is recognized while it is typed, as requestOtp will read it', async () => {
  const ask = async (phone: string) =>
    (
      await call<{ recognizePhone: { country: string; international: string; complete: boolean } | null }>(
        one.graphqlUrl,
        'query ($phone: String!) { recognizePhone(phone: $phone) { country international complete } }',
        { phone },
      )
    ).data.recognizePhone;
  expect(await ask('+7')).toEqual({ country: null, international: '+7', complete: false });
  expect(await ask('۰۹۱۲ ۰۰۰')).toBeNull();
  expect(await ask('x'.repeat(41))).toBeNull();
  expect(await ask('۰۹۱۲ ۰۰۰ ۰۰۰۴')).toEqual({ country: 'IR', international: '+98 912 000 0004', complete: true });
  expect((await requestOtp(one.graphqlUrl, { phone: '۰۹۱۲ ۰۰۰ ۰۰۰۴' })).maskedPhone).toBe(maskPhone('+989120000004'));
});
