import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { call, refreshSession, somePhone } from '../support/calls.js';
import { ageSessionRotations, blockUser, expireIdleSession, expireSession, updateSession } from '../support/rows.js';
import { ISSUER, signIn, useGateways, whoAmI } from './gateways.js';
import { testNothingSecretIsLeft } from './nothing-secret-is-left.js';

const login = useGateways({ open: {}, elsewhere: { PUBLIC_URL: 'https://other.example.com' } });
const gateway = () => login.gateway();

describe('the access token', () => {
  const jwks = () => createRemoteJWKSet(new URL(`${gateway().url}/.well-known/jwks.json`));

  test('verifies against the published keys, and carries exactly the documented claims', async () => {
    const session = await signIn(gateway());
    const { payload, protectedHeader } = await jwtVerify(session.accessToken, jwks(), {
      issuer: ISSUER,
      audience: 'phonegate',
      algorithms: ['EdDSA'],
      typ: 'at+jwt',
    });
    expect(Object.keys(payload).toSorted()).toEqual([
      'aud',
      'exp',
      'iat',
      'iss',
      'jti',
      'phone_number',
      'role',
      'sid',
      'sub',
    ]);
    expect(Object.keys(protectedHeader).toSorted()).toEqual(['alg', 'kid', 'typ']);
    expect(payload).toMatchObject({
      iss: ISSUER,
      aud: 'phonegate',
      sub: session.user.id,
      sid: session.id,
      role: 'USER',
      phone_number: session.user.phone,
    });
    const life = (payload.exp ?? 0) - (payload.iat ?? 0);
    expect(life).toBeGreaterThanOrEqual(600);
    expect(life).toBeLessThanOrEqual(900);
  });

  test('differs from the next token of the same session', async () => {
    const session = await signIn(gateway());
    const next = await refreshSession(gateway().graphqlUrl, session.refreshToken);
    const ids = await Promise.all(
      [session, next].map(async ({ accessToken }) => (await jwtVerify(accessToken, jwks())).payload.jti),
    );
    expect(new Set(ids).size).toBe(2);
  });

  test('names its key, which is among the published keys; these contain no private part', async () => {
    const { accessToken } = await signIn(gateway());
    const { keys } = (await (await fetch(`${gateway().url}/.well-known/jwks.json`)).json()) as {
      keys: Record<string, string>[];
    };
    expect(keys.map(({ kid }) => kid)).toContain(decodeProtectedHeader(accessToken).kid);
    for (const key of keys) expect(Object.keys(key).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  });

  test('identifies its user; a missing, changed or foreign token identifies no user', async () => {
    const phone = somePhone();
    const { accessToken, refreshToken } = await signIn(gateway(), phone);
    expect(await whoAmI(gateway(), accessToken)).toBe(phone);
    const [head = '', body = '', signature = ''] = accessToken.split('.');
    const raised = Buffer.from(body, 'base64url').toString().replace('"USER"', '"ADMIN"');
    const unsigned = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
    for (const token of [
      undefined,
      'x',
      refreshToken,
      `${head}.${Buffer.from(raised).toString('base64url')}.${signature}`,
      `${unsigned}.${body}.`,
    ]) {
      expect(await whoAmI(gateway(), token)).toBe('UNAUTHENTICATED');
    }
  });

  test('is refused by a gateway with another PUBLIC_URL', async () => {
    const { accessToken } = await signIn(gateway());
    expect(await whoAmI(login.gateway('elsewhere'), accessToken)).toBe('UNAUTHENTICATED');
  });

  test('is refused once its user is blocked', async () => {
    const phone = somePhone();
    const { accessToken, refreshToken, user } = await signIn(gateway(), phone);
    await blockUser(login.database, user.id);
    expect(await whoAmI(gateway(), accessToken)).toBe('UNAUTHENTICATED');
    expect((await refreshSession(gateway().graphqlUrl, refreshToken)).__typename).toBe('InvalidRefreshToken');
  });
});

describe('the refresh token', () => {
  const passGrace = (sessionId: string) => ageSessionRotations(login.database, sessionId, '21 seconds');
  const thefts = (sessionId: string) =>
    gateway().log.filter((line) => line.event === 'session.theft' && line['sessionId'] === sessionId);

  test('is exchanged for the next one, with a new access token of the same session', async () => {
    const first = await signIn(gateway());
    const second = await refreshSession(gateway().graphqlUrl, first.refreshToken);
    expect(second).toMatchObject({ __typename: 'Session', id: first.id, user: first.user });
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(second.accessToken).not.toBe(first.accessToken);
    expect(await whoAmI(gateway(), second.accessToken)).toBe(first.user.phone);
  });

  test('repeated within 20 s gives the same next token, to fifty tabs too', async () => {
    const first = await signIn(gateway());
    const nextTokens = await Promise.all(
      Array.from({ length: 50 }, () => refreshSession(gateway().graphqlUrl, first.refreshToken)),
    );
    expect(new Set(nextTokens.map(({ refreshToken }) => refreshToken)).size).toBe(1);
    expect(thefts(first.id)).toEqual([]);
    expect((await refreshSession(gateway().graphqlUrl, nextTokens[0]?.refreshToken ?? '')).__typename).toBe('Session');
  });

  test('used again after 20 s, when its child was used, revokes the session and logs a warning', async () => {
    const first = await signIn(gateway());
    const second = await refreshSession(gateway().graphqlUrl, first.refreshToken);
    await refreshSession(gateway().graphqlUrl, second.refreshToken);
    await passGrace(first.id);
    expect((await refreshSession(gateway().graphqlUrl, first.refreshToken)).__typename).toBe('InvalidRefreshToken');
    expect(thefts(first.id)).toMatchObject([{ level: 'warn', userId: first.user.id }]);
    expect((await refreshSession(gateway().graphqlUrl, second.refreshToken)).__typename).toBe('InvalidRefreshToken');
    expect(await whoAmI(gateway(), second.accessToken)).toBe('UNAUTHENTICATED');
    expect(await login.database.query('SELECT revoked_reason FROM sessions WHERE id = $1', [first.id])).toEqual([
      { revoked_reason: 'refresh_token_reused' },
    ]);
  });

  // Two tabs on a slow connection: one has refreshed twice when the first request of the other arrives.
  test('that was replaced twice within 20 s gives the current one; later it revokes the session', async () => {
    const first = await signIn(gateway());
    const second = await refreshSession(gateway().graphqlUrl, first.refreshToken);
    const third = await refreshSession(gateway().graphqlUrl, second.refreshToken);
    expect((await refreshSession(gateway().graphqlUrl, first.refreshToken)).refreshToken).toBe(third.refreshToken);
    expect(thefts(first.id)).toHaveLength(0);
    await passGrace(first.id);
    expect((await refreshSession(gateway().graphqlUrl, first.refreshToken)).__typename).toBe('InvalidRefreshToken');
    expect(thefts(first.id)).toHaveLength(1);
  });

  test('that is current is accepted a day later', async () => {
    const first = await signIn(gateway());
    await updateSession(login.database, first.id, { rotatedAt: '-1 day' });
    expect((await refreshSession(gateway().graphqlUrl, first.refreshToken)).__typename).toBe('Session');
  });

  test.each([
    ['idle_expires_at', expireIdleSession],
    ['expires_at', expireSession],
  ])('is refused after %s', async (_, expire) => {
    const { id, refreshToken } = await signIn(gateway());
    await expire(login.database, id);
    expect((await refreshSession(gateway().graphqlUrl, refreshToken)).__typename).toBe('InvalidRefreshToken');
  });

  test('that is malformed is refused, and the session stays open', async () => {
    const { id, refreshToken } = await signIn(gateway());
    const junk = ['', 'x', refreshToken.slice(1), refreshToken.toLowerCase(), `${refreshToken}x`, ` ${refreshToken}\n`];
    for (const token of junk) {
      expect((await refreshSession(gateway().graphqlUrl, token)).__typename).toBe('InvalidRefreshToken');
    }
    expect(thefts(id)).toEqual([]);
    expect((await refreshSession(gateway().graphqlUrl, refreshToken)).__typename).toBe('Session');
  });
});

describe('signOut', () => {
  const signOut = (token?: string) =>
    call<{ signOut: { __typename: string; sessionId: string } | null }>(
      {
        url: gateway().graphqlUrl,
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      },
      'mutation { signOut { __typename ... on SignedOut { sessionId } } }',
      {},
    );

  test('ends this session and no other; a second call is no error', async () => {
    const phone = somePhone();
    const [here, there] = [await signIn(gateway(), phone), await signIn(gateway(), phone)];
    for (let time = 0; time < 2; time += 1) {
      expect((await signOut(here.gatewayToken)).data.signOut).toEqual({ __typename: 'SignedOut', sessionId: here.id });
    }
    expect((await refreshSession(gateway().graphqlUrl, here.refreshToken)).__typename).toBe('InvalidRefreshToken');
    expect(await whoAmI(gateway(), here.accessToken)).toBe('UNAUTHENTICATED');
    expect(await whoAmI(gateway(), there.accessToken)).toBe(phone);
    expect((await refreshSession(gateway().graphqlUrl, there.refreshToken)).__typename).toBe('Session');
  });

  test('is refused without a token', async () => {
    expect((await signOut()).errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
  });
});

testNothingSecretIsLeft(login);
