import { describe, expect, test } from 'vitest';
import { signInAs } from '../admin/sign-in-as.js';
import { deliver, useGateways } from '../login/whatsapp/gateways.js';
import {
  call,
  claimLogin,
  incomingText,
  refreshSession,
  requestOtp,
  somePhone,
  startWhatsAppLogin,
  verifyOtp,
} from '../support/calls.js';
import { insertUser, updateUser } from '../support/rows.js';
import { bearer, signIn } from '../support/sign-in.js';

/** Has a fixed code, and needs no message. */
const TEST_PHONE = '+77010009901';
const login = useGateways({
  codes: {
    DELIVERY_ROUTES: '*=console',
    TEST_PHONES: `${TEST_PHONE}=246813@2027-01-31`,
    WHATSAPP_CONFIRMATION: 'never',
  },
});
const gateway = () => login.gateway('codes');
const url = () => gateway().graphqlUrl;
const becomeAdmin = () => signInAs('ADMIN', { gateway: gateway(), database: login.database });

/** The code of the error, or "admitted". */
async function adminApi(gatewayToken: string): Promise<string> {
  const on = { url: url(), headers: bearer(gatewayToken) };
  const { errors } = await call(on, '{ users(first: 1) { edges { node { userId } } } }');
  return errors?.[0]?.extensions?.code ?? 'admitted';
}
const promote = async (userId: string, role = 'ADMIN') =>
  (await becomeAdmin()).change('setUserRole', { userId, role }, 'role');
const openSessions = (userId: string) =>
  login.database.query('SELECT id FROM sessions WHERE user_id = $1 AND revoked_at IS NULL', [userId]);

async function sendCode(phone: string) {
  const attempt = await requestOtp(url(), { phone });
  return { ...attempt, code: gateway().codeOf(attempt.attemptId) };
}

/** A QR login that its user has proven, and that nobody has claimed yet. */
async function proveByQr(phone: string) {
  const attempt = await startWhatsAppLogin(url());
  await deliver(incomingText(attempt.loginMessage, phone), gateway());
  return attempt;
}

/** A user who has signed in a day ago. */
async function someone() {
  const phone = somePhone();
  return { phone, id: await insertUser(login.database, { phone, lastLoginAt: '-1 day' }) };
}

describe('an attacker who has read one message of a user does not become an admin with that user', () => {
  test('by a session that was opened before', async () => {
    const session = await signIn(gateway(), { phone: somePhone() });
    expect(await promote(session.user.id)).toMatchObject({ role: 'ADMIN' });
    expect(await adminApi(session.gatewayToken)).toBe('UNAUTHENTICATED');
    expect((await refreshSession(url(), session.refreshToken)).__typename).toBe('InvalidRefreshToken');
    expect(await login.database.query('SELECT revoked_reason FROM sessions WHERE id = $1', [session.id])).toEqual([
      { revoked_reason: 'role_changed' },
    ]);
  });

  test('by a session that the fixed code of a test phone has opened', async () => {
    const attempt = await requestOtp(url(), { phone: TEST_PHONE });
    const session = await verifyOtp(url(), { ...attempt, code: '246813' });
    expect(session.__typename).toBe('Session');
    await promote(session.user.id);
    expect(await adminApi(session.gatewayToken)).toBe('UNAUTHENTICATED');
  });

  test('by the token of the device, and one more code after the first hour of the role', async () => {
    const { phone, id } = await someone();
    const { deviceToken } = await verifyOtp(url(), await sendCode(phone));
    await promote(id);
    await updateUser(login.database, id, { roleChangedAt: '-61 minutes' });
    expect((await verifyOtp(url(), await sendCode(phone), { deviceToken })).__typename).toBe('ConfirmationRequired');
  });

  test('by a code that was sent before and is submitted within the first hour of the role', async () => {
    const { phone, id } = await someone();
    const before = await sendCode(phone);
    await promote(id);
    expect((await verifyOtp(url(), before)).__typename).toBe('ConfirmationRequired');
    expect((await verifyOtp(url(), await sendCode(phone))).__typename).toBe('Session');
  });

  test('by a QR login that was proven before and is claimed afterwards', async () => {
    const { phone, id } = await someone();
    const attempt = await proveByQr(phone);
    await promote(id);
    await updateUser(login.database, id, { roleChangedAt: '-2 hours' });
    expect(await claimLogin(url(), attempt)).toMatchObject({ __typename: 'AttemptClosed', status: 'CANCELED' });
    expect(await openSessions(id)).toEqual([]);
  });

  test('by such a QR login when the role was changed in the database', async () => {
    const { phone, id } = await someone();
    const attempt = await proveByQr(phone);
    await updateUser(login.database, id, { role: 'ADMIN' });
    expect(await claimLogin(url(), attempt)).toMatchObject({ __typename: 'AttemptClosed', status: 'CANCELED' });
    expect(await openSessions(id)).toEqual([]);
  });
});

test('a user with fifty sign-ins at the same time as the change has no open session after it', async () => {
  const admin = await becomeAdmin();
  const users = await Promise.all(Array.from({ length: 10 }, someone));
  const proven = await Promise.all(
    users.map(async ({ phone }) => [
      await sendCode(phone),
      ...(await Promise.all([1, 2, 3, 4].map(() => proveByQr(phone)))),
    ]),
  );
  await Promise.all(
    users.flatMap(({ id }, index) => [
      ...(proven[index] ?? []).map((attempt) =>
        'code' in attempt
          ? verifyOtp(url(), attempt as Awaited<ReturnType<typeof sendCode>>)
          : claimLogin(url(), attempt),
      ),
      admin.change('setUserRole', { userId: id, role: 'ADMIN' }, 'role'),
    ]),
  );
  const open = await login.database.query(
    'SELECT id FROM sessions WHERE revoked_at IS NULL AND user_id = ANY($1::uuid[])',
    [users.map(({ id }) => id)],
  );
  expect(open).toEqual([]);
}, 60_000);

test('the change is audited with the number of sessions that ended', async () => {
  const session = await signIn(gateway(), { phone: somePhone() });
  await promote(session.user.id, 'MANAGER');
  expect(
    await login.database.query(`SELECT details FROM audit_log WHERE event = 'user.role_set' AND user_id = $1`, [
      session.user.id,
    ]),
  ).toEqual([{ details: { from: 'USER', to: 'MANAGER', sessionsEnded: 1 } }]);
});

test('a user who gets the role that they have stays signed in', async () => {
  const session = await signIn(gateway(), { phone: somePhone() });
  expect(await promote(session.user.id, 'USER')).toMatchObject({ role: 'USER' });
  expect(await openSessions(session.user.id)).toEqual([{ id: session.id }]);
});

test('a user who loses a role is signed out too', async () => {
  const session = await signIn(gateway(), { phone: somePhone() });
  await promote(session.user.id, 'MANAGER');
  const again = await signIn(gateway(), { phone: session.user.phone });
  await promote(session.user.id, 'USER');
  expect((await refreshSession(url(), again.refreshToken)).__typename).toBe('InvalidRefreshToken');
});
