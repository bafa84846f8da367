import { decodeProtectedHeader } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createKeyring } from '../../src/config/keys.js';
import { listSigningKeys } from '../../src/sessions/list-keys.js';
import { rotateSigningKey } from '../../src/sessions/rotate-keys.js';
import { StartupError } from '../../src/startup-error.js';
import { refreshSession, requestOtp, resendOtp, somePhone, verifyOtp } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { ageSigningKeys, allowResend } from '../support/rows.js';
import { withDatabase } from './gateway-key.js';
import { graceHasPassed, signIn, verifyStatus, whoAmI } from '../support/sign-in.js';

const OLD = '3njstdEQhxyYBwgGHrRCFf4ipNDVPaveX8zk';
const NEW = '3dK6qL9mBXyDW4UhpTk5wVRsr27ef8jgZNYF';

let database: TestDatabase;
let running: TestGateway[];

beforeEach(async () => {
  database = await createDatabase();
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((gateway) => gateway.stop()));
  await database.drop();
});

async function start(secret: string, previous?: string): Promise<TestGateway> {
  const gateway = await startGateway({
    DATABASE_URL: database.url,
    GATEWAY_SECRET: secret,
    ...(previous && { GATEWAY_SECRET_PREVIOUS: previous }),
  });
  running.push(gateway);
  return gateway;
}

/** Rotates to a signing key that the new secret encrypts and that signs at once. */
const renewSigningKey = () =>
  withDatabase(database.url, async (connected) => {
    const { kid } = await rotateSigningKey(
      { compromised: false, actor: 'operator' },
      { database: connected, keyring: createKeyring(NEW, OLD) },
    );
    await ageSigningKeys(database, '1 minute');
    return kid;
  });

describe('with the earlier secret as GATEWAY_SECRET_PREVIOUS', () => {
  test('a session goes on: its access token, its refresh token and a repeated refresh are accepted', async () => {
    const before = await start(OLD);
    const session = await signIn(before);
    const after = await start(NEW, OLD);
    expect(await whoAmI(after, session.accessToken)).toBe(session.user.phone);
    const child = await refreshSession(after.graphqlUrl, session.refreshToken);
    expect(child).toMatchObject({ __typename: 'Session', id: session.id });
    expect(await refreshSession(after.graphqlUrl, session.refreshToken)).toMatchObject({
      refreshToken: child.refreshToken,
    });
    expect(await verifyStatus(before, child.accessToken)).toBe(200);
  });

  test('a code that was sent before is accepted, and a resend sends the same code', async () => {
    const before = await start(OLD);
    const phone = somePhone();
    const attempt = await requestOtp(before.graphqlUrl, { phone });
    const code = before.codeOf(attempt.attemptId);
    const after = await start(NEW, OLD);
    await allowResend(database, attempt.attemptId);
    expect((await resendOtp(after.graphqlUrl, attempt)).__typename).toBe('OtpRequested');
    expect(after.codeOf(attempt.attemptId)).toBe(code);
    expect(await verifyOtp(after.graphqlUrl, { ...attempt, code })).toMatchObject({ user: { phone } });
  });

  test('a used refresh token of the old secret still revokes its session', async () => {
    const session = await signIn(await start(OLD));
    const after = await start(NEW, OLD);
    const child = await refreshSession(after.graphqlUrl, session.refreshToken);
    await refreshSession(after.graphqlUrl, child.refreshToken);
    await graceHasPassed(database, session.id);
    expect((await refreshSession(after.graphqlUrl, session.refreshToken)).__typename).toBe('InvalidRefreshToken');
    expect((await refreshSession(after.graphqlUrl, child.refreshToken)).__typename).toBe('InvalidRefreshToken');
    expect(after.log).toContainEqual(expect.objectContaining({ event: 'session.theft', sessionId: session.id }));
  });

  test('the current key goes on signing, and its listing says that the old secret encrypts it', async () => {
    const session = await signIn(await start(OLD));
    const after = await start(NEW, OLD);
    expect(decodeProtectedHeader((await signIn(after)).accessToken).kid).toBe(
      decodeProtectedHeader(session.accessToken).kid,
    );
    const list = () =>
      withDatabase(database.url, (connected) =>
        listSigningKeys({ database: connected, keyring: createKeyring(NEW, OLD) }),
      );
    expect(await list()).toMatchObject([{ state: 'signs', sealedByPresentSecret: false }]);
    await renewSigningKey();
    expect(await list()).toMatchObject([
      { state: 'signs', sealedByPresentSecret: true },
      { state: 'verifies', sealedByPresentSecret: false },
    ]);
  });
});

describe('when the earlier secret is removed', () => {
  test('before a key rotation, the start fails with advice and without showing a secret', async () => {
    await start(OLD);
    const error = await start(NEW).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StartupError);
    const { message } = error as StartupError;
    expect(message).toMatch(/GATEWAY_SECRET cannot decrypt the signing keys/);
    expect(message).toContain('GATEWAY_SECRET_PREVIOUS');
    expect(message).not.toContain(NEW);
  });

  test('sessions that were refreshed since go on, others have to sign in again, and access tokens verify until they expire', async () => {
    const before = await start(OLD);
    const [diligent, idle] = [await signIn(before), await signIn(before)];
    const between = await start(NEW, OLD);
    const moved = await refreshSession(between.graphqlUrl, diligent.refreshToken);
    await renewSigningKey();
    const after = await start(NEW);
    expect(await refreshSession(after.graphqlUrl, moved.refreshToken)).toMatchObject({ id: diligent.id });
    expect((await refreshSession(after.graphqlUrl, idle.refreshToken)).__typename).toBe('InvalidRefreshToken');
    // The private key cannot be decrypted any more, but the public key verifies.
    expect(await verifyStatus(after, idle.accessToken)).toBe(200);
    expect(after.log.filter(({ event }) => event === 'session.theft')).toEqual([]);
  });
});

test('in a rolling deployment gateways accept each other’s tokens and codes', async () => {
  // First all get the new secret as GATEWAY_SECRET_PREVIOUS. Then one after the other makes it GATEWAY_SECRET.
  const [late, early] = [await start(OLD, NEW), await start(NEW, OLD)];
  let session = await signIn(late);
  for (const at of [early, late, early, early, late]) {
    const child = await refreshSession(at.graphqlUrl, session.refreshToken);
    expect(child).toMatchObject({ __typename: 'Session', id: session.id });
    const there = at === early ? late : early;
    expect(await refreshSession(there.graphqlUrl, session.refreshToken)).toMatchObject({
      refreshToken: child.refreshToken,
    });
    expect(await whoAmI(there, child.accessToken)).toBe(session.user.phone);
    session = child;
  }
  for (const [at, there] of [
    [early, late],
    [late, early],
  ] as const) {
    const attempt = await requestOtp(at.graphqlUrl, { phone: somePhone() });
    const code = at.codeOf(attempt.attemptId);
    expect((await verifyOtp(there.graphqlUrl, { ...attempt, code })).__typename).toBe('Session');
  }
});

test('a gateway with the new secret as GATEWAY_SECRET_PREVIOUS signs with a key that the new secret encrypts', async () => {
  const early = await start(NEW, OLD);
  const kid = await renewSigningKey();
  const late = await start(OLD, NEW);
  const { accessToken } = await signIn(late);
  expect(decodeProtectedHeader(accessToken).kid).toBe(kid);
  expect((await signIn(early)).__typename).toBe('Session');
});
