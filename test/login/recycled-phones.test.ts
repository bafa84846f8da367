import { describe, expect, test } from 'vitest';
import { named } from '../support/config.js';
import {
  claimLogin,
  deliverWebhook,
  incomingText,
  requestOtp,
  somePhone,
  startWhatsAppLogin,
  verifyOtp,
} from '../support/calls.js';
import { insertSessions, insertUser, updateUser } from '../support/rows.js';
import { useGateways } from './gateways.js';

const login = useGateways({ open: { RECYCLED_PHONES: 'new-account' }, keeping: {} });
const gateway = (name?: string) => login.gateway(name);

/** A user who signed in so long ago. */
async function someone({ role = 'USER', lastLoginAt = '-91 days', blocked = false } = {}) {
  const phone = somePhone();
  const lid = `${phone.slice(1)}384256@lid`;
  const row = { phone, role, lastLoginAt, blocked, name: 'Previous', whatsappLid: lid, roleChangedAt: '-1 year' };
  return { phone, id: await insertUser(login.database, row) };
}

async function signInByCode(phone: string, { on = gateway(), deviceToken = null as string | null } = {}) {
  const sent = await requestOtp(on.graphqlUrl, { phone });
  return verifyOtp(on.graphqlUrl, { ...sent, code: on.codeOf(sent.attemptId) }, { deviceToken });
}

async function completeByWhatsApp(phone: string) {
  const attempt = await startWhatsAppLogin(gateway().graphqlUrl);
  expect(await deliverWebhook(gateway().url, incomingText(attempt.loginMessage, phone))).toBe(200);
  return attempt;
}

const usersWith = (phone: string) =>
  login.database.query<{ id: string; phone: string; released_phone: string | null; whatsapp_lid: string | null }>(
    'SELECT id, phone, released_phone, whatsapp_lid FROM users WHERE phone = $1 OR released_phone = $1 ORDER BY released_phone NULLS FIRST',
    [phone],
  );

/** Expects that the phone has a new user, and that the old one keeps their row without it. */
async function expectReleased({ id, phone }: { id: string; phone: string }) {
  const [current, previous, ...others] = await usersWith(phone);
  expect(others).toEqual([]);
  expect(current).toMatchObject({ phone, released_phone: null });
  expect(current?.id).not.toBe(id);
  expect(previous).toEqual({ id, phone: `released:${id}`, released_phone: phone, whatsapp_lid: null });
  const released = () =>
    login.database.query(
      "SELECT actor, details->>'newUserId' AS new_user FROM audit_log WHERE event = 'user.phone_released' AND user_id = $1",
      [id],
    );
  await expect.poll(released).toEqual([{ actor: 'gateway', new_user: current?.id }]);
  return current?.id;
}

describe('after 90 days without a sign-in, on an unknown device', () => {
  test('a code opens a new account, and the old user keeps their row without the phone', async () => {
    const user = await someone();
    const session = await signInByCode(user.phone);
    expect(session).toMatchObject({ __typename: 'Session', user: { phone: user.phone, role: 'USER' } });
    expect(session.user.id).toBe(await expectReleased(user));
    expect((await signInByCode(user.phone)).user.id).toBe(session.user.id);
  });

  test('a proof by WhatsApp opens a new account when the login is claimed', async () => {
    const user = await someone();
    const session = await claimLogin(gateway().graphqlUrl, await completeByWhatsApp(user.phone));
    expect(session).toMatchObject({ __typename: 'Session', user: { phone: user.phone } });
    expect(session.user.id).toBe(await expectReleased(user));
    const again = await claimLogin(gateway().graphqlUrl, await completeByWhatsApp(user.phone));
    expect(again.user.id).toBe(session.user.id);
  });

  test('fifty right codes of two attempts at once open one new account', async () => {
    const user = await someone();
    const attempts = await Promise.all([0, 1].map(() => requestOtp(gateway().graphqlUrl, { phone: user.phone })));
    const codes = attempts.map((sent) => ({ ...sent, code: gateway().codeOf(sent.attemptId) }));
    const sessions = await Promise.all(
      Array.from({ length: 50 }, (_, index) => {
        const submission = codes[index % 2];
        if (!submission) throw new Error('no attempt');
        return verifyOtp(gateway().graphqlUrl, submission);
      }),
    );
    const newUserId = await expectReleased(user);
    expect(new Set(sessions.map((session) => session.user.id))).toEqual(new Set([newUserId]));
  });

  test('twenty claims of as many WhatsApp logins at once open one new account', async () => {
    const user = await someone();
    const attempts = await Promise.all(Array.from({ length: 20 }, () => completeByWhatsApp(user.phone)));
    const answers = await Promise.all(attempts.map((attempt) => claimLogin(gateway().graphqlUrl, attempt)));
    const newUserId = await expectReleased(user);
    const sessions = answers.filter(({ __typename }) => __typename === 'Session');
    expect(sessions.map((session) => session.user.id)).toEqual([newUserId]);
    expect(new Set(answers.filter((one) => !sessions.includes(one)).map(({ failureReason }) => failureReason))).toEqual(
      new Set(['USER_NOT_FOUND']),
    );
  });
});

describe('the user keeps the phone', () => {
  test('with RECYCLED_PHONES=keep, which is the default', async () => {
    const { id, phone } = await someone({ lastLoginAt: '-2 years' });
    expect((await signInByCode(phone, { on: gateway('keeping') })).user.id).toBe(id);
  });

  test('within 90 days', async () => {
    const { id, phone } = await someone({ lastLoginAt: '-89 days' });
    expect((await signInByCode(phone)).user.id).toBe(id);
  });

  test.each(['code', 'WhatsApp'])('on a known device: by %s', async (method) => {
    const phone = somePhone();
    const { deviceToken, user } = await signInByCode(phone);
    await updateUser(login.database, user.id, { lastLoginAt: '-91 days' });
    await login.database.query('UPDATE sessions SET revoked_at = now() WHERE user_id = $1', [user.id]);
    const session =
      method === 'code'
        ? await signInByCode(phone, { deviceToken })
        : await claimLogin(gateway().graphqlUrl, await completeByWhatsApp(phone), { deviceToken });
    expect(session.user.id).toBe(user.id);
  });

  test('while a session of theirs is open', async () => {
    const { id, phone } = await someone();
    await insertSessions(login.database, [{ userId: id, expiresAt: '1 day', idleExpiresAt: '1 day' }]);
    expect((await signInByCode(phone)).user.id).toBe(id);
  });

  test('with a role above the first: they need an approval', async () => {
    const { phone } = await someone({ role: 'MANAGER' });
    expect((await signInByCode(phone)).__typename).toBe('ConfirmationRequired');
    expect(await usersWith(phone)).toHaveLength(1);
  });

  test('and stays blocked', async () => {
    const { id, phone } = await someone({ blocked: true });
    expect(await signInByCode(phone)).toMatchObject({ __typename: 'AttemptClosed', failureReason: 'USER_BLOCKED' });
    expect(await usersWith(phone)).toMatchObject([{ id, phone }]);
  });
});

test('RECYCLED_PHONES=new-account needs sign-up', () => {
  expect(named({ RECYCLED_PHONES: 'new-account', SIGN_UP: 'closed' })).toEqual(['RECYCLED_PHONES']);
  expect(named({ RECYCLED_PHONES: 'new' })).toEqual(['RECYCLED_PHONES']);
});
