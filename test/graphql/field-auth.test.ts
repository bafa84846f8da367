import SchemaBuilder from '@pothos/core';
import { decodeJwt, decodeProtectedHeader, createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import '../../src/graphql/auth/plugin.js';
import { type SignedInUser, signInAs } from '../admin/sign-in-as.js';
import { refreshSession, somePhone } from '../support/calls.js';
import { LOCALES } from '../../src/locales/locale.js';
import { messagesIn } from '../../src/locales/messages.js';
import { updateSession } from '../support/rows.js';
import {
  act,
  bearer,
  revokeOtherSessions,
  revokeSession,
  signIn,
  signOut,
  verifyStatus,
  whoAmI,
} from '../support/sign-in.js';
import { entryPoints } from '../support/entry-points.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { type RootField, rootFields } from '../support/root-fields.js';

let database: TestDatabase;
let gateway: TestGateway;
let admin: SignedInUser;
let user: SignedInUser;

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url, SESSION_COOKIE: 'on' });
  [admin, user] = [await signInAs('ADMIN', { gateway, database }), await signInAs('USER', { gateway, database })];
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

const fields = (): RootField[] =>
  rootFields({ templateId: user.id, userId: user.id, sessionId: user.session.id, phone: user.session.user.phone });

/** The fields that an access token must not open. */
const sensitive = () => fields().filter(({ auth }) => ['gateway', 'fresh', 'admin'].includes(auth));

test('every field that is not for admins requires what this list says', () => {
  const others = fields().filter(({ auth }) => auth !== 'admin');
  expect(Object.fromEntries(others.map(({ name, auth }) => [name, auth]))).toEqual({
    loginAttempt: 'public',
    me: 'user',
    mySessions: 'gateway',
    mySignIns: 'gateway',
    recognizePhone: 'public',
    requestOtp: 'public',
    resendOtp: 'public',
    verifyOtp: 'public',
    startWhatsAppLogin: 'public',
    claimLogin: 'public',
    cancelLogin: 'public',
    exchangeAuthorizationCode: 'public',
    createAuthorizationCode: 'resolver',
    refreshSession: 'resolver',
    signOut: 'resolver',
    revokeSession: 'gateway',
    revokeOtherSessions: 'fresh',
    updateMe: 'gateway',
    exportMe: 'fresh',
    deleteMe: 'fresh',
    requestPhoneChange: 'fresh',
    confirmPhoneChange: 'gateway',
    loginAttemptStatus: 'public',
  });
});

test('a schema cannot be built with a root field that does not say what it requires', () => {
  const builder = new SchemaBuilder({ plugins: ['fieldAuth'] });
  builder.queryType({});
  builder.queryField('secrets', (t) => t.string({ resolve: () => 'open' } as never));
  expect(() => builder.toSchema({})).toThrow('Query.secrets has no option "auth"');
});

describe.each(entryPoints(() => gateway))('over $name', ({ kinds, ask }) => {
  const asked = () => sensitive().filter(({ kind }) => kinds.includes(kind));

  test('an access token, which backends receive, opens no sensitive field; not even that of an admin', async () => {
    const traces = () => database.query('SELECT id, phone, name, role, blocked, updated_at FROM users ORDER BY id');
    const before = await traces();
    expect(asked().length).toBeGreaterThan(5);
    for (const field of asked()) {
      const { errors } = await ask(admin.session.accessToken, field);
      const codes = errors?.map(({ extensions }) => extensions?.code);
      expect([field.name, codes]).toEqual([field.name, ['GATEWAY_TOKEN_REQUIRED']]);
    }
    expect(await traces()).toEqual(before);
    expect(await whoAmI(gateway, user.session.accessToken)).toBe(user.session.user.phone);
  });

  test('no token opens no sensitive field', async () => {
    for (const field of asked()) {
      const { errors } = await ask(undefined, field);
      const codes = errors?.map(({ extensions }) => extensions?.code);
      expect([field.name, codes]).toEqual([field.name, ['UNAUTHENTICATED']]);
    }
  });

  test('me accepts both tokens', async () => {
    const me = { query: '{ me { id } }', variables: {} };
    for (const token of [user.session.accessToken, user.session.gatewayToken])
      if (kinds.includes('query')) expect((await ask(token, me)).data).toEqual({ me: { id: user.id } });
  });
});

describe.each(entryPoints(() => gateway))('the admin API over $name', ({ kinds, ask }) => {
  test('requires a sign-in within ADMIN_SESSION_MINUTES; a refresh is none', async () => {
    const { id, session } = await signInAs('ADMIN', { gateway, database });
    const asked = fields().filter(({ kind, auth }) => auth === 'admin' && kinds.includes(kind));
    const query = fields().find(({ name }) => name === 'smsTemplates');
    await updateSession(database, session.id, { createdAt: '-59 minutes' });
    expect((await ask(session.gatewayToken, query as RootField)).errors).toBeUndefined();
    await updateSession(database, session.id, { createdAt: '-61 minutes' });
    const { gatewayToken } = await refreshSession(gateway.graphqlUrl, session.refreshToken);
    for (const field of asked) {
      const { errors } = await ask(gatewayToken, field);
      const codes = errors?.map(({ extensions }) => extensions?.code);
      expect([field.name, codes]).toEqual([field.name, ['FRESH_SIGN_IN_REQUIRED']]);
    }
    expect(await whoAmI(gateway, gatewayToken)).toBe(session.user.phone);
    expect((await database.query('SELECT 1 FROM audit_log WHERE actor = $1', [id])).length).toBeLessThanOrEqual(1);
  });
});

describe('a sign-in more than ten minutes ago', () => {
  const signedInAgo = async () => {
    const here = await signInAs('USER', { gateway, database });
    await updateSession(database, here.session.id, { createdAt: '-11 minutes' });
    return here;
  };

  test('is refused as a member of the result union, in the language of the input or of the request', async () => {
    const { ask } = await signedInAgo();
    const fresh = fields().filter(({ auth }) => auth === 'fresh');
    expect(fresh.length).toBeGreaterThanOrEqual(2);
    for (const locale of LOCALES)
      for (const { name, query, variables } of fresh) {
        const text = query.replace('{ __typename }', '{ __typename ... on Error { code message } }');
        const { data } = await ask<Record<string, unknown>>(text, variables, { 'accept-language': locale });
        expect(data?.[name]).toEqual({
          __typename: 'FreshSignInRequired',
          code: 'FRESH_SIGN_IN_REQUIRED',
          message: messagesIn(locale).errors.FRESH_SIGN_IN_REQUIRED,
        });
      }
  });

  test('may end its own session, and no other', async () => {
    const phone = somePhone();
    const [old, other] = [await signIn(gateway, { phone }), await signIn(gateway, { phone })];
    await updateSession(database, old.id, { createdAt: '-11 minutes' });
    expect((await revokeSession(gateway, old.gatewayToken, other.id)).code).toBe('FRESH_SIGN_IN_REQUIRED');
    expect((await revokeOtherSessions(gateway, old.gatewayToken)).__typename).toBe('FreshSignInRequired');
    expect(await whoAmI(gateway, other.accessToken)).toBe(phone);
    expect((await revokeSession(gateway, old.gatewayToken, old.id)).__typename).toBe('SessionRevoked');
    expect(await whoAmI(gateway, old.accessToken)).toBe('UNAUTHENTICATED');
    expect((await revokeOtherSessions(gateway, other.gatewayToken)).__typename).toBe('OtherSessionsRevoked');
  });

  test('is enough to sign out', async () => {
    const { session } = await signedInAgo();
    expect((await signOut(gateway, session.gatewayToken)).__typename).toBe('SignedOut');
  });
});

describe('the gateway token', () => {
  test('has its own type and audience, and the lifetime of the access token', () => {
    const { accessToken, gatewayToken, id } = user.session;
    expect(decodeProtectedHeader(gatewayToken)).toMatchObject({ alg: 'EdDSA', typ: 'gateway+jwt' });
    const [claims, ofAccess] = [decodeJwt(gatewayToken), decodeJwt(accessToken)];
    expect(claims).toMatchObject({ sub: user.id, sid: id, aud: `${String(claims.iss)}/graphql` });
    expect(ofAccess.aud).toBe('phonegate');
    expect(Number(claims.exp) - Number(ofAccess.exp)).toBeLessThanOrEqual(1);
    expect(claims.jti).not.toBe(ofAccess.jti);
  });

  test('is refused by forward-auth', async () => {
    expect(await verifyStatus(gateway, user.session.gatewayToken)).toBe(401);
    expect(await verifyStatus(gateway, user.session.accessToken)).toBe(200);
  });

  test('is refused by a backend that checks the audience or the type, as our guide says', async () => {
    const keys = createRemoteJWKSet(new URL(`${gateway.url}/.well-known/jwks.json`));
    const verified = (options: object) => jwtVerify(user.session.gatewayToken, keys, options);
    await expect(verified({ audience: 'phonegate' })).rejects.toThrow('unexpected "aud" claim value');
    await expect(verified({ typ: 'at+jwt' })).rejects.toThrow('unexpected "typ" JWT header value');
  });

  test('cannot be made of an access token by changing its header', async () => {
    const [, payload, signature] = user.session.accessToken.split('.');
    const header = { ...decodeProtectedHeader(user.session.accessToken), typ: 'gateway+jwt' };
    const forged = [Buffer.from(JSON.stringify(header)).toString('base64url'), payload, signature].join('.');
    expect(await whoAmI(gateway, forged)).toBe('UNAUTHENTICATED');
  });

  test('is needed to sign out: whoever holds an access token cannot end the session', async () => {
    const { session } = await signInAs('USER', { gateway, database });
    expect((await signOut(gateway, session.accessToken)).code).toBe('GATEWAY_TOKEN_REQUIRED');
    expect(await whoAmI(gateway, session.accessToken)).toBe(session.user.phone);
    expect((await signOut(gateway, session.gatewayToken)).__typename).toBe('SignedOut');
  });
});

describe('the cookie', () => {
  const cookie = (refreshToken: string) => ({ cookie: `__Host-phonegate-refresh=${refreshToken}` });
  const ours = { 'x-phonegate': '1' };
  const ask = async (headers: Record<string, string>) => {
    const response = await fetch(gateway.graphqlUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query: '{ mySessions { sessionId current } }' }),
    });
    const { data, errors } = (await response.json()) as {
      data: { mySessions: unknown[] } | null;
      errors?: { extensions: { code: string } }[];
    };
    return data?.mySessions ?? errors?.[0]?.extensions.code;
  };

  test('opens sensitive fields without a token, and beside the access token of its session', async () => {
    const { id, refreshToken, accessToken } = (await signInAs('USER', { gateway, database })).session;
    const own = [{ sessionId: id, current: true }];
    expect(await ask({ ...cookie(refreshToken), ...ours })).toEqual(own);
    expect(await ask({ ...cookie(refreshToken), ...ours, ...bearer(accessToken) })).toEqual(own);
    expect(await ask({ ...cookie(refreshToken), ...bearer(accessToken) })).toBe('CSRF_HEADER_MISSING');
  });

  test('does not help the access token of another session', async () => {
    const { refreshToken } = (await signInAs('USER', { gateway, database })).session;
    const headers = { ...cookie(refreshToken), ...ours, ...bearer(user.session.accessToken) };
    expect(await ask(headers)).toBe('GATEWAY_TOKEN_REQUIRED');
    const signedOut = await act({ url: gateway.url, graphqlUrl: gateway.graphqlUrl }, 'signOut', {
      token: user.session.accessToken,
    });
    expect(signedOut.code).toBe('GATEWAY_TOKEN_REQUIRED');
  });

  test('that is not valid opens nothing', async () => {
    expect(await ask({ ...cookie('x'), ...ours })).toBe('UNAUTHENTICATED');
  });
});
