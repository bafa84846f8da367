import { hash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { deriveKeys } from '../../src/config/keys.js';
import { hashCode } from '../../src/login/otp/code-hash.js';
import { deriveCode } from '../../src/login/otp/code.js';
import { deriveConfirmationNumber } from '../../src/login/whatsapp/confirmation-number.js';
import { deriveRefreshToken, hashRefreshToken } from '../../src/sessions/refresh-token.js';
import {
  call,
  deliverWebhook,
  incomingText,
  readAttempt,
  refreshSession,
  requestOtp,
  somePhone,
  startWhatsAppLogin,
  verifyOtp,
} from '../support/calls.js';
import { type TestGateway, startGateway } from '../support/gateway.js';
import { updateAttempt, updateSession } from '../support/rows.js';
import { graceHasPassed, verifyStatus } from '../support/sign-in.js';
import { openAttempt, signIn, useGateways } from './gateways.js';

const SECRET = 'tuZ6axbkRrc52gNMdv49jKDziQyhSTfenL83';
const keys = deriveKeys(SECRET);

const login = useGateways({ open: { GATEWAY_SECRET: SECRET, WHATSAPP_CONFIRMATION: 'always', SESSION_COOKIE: 'on' } });
const gateway = () => login.gateway();

/** Enough for every derived value to be right by chance never. */
const ATTEMPTS = Array.from({ length: 8 }, () => undefined);

async function confirming() {
  const attempt = await startWhatsAppLogin(gateway().graphqlUrl);
  const phone = somePhone();
  expect(await deliverWebhook(gateway().url, incomingText(attempt.loginMessage, phone))).toBe(200);
  return { ...attempt, phone };
}

/** The values that everybody can guess for a salt, and those that a client learns. */
const knownSalts = (learned: string[]) => [
  null,
  Buffer.alloc(0),
  Buffer.alloc(32),
  ...learned.flatMap((value) => [Buffer.from(value), hash('sha256', value, 'buffer')]),
];

const cookieOf = (refreshToken: string) => ({
  cookie: `__Host-phonegate-refresh=${refreshToken}`,
  'x-phonegate': '1',
});

/** The session ID that every backend reads in an access token. */
const sidOf = (accessToken: string) =>
  (JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()) as { sid: string }).sid;

describe('with GATEWAY_SECRET and everything that clients and backends learn, an attacker', () => {
  test('cannot compute a code', async () => {
    for (const _ of ATTEMPTS) {
      const { attemptId, secret, phone, code } = await openAttempt(gateway());
      for (const salt of knownSalts([attemptId, secret, phone]))
        expect(deriveCode({ attemptId, phone, salt }, 6, keys.code)).not.toBe(code);
      const guessed = deriveCode({ attemptId, phone, salt: null }, 6, keys.code);
      expect((await verifyOtp(gateway().graphqlUrl, { attemptId, secret, code: guessed })).__typename).toBe(
        'IncorrectCode',
      );
    }
  });

  test('cannot compute a confirmation number', async () => {
    const right = new Map<number, number>();
    for (const _ of ATTEMPTS) {
      const { attemptId, secret, phone } = await confirming();
      const number = (await readAttempt(gateway().graphqlUrl, { attemptId, secret }))?.confirmationNumber;
      expect(number).toMatch(/^\d\d$/);
      for (const [index, salt] of knownSalts([attemptId, secret, phone]).entries())
        if (deriveConfirmationNumber({ attemptId, phone, salt }, keys.code) === number)
          right.set(index, (right.get(index) ?? 0) + 1);
    }
    expect([...right.values()].filter((count) => count > ATTEMPTS.length / 2)).toEqual([]);
  });

  test('cannot compute a refresh token, and a forged one neither ends the session nor signs it out', async () => {
    const session = await signIn(gateway());
    const child = await refreshSession(gateway().graphqlUrl, session.refreshToken);
    const sessionId = sidOf(child.accessToken);
    expect(sessionId).toBe(session.id);
    for (const salt of knownSalts([sessionId, child.accessToken, session.refreshToken]))
      for (const counter of [0, 1, 2]) {
        const forged = deriveRefreshToken({ sessionId, counter, salt }, keys.refreshToken);
        expect([session.refreshToken, child.refreshToken]).not.toContain(forged);
        const tried = await refreshSession(gateway().graphqlUrl, forged);
        expect({ counter, salt, tried: tried.__typename }).toEqual({ counter, salt, tried: 'InvalidRefreshToken' });
        const cookie = cookieOf(forged);
        const verified = await fetch(`${gateway().url}/auth/verify`, { headers: cookie });
        expect(verified.status).toBe(401);
        await call({ url: gateway().graphqlUrl, headers: cookie }, 'mutation { signOut { __typename } }', {});
      }
    expect(await refreshSession(gateway().graphqlUrl, child.refreshToken)).toMatchObject({ id: session.id });
    expect(gateway().log.filter(({ event }) => event === 'session.theft')).toEqual([]);
  });

  test.each<[string, (gateway: TestGateway, forged: string) => Promise<unknown>]>([
    ['refreshed', (at, forged) => refreshSession(at.graphqlUrl, forged)],
    ['shown to /auth/verify', (at, forged) => fetch(`${at.url}/auth/verify`, { headers: cookieOf(forged) })],
    [
      'signed out',
      (at, forged) =>
        call({ url: at.graphqlUrl, headers: cookieOf(forged) }, 'mutation { signOut { __typename } }', {}),
    ],
  ])('raises an alarm with a forged refresh token, at most once a minute: %s', async (_, act) => {
    const fresh = await startGateway({
      DATABASE_URL: login.database.url,
      GATEWAY_SECRET: SECRET,
      SESSION_COOKIE: 'on',
    });
    onTestFinished(() => fresh.stop());
    const alarms = (at: TestGateway) => at.log.filter(({ event }) => event === 'session.token_forged');
    const session = await signIn(fresh);
    const { refreshToken } = await refreshSession(fresh.graphqlUrl, session.refreshToken);
    await graceHasPassed(login.database, session.id);
    const salt = Buffer.alloc(32);
    const forged = deriveRefreshToken({ sessionId: session.id, counter: 1, salt }, keys.refreshToken);
    const ofNoSession = deriveRefreshToken({ sessionId: uuidv7(), counter: 1, salt }, keys.refreshToken);
    // None of these is a forgery: a token that was used, one with a wrong check, and one of a session that was deleted.
    for (const token of [session.refreshToken, `${refreshToken.slice(0, -60)}${'A'.repeat(60)}`, ofNoSession])
      await act(fresh, token);
    expect(alarms(fresh)).toEqual([]);
    for (let time = 0; time < 3; time += 1) await act(fresh, forged);
    expect(alarms(fresh)).toMatchObject([
      { level: 'warn', sessionId: session.id, userId: session.user.id, notLogged: 0 },
    ]);
  });

  test('cannot repeat a refresh whose answer was lost; the client can', async () => {
    const session = await signIn(gateway());
    const { accessToken } = await refreshSession(gateway().graphqlUrl, session.refreshToken);
    await graceHasPassed(login.database, session.id);
    for (const salt of knownSalts([session.id, accessToken])) {
      const forged = deriveRefreshToken({ sessionId: session.id, counter: 0, salt }, keys.refreshToken);
      expect((await refreshSession(gateway().graphqlUrl, forged)).__typename).toBe('InvalidRefreshToken');
    }
    const again = await refreshSession(gateway().graphqlUrl, session.refreshToken);
    expect(again).toMatchObject({ __typename: 'Session', id: session.id });
    expect(again.refreshToken).toBe(await currentToken(session.id));
  });
});

/** The token that the row of a session derives. */
async function currentToken(sessionId: string): Promise<string> {
  const [row] = await login.database.query<{ counter: number; salt: Buffer }>(
    'SELECT refresh_counter AS counter, refresh_salt AS salt FROM sessions WHERE id = $1',
    [sessionId],
  );
  expect(row?.counter).toBe(2);
  return deriveRefreshToken({ sessionId, counter: 2, salt: row?.salt ?? null }, keys.refreshToken);
}

describe('with a copy of the database, an attacker', () => {
  const noKey = Buffer.alloc(32);
  let rows: Record<string, Buffer | null>[];
  beforeAll(async () => {
    await signIn(gateway());
    rows = await login.database.query('SELECT code_salt, secret_hash FROM login_attempts');
  });

  test('cannot compute a code or a confirmation number', async () => {
    for (const _ of ATTEMPTS) {
      const { attemptId, phone, code } = await openAttempt(gateway());
      const [row] = await login.database.query<{ code_salt: Buffer; secret_hash: Buffer; code_hash: Buffer }>(
        'SELECT code_salt, secret_hash, code_hash FROM login_attempts WHERE id = $1',
        [attemptId],
      );
      expect(row?.code_salt).toHaveLength(32);
      const { code_salt: salt = noKey, secret_hash: secretHash = noKey } = row ?? {};
      const codeHash = row?.code_hash ?? noKey;
      for (const key of [noKey, salt, secretHash, codeHash]) {
        expect(deriveCode({ attemptId, phone, salt }, 6, key)).not.toBe(code);
        expect(hashCode({ attemptId, code }, key)).not.toEqual(codeHash);
      }
      for (const text of [code, `${attemptId}${code}`, `${attemptId}\n${code}`])
        expect(hash('sha256', text, 'buffer')).not.toEqual(codeHash);
    }
  });

  test('cannot compute a refresh token', async () => {
    const session = await signIn(gateway());
    const [row] = await login.database.query<{ refresh_salt: Buffer; refresh_token_hash: Buffer }>(
      'SELECT refresh_salt, refresh_token_hash FROM sessions WHERE id = $1',
      [session.id],
    );
    const { refresh_salt: salt = noKey, refresh_token_hash: tokenHash = noKey } = row ?? {};
    expect(tokenHash).toEqual(hashRefreshToken(session.refreshToken));
    for (const key of [noKey, salt, tokenHash])
      expect(deriveRefreshToken({ sessionId: session.id, counter: 0, salt }, key)).not.toBe(session.refreshToken);
  });

  test('finds a different salt in every row', () => {
    const salts = rows.map((row) => row['code_salt']?.toString('hex'));
    expect(new Set(salts).size).toBe(rows.length);
  });
});

describe('what an older version left', () => {
  test('a code that was sent before the upgrade is accepted', async () => {
    const { attemptId, secret, phone } = await openAttempt(gateway());
    await updateAttempt(login.database, attemptId, { codeSalt: null });
    const code = deriveCode({ attemptId, phone, salt: null }, 6, keys.code);
    expect(await verifyOtp(gateway().graphqlUrl, { attemptId, secret, code })).toMatchObject({ user: { phone } });
  });

  /** A session as an older version opened it, with its token. */
  async function unsaltedSession(counter = 0) {
    const session = await signIn(gateway());
    const refreshToken = deriveRefreshToken({ sessionId: session.id, counter, salt: null }, keys.refreshToken);
    await updateSession(login.database, session.id, {
      refreshCounter: counter,
      refreshTokenHash: hashRefreshToken(refreshToken),
      refreshSalt: null,
      refreshSaltedFrom: null,
    });
    return { ...session, refreshToken };
  }
  const refresh = (refreshToken: string) => refreshSession(gateway().graphqlUrl, refreshToken);

  test.each([0, 7])('a session goes on after %i rotations, and its next refresh token is salted', async (counter) => {
    const before = await unsaltedSession(counter);
    const child = await refresh(before.refreshToken);
    expect(child).toMatchObject({ __typename: 'Session', id: before.id });
    expect(child.refreshToken).toHaveLength(91);
    // Its answer was lost, or a second tab has the same token.
    expect(await refresh(before.refreshToken)).toMatchObject({ refreshToken: child.refreshToken });
    expect(await refresh(child.refreshToken)).toMatchObject({ __typename: 'Session', id: before.id });
    const forged = deriveRefreshToken({ sessionId: before.id, counter: counter + 1, salt: null }, keys.refreshToken);
    expect((await refresh(forged)).__typename).toBe('InvalidRefreshToken');
    expect(await verifyStatus(gateway(), child.accessToken)).toBe(200);
  });

  test('a refresh whose answer an older instance lost can be repeated, and the next refresh token is salted', async () => {
    const { id } = await unsaltedSession(1);
    await updateSession(login.database, id, { rotatedAt: '-1 minute' });
    const again = await refresh(deriveRefreshToken({ sessionId: id, counter: 0, salt: null }, keys.refreshToken));
    expect(again.refreshToken).toBe(await currentToken(id));
    expect(await refresh(again.refreshToken)).toMatchObject({ __typename: 'Session', id });
  });

  test('a used refresh token still revokes its session', async () => {
    const before = await unsaltedSession();
    const child = await refresh(before.refreshToken);
    await graceHasPassed(login.database, before.id);
    expect((await refresh(before.refreshToken)).__typename).toBe('InvalidRefreshToken');
    expect((await refresh(child.refreshToken)).__typename).toBe('InvalidRefreshToken');
    expect(gateway().log).toContainEqual(expect.objectContaining({ event: 'session.theft', sessionId: before.id }));
  });
});

test('fifty parallel refreshes of a session without a salt give it one salt', async () => {
  const { attemptId, secret, code } = await openAttempt(gateway());
  const session = await verifyOtp(gateway().graphqlUrl, { attemptId, secret, code });
  const token = deriveRefreshToken({ sessionId: session.id, counter: 0, salt: null }, keys.refreshToken);
  await updateSession(login.database, session.id, {
    refreshTokenHash: hashRefreshToken(token),
    refreshSalt: null,
    refreshSaltedFrom: null,
  });
  const answers = await Promise.all(Array.from({ length: 50 }, () => refreshSession(gateway().graphqlUrl, token)));
  expect(new Set(answers.map(({ refreshToken }) => refreshToken)).size).toBe(1);
  expect(await refreshSession(gateway().graphqlUrl, answers[0]?.refreshToken ?? '')).toMatchObject({ id: session.id });
});

test('no client learns the salt of its attempt', async () => {
  const attempt = await requestOtp(gateway().graphqlUrl, { phone: somePhone() });
  const [row] = await login.database.query<{ code_salt: Buffer }>(
    'SELECT code_salt FROM login_attempts WHERE id = $1',
    [attempt.attemptId],
  );
  const lines = JSON.stringify([attempt, gateway().log]);
  for (const encoding of ['hex', 'base64', 'base64url'] as const)
    expect(lines).not.toContain(row?.code_salt.toString(encoding));
});
