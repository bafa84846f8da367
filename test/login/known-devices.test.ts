import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  claimLogin,
  incomingText,
  refreshSession,
  somePhone,
  startWhatsAppLogin,
  verifyOtp,
} from '../support/calls.js';
import { type SignedInUser, signInAs } from '../admin/sign-in-as.js';
import { revokeOtherSessions, revokeSession, signOut, soon, verifyStatus } from '../support/sign-in.js';
import { openAttempt, useGateways } from './gateways.js';
import { testNothingSecretIsLeft } from './nothing-secret-is-left.js';

const login = useGateways({ open: {}, cookie: { SESSION_COOKIE: 'on' } });
const gateway = () => login.gateway();

/** Signs a user in on a device that shows this token. */
async function signInOn(deviceToken: string | null, phone = somePhone()) {
  const session = await verifyOtp(gateway().graphqlUrl, await openAttempt(gateway(), phone), { deviceToken });
  expect(session).toMatchObject({ __typename: 'Session', deviceToken: expect.stringMatching(/^[\w-]{43}$/) as string });
  return { ...session, deviceToken: String(session.deviceToken), phone };
}

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex');
const devicesOf = async (userId: string) =>
  (
    await login.database.query<{ hash: string }>(
      `SELECT encode(token_hash, 'hex') AS hash FROM known_devices WHERE user_id = $1 ORDER BY last_seen_at`,
      [userId],
    )
  ).map(({ hash }) => hash);

describe('a device', () => {
  test('gets a token at the first sign-in, whose hash is stored, and keeps it at the next', async () => {
    const first = await signInOn(null);
    expect(await devicesOf(first.user.id)).toEqual([hashOf(first.deviceToken)]);
    const second = await signInOn(first.deviceToken, first.phone);
    expect(second.deviceToken).toBe(first.deviceToken);
    expect(await devicesOf(first.user.id)).toEqual([hashOf(first.deviceToken)]);
  });

  test('that shows no token is another device', async () => {
    const first = await signInOn(null);
    const second = await signInOn(null, first.phone);
    expect(await devicesOf(first.user.id)).toEqual([hashOf(first.deviceToken), hashOf(second.deviceToken)]);
  });

  test.each(['invented', 'A'.repeat(43), 'x'.repeat(10_000)])(
    'does not become known by a token that the client has made up',
    async (invented) => {
      const session = await signInOn(invented);
      expect(session.deviceToken).not.toBe(invented);
      expect(await devicesOf(session.user.id)).toEqual([hashOf(session.deviceToken)]);
    },
  );

  test('of two users has a token for each, which does not change when the other signs in', async () => {
    const first = await signInOn(null);
    const second = await signInOn(first.deviceToken);
    expect(second.deviceToken).not.toBe(first.deviceToken);
    for (const { user, deviceToken } of [first, second])
      expect(await devicesOf(user.id)).toEqual([hashOf(deviceToken)]);
    const both = second.deviceToken + first.deviceToken;
    for (const { phone, deviceToken } of [first, second])
      expect((await signInOn(both, phone)).deviceToken).toBe(deviceToken);
  });

  test('gets its token at a login by WhatsApp too, and a repeated claim returns the same', async () => {
    const { deviceToken, phone, user } = await signInOn(null);
    async function claimByWhatsApp(shown: string | null) {
      const attempt = await startWhatsAppLogin(gateway().graphqlUrl);
      await fetch(`${gateway().url}/api/webhooks/greenapi/incoming`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(incomingText(attempt.loginMessage, phone)),
      });
      const claims = await Promise.all(
        Array.from({ length: 5 }, () => claimLogin(gateway().graphqlUrl, attempt, { deviceToken: shown })),
      );
      claims.push(await claimLogin(gateway().graphqlUrl, attempt, { deviceToken: shown }));
      const tokens = new Set(claims.map((claim) => claim.deviceToken));
      expect(tokens.size).toBe(1);
      return String([...tokens][0]);
    }
    expect(await claimByWhatsApp(deviceToken)).toBe(deviceToken);
    const other = await claimByWhatsApp(null);
    expect(await devicesOf(user.id)).toEqual([hashOf(deviceToken), hashOf(other)]);
  });

  test('gets no token from a refresh', async () => {
    const { refreshToken } = await signInOn(null);
    expect(await refreshSession(gateway().graphqlUrl, refreshToken)).toMatchObject({
      __typename: 'Session',
      deviceToken: null,
    });
  });

  test('stays known after a sign-out, and not after its session was ended from elsewhere', async () => {
    const [mine, foreign] = [await signInOn(null), await signInOn(null)];
    const other = await signInOn(null, foreign.phone);
    await signOut(gateway(), mine.gatewayToken);
    expect(await devicesOf(mine.user.id)).toEqual([hashOf(mine.deviceToken)]);
    await revokeSession(gateway(), foreign.gatewayToken, other.id);
    const known = await devicesOf(foreign.user.id);
    expect(known).toContain(hashOf(foreign.deviceToken));
    expect(known).not.toContain(hashOf(other.deviceToken));
  });

  // An attacker who once got a known device, and signed out, must not come back with six digits.
  test.each<[string, (userId: string, admin: SignedInUser) => Promise<unknown>]>([
    ['all sessions of the user are ended', (userId, admin) => admin.change('revokeUserSessions', { userId })],
    [
      'the user is blocked and unblocked',
      async (userId, admin) => {
        await admin.change('blockUser', { userId });
        await admin.change('unblockUser', { userId });
      },
    ],
  ])('is not known any more when %s, although its own session ended by a sign-out before', async (_, end) => {
    const admin = await signInAs('ADMIN', { gateway: gateway(), database: login.database });
    const mine = await signInOn(null);
    const foreign = await signInOn(null, mine.phone);
    await signOut(gateway(), foreign.gatewayToken);
    await end(mine.user.id, admin);
    const known = await devicesOf(mine.user.id);
    expect(known).toHaveLength(2); // the rows stay, so that a sign-in on a new device still causes a message
    expect(known.filter((hash) => [mine, foreign].some(({ deviceToken }) => hashOf(deviceToken) === hash))).toEqual([]);
  });

  test('stays known when its user ends all other sessions, and the others do not', async () => {
    const mine = await signInOn(null);
    const foreign = await signInOn(null, mine.phone);
    await signOut(gateway(), foreign.gatewayToken);
    expect((await revokeOtherSessions(gateway(), mine.gatewayToken)).__typename).toBe('OtherSessionsRevoked');
    const known = await devicesOf(mine.user.id);
    expect(known).toContain(hashOf(mine.deviceToken));
    expect(known).not.toContain(hashOf(foreign.deviceToken));
  });
});

// An attacker who has read one code must not make the gateway forget the devices of the owner.
describe('a user who signed in on a new device less than 24 hours ago', () => {
  async function signInOnThree() {
    const old = await signInOn(null);
    const { id } = old.user;
    await login.database.query(
      `UPDATE known_devices SET first_seen_at = first_seen_at - interval '2 days' WHERE user_id = $1`,
      [id],
    );
    const [caller, newer] = [await signInOn(null, old.phone), await signInOn(null, old.phone)];
    const isKnown = async ({ deviceToken }: typeof old) => (await devicesOf(id)).includes(hashOf(deviceToken));
    return { old, caller, newer, isKnown };
  }
  const isOpen = async ({ accessToken }: { accessToken: string }) =>
    (await verifyStatus(gateway(), accessToken)) === 200;

  test('ends all other sessions, and makes newer devices forgotten, but no older ones', async () => {
    const { old, caller, newer, isKnown } = await signInOnThree();
    expect((await revokeOtherSessions(gateway(), caller.gatewayToken)).__typename).toBe('OtherSessionsRevoked');
    await soon(async () => expect([await isOpen(old), await isOpen(newer)]).toEqual([false, false]));
    expect([await isKnown(old), await isKnown(caller), await isKnown(newer)]).toEqual([true, true, false]);
    expect((await signInOn(old.deviceToken, old.phone)).deviceToken).toBe(old.deviceToken);
  });

  test('ends one other session in the same way', async () => {
    const { old, caller, newer, isKnown } = await signInOnThree();
    for (const { id } of [old, newer])
      expect((await revokeSession(gateway(), caller.gatewayToken, id)).__typename).toBe('SessionRevoked');
    expect([await isKnown(old), await isKnown(caller), await isKnown(newer)]).toEqual([true, true, false]);
  });

  test('makes the old devices forgotten 24 hours later', async () => {
    const { old, caller, isKnown } = await signInOnThree();
    await login.database.query(
      `UPDATE known_devices SET first_seen_at = first_seen_at - interval '24 hours 1 second' WHERE user_id = $1`,
      [old.user.id],
    );
    await revokeOtherSessions(gateway(), caller.gatewayToken);
    expect([await isKnown(old), await isKnown(caller)]).toEqual([false, true]);
  });
});

describe('a user', () => {
  /** Inserts devices that the user has had for two days, last used an hour ago, two hours ago and so on. */
  const insertOldDevices = (userId: string, count: number) =>
    login.database.query(
      `INSERT INTO known_devices (token_hash, user_id, session_id, first_seen_at, last_seen_at)
       SELECT sha256(n::text::bytea), $1, gen_random_uuid(), now() - interval '2 days', now() - n * interval '1 hour'
       FROM generate_series(1, $2::int) n`,
      [userId, count],
    );
  const makeOld = (userId: string) =>
    login.database.query(
      `UPDATE known_devices SET first_seen_at = first_seen_at - interval '2 days' WHERE user_id = $1`,
      [userId],
    );

  test('has 20 devices at most: the one that was used least recently is forgotten', async () => {
    const { user, phone, deviceToken } = await signInOn(null);
    await makeOld(user.id);
    await insertOldDevices(user.id, 19);
    const newest = await signInOn(null, phone);
    const devices = await devicesOf(user.id);
    expect(devices).toHaveLength(20);
    expect(devices).toContain(hashOf(deviceToken));
    expect(devices).toContain(hashOf(newest.deviceToken));
    expect(devices).not.toContain(hashOf('19'));
  });

  // An attacker with the codes of the user must not push out the devices of the user with devices of their own.
  test('keeps the old devices after many sign-ins on new ones: of these the youngest are forgotten', async () => {
    const { user, phone, deviceToken } = await signInOn(null);
    await makeOld(user.id);
    await insertOldDevices(user.id, 16);
    const tokens: string[] = [];
    for (let index = 0; index < 8; index += 1) tokens.push((await signInOn(null, phone)).deviceToken);
    const devices = await devicesOf(user.id);
    const old = [hashOf(deviceToken), ...Array.from({ length: 16 }, (_, index) => hashOf(String(index + 1)))];
    const [first, second, , , , , , last] = tokens.map(hashOf);
    expect(new Set(devices)).toEqual(new Set([...old, first, second, last]));
  });

  test('keeps the devices that are known longer than those that were forgotten', async () => {
    const { user, phone, deviceToken, gatewayToken } = await signInOn(null);
    await makeOld(user.id);
    await insertOldDevices(user.id, 19);
    await revokeOtherSessions(gateway(), gatewayToken);
    await login.database.query(
      `UPDATE known_devices SET last_seen_at = now() - interval '100 days' WHERE token_hash = sha256($1::text::bytea)`,
      [deviceToken],
    );
    await signInOn(null, phone);
    const devices = await devicesOf(user.id);
    expect(devices).toHaveLength(20);
    expect(devices).toContain(hashOf(deviceToken));
  });

  test('who is erased takes their devices along', async () => {
    const { user } = await signInOn(null);
    await login.database.query('DELETE FROM users WHERE id = $1', [user.id]);
    expect(await devicesOf(user.id)).toEqual([]);
  });

  test('signs in on a device that was last used 180 days ago as on a new one', async () => {
    const { user, phone, deviceToken } = await signInOn(null);
    await login.database.query(
      `UPDATE known_devices SET last_seen_at = now() - interval '180 days 1 minute' WHERE user_id = $1`,
      [user.id],
    );
    const again = await signInOn(deviceToken, phone);
    expect(again.deviceToken).not.toBe(deviceToken);
    expect(await devicesOf(user.id)).toContain(hashOf(again.deviceToken));
  });
});

describe('a browser with SESSION_COOKIE on', () => {
  test('keeps its device token in a cookie, and shows it without a script', async () => {
    const on = login.gateway('cookie');
    const mine = somePhone();
    async function signInWith(cookie: string, phone = mine) {
      const attempt = await openAttempt(on, phone);
      const response = await fetch(on.graphqlUrl, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          origin: 'https://login.example.com',
          'x-phonegate': '1',
          cookie,
        },
        body: JSON.stringify({
          query: `mutation ($input: VerifyOtpInput!) { verifyOtp(input: $input) { ... on Session { deviceToken user { id } } } }`,
          variables: { input: { attemptId: attempt.attemptId, secret: attempt.secret, code: attempt.code } },
        }),
      });
      const cookies = response.headers.getSetCookie().map((line) => line.split(';')[0] ?? '');
      const { data } = (await response.json()) as {
        data: { verifyOtp: { deviceToken: string | null; user: { id: string } } };
      };
      expect(data.verifyOtp.deviceToken).toBeNull();
      return { device: cookies.find((one) => one.startsWith('__Host-phonegate-device=')), user: data.verifyOtp.user };
    }
    const { device, user } = await signInWith('');
    expect(device).toBeDefined();
    expect(await signInWith(String(device))).toEqual({ device, user });
    expect(await devicesOf(user.id)).toHaveLength(1);
    // Another user of the browser gets a token of their own, and the cookie keeps both.
    const { device: both } = await signInWith(String(device), somePhone());
    expect(String(both)).toMatch(new RegExp(`=[\\w-]{43}${String(device).split('=')[1]}$`));
    expect((await signInWith(String(both))).user).toEqual(user);
    expect(await devicesOf(user.id)).toHaveLength(1);
  });
});

testNothingSecretIsLeft(login);
