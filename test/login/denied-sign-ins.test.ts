import { describe, expect, test } from 'vitest';
import {
  type Result,
  claimLogin,
  incomingText,
  readAttempt,
  requestOtp,
  somePhone,
  startWhatsAppLogin,
  verifyOtp,
} from '../support/calls.js';
import { insertUser, minutePasses, updateUser } from '../support/rows.js';
import { act, auditOf, revokeOtherSessions, revokeSession, soon, verifyStatus } from '../support/sign-in.js';
import { signInAs } from '../admin/sign-in-as.js';
import { deliver, secondsNow, useGateways } from './whatsapp/gateways.js';

// The attacks of a thief who reads the SMS of a user. Each one left the thief an open session, a known device or the
// account, although the user had replied NO to the message about the new device.
const login = useGateways({ codes: { DELIVERY_ROUTES: '*=console,green-api', NEW_DEVICE_NOTICE: 'on' } });
const gateway = () => login.gateway('codes');
const url = () => gateway().graphqlUrl;

interface Client {
  userAgent?: string;
  deviceToken?: string | null;
}
async function submitCode(phone: string, { userAgent = 'Chrome/130', deviceToken = null }: Client = {}) {
  await minutePasses(login.database, phone);
  const attempt = await requestOtp(url(), { phone }, { 'user-agent': userAgent });
  const code = gateway().codeOf(attempt.attemptId);
  return { attempt, answer: await verifyOtp(url(), { ...attempt, code }, { deviceToken }) };
}
async function signIn(phone: string, client?: Client) {
  const { answer } = await submitCode(phone, client);
  expect(answer.__typename).toBe('Session');
  return answer;
}
const say = (phone: string, text: string, change = {}) => deliver(incomingText(text, phone, change), gateway());
const isOpen = async ({ accessToken }: Result) => (await verifyStatus(gateway(), accessToken)) === 200;
const isEnded = (session: Result) => soon(async () => expect(await isOpen(session)).toBe(false));
const noticesTo = async (phone: string) =>
  (await login.database.query(`SELECT FROM notifications WHERE phone = $1 AND purpose = 'NEW_DEVICE'`, [phone])).length;
const makeAdmin = async ({ user: { id } }: Result) => {
  await updateUser(login.database, id, { role: 'ADMIN' });
  await updateUser(login.database, id, { roleChangedAt: '-2 hours' });
};
/** The sign-ins of a user were this long ago. */
async function age({ user: { id } }: Result, interval = '2 days') {
  await login.database.query(`UPDATE sessions SET created_at = created_at - $2::interval WHERE user_id = $1`, [
    id,
    interval,
  ]);
  await login.database.query(
    `UPDATE known_devices SET first_seen_at = first_seen_at - $2::interval WHERE user_id = $1`,
    [id, interval],
  );
}
const FIELDS = '... on OtpRequested { attemptId secret } ... on Error { code message }';
const requestChange = ({ gatewayToken: token }: Result, phone: string) =>
  act<Result>(gateway(), 'requestPhoneChange', { token, input: { phone }, type: 'RequestOtpInput', fields: FIELDS });
async function changePhone(session: Result, phone: string) {
  const { attemptId, secret } = await requestChange(session, phone);
  const code = gateway().codeOf(attemptId);
  return act<Result>(gateway(), 'confirmPhoneChange', {
    token: session.gatewayToken,
    input: { attemptId, secret, code },
    type: 'VerifyOtpInput',
    fields: '... on User { id phone } ... on Error { code message }',
  });
}
const phoneOf = async (userId: string) =>
  (
    await login.database.query<{ phone: string; blocked: boolean }>('SELECT phone, blocked FROM users WHERE id = $1', [
      userId,
    ])
  )[0];

describe('NO ends what a thief has opened since the first new device', () => {
  test('three sign-ins with one device token, of which only the first caused a message', async () => {
    const phone = somePhone();
    const mine = await signIn(phone);
    const first = await signIn(phone, { userAgent: 'Firefox/1' });
    const { deviceToken } = first;
    const second = await signIn(phone, { userAgent: 'Safari/2', deviceToken });
    const third = await signIn(phone, { userAgent: 'Edge/3', deviceToken });
    expect(second.deviceToken).toBe(deviceToken);
    expect(await noticesTo(phone)).toBe(1);
    await say(phone, 'NO');
    for (const session of [first, second, third]) await isEnded(session);
    expect(await isOpen(mine)).toBe(true);
    expect((await signIn(phone, { deviceToken })).deviceToken).not.toBe(deviceToken);
  });

  test('a device on which the thief has signed in to an account of their own meanwhile', async () => {
    const [phone, ofThief] = [somePhone(), somePhone()];
    const mine = await signIn(phone);
    const first = await signIn(phone, { userAgent: 'Firefox/1' });
    const second = await signIn(phone, { userAgent: 'Safari/2', deviceToken: first.deviceToken });
    const own = await signIn(ofThief, { userAgent: 'Safari/2', deviceToken: first.deviceToken });
    await say(phone, 'NO');
    await isEnded(first);
    await isEnded(second);
    const deviceToken = [own.deviceToken, first.deviceToken].join('');
    expect(deviceToken).not.toContain(String((await signIn(phone, { deviceToken })).deviceToken));
    await makeAdmin(mine);
    expect((await submitCode(phone, { deviceToken })).answer.__typename).toBe('ConfirmationRequired');
    expect(await isOpen(own)).toBe(true);
  });

  test('other new devices, but not a later sign-in on a device that the user had before', async () => {
    const phone = somePhone();
    const mine = await signIn(phone);
    const thief = await signIn(phone, { userAgent: 'Firefox/1' });
    const other = await signIn(phone, { userAgent: 'Safari/2' });
    const again = await signIn(phone, { deviceToken: mine.deviceToken });
    await say(phone, 'NO');
    for (const session of [thief, other]) await isEnded(session);
    expect([await isOpen(mine), await isOpen(again)]).toEqual([true, true]);
    expect((await signIn(phone, { deviceToken: mine.deviceToken })).deviceToken).toBe(mine.deviceToken);
  });

  test('sign-ins that run at the same moment: none of fifty is open afterwards without a new message', async () => {
    const phone = somePhone();
    await signIn(phone);
    const first = await signIn(phone, { userAgent: 'Firefox/1' });
    const attempts: Result[] = [];
    for (let index = 0; index < 3; index += 1) {
      await minutePasses(login.database, phone);
      const attempt = await requestOtp(url(), { phone });
      expect(attempt.__typename).toBe('OtpRequested');
      attempts.push(attempt);
    }
    const submitted = attempts.flatMap((attempt) =>
      Array.from({ length: 16 }, () =>
        verifyOtp(url(), { ...attempt, code: gateway().codeOf(attempt.attemptId) }, { deviceToken: first.deviceToken }),
      ),
    );
    const [sessions] = await Promise.all([Promise.all(submitted), say(phone, 'NO'), say(phone, 'NO')]);
    await isEnded(first);
    // A sign-in that was faster than the answer has ended with it; a slower one is on a new device, with a message.
    const open = new Set<string>();
    for (const session of sessions)
      if (session.__typename === 'Session' && (await isOpen(session))) open.add(session.id);
    const told = await login.database.query<{ session_id: string }>(
      'SELECT session_id FROM notifications WHERE phone = $1 AND answered_at IS NULL',
      [phone],
    );
    if (open.size > 0) expect(told).not.toEqual([]);
    const [{ known } = { known: -1 }] = await login.database.query<{ known: number }>(
      `SELECT count(*)::int AS known FROM known_devices WHERE token_hash = sha256($1::text::bytea)`,
      [first.deviceToken],
    );
    expect(known).toBe(0);
  });
});

describe('a device token', () => {
  test('of one user is known for no other user of the same browser, and does not change', async () => {
    const phone = somePhone();
    const admin = await signIn(phone);
    await makeAdmin(admin);
    const guest = await signIn(somePhone(), { deviceToken: admin.deviceToken });
    const asAdmin = async (deviceToken: string | null) => (await submitCode(phone, { deviceToken })).answer.__typename;
    expect(await asAdmin(guest.deviceToken)).toBe('ConfirmationRequired');
    expect(await asAdmin(admin.deviceToken)).toBe('Session');
  });

  test('is found among those of five users that a client sends', async () => {
    const phones = Array.from({ length: 6 }, () => somePhone());
    const tokens: string[] = [];
    for (const phone of phones)
      tokens.unshift(String((await signIn(phone, { deviceToken: tokens.join('') })).deviceToken));
    const deviceToken = tokens.join('');
    for (const phone of phones.slice(1)) expect(tokens).toContain((await signIn(phone, { deviceToken })).deviceToken);
    expect(tokens).not.toContain((await signIn(String(phones[0]), { deviceToken })).deviceToken);
  });

  test('is not known any more after any session of its device was ended from elsewhere', async () => {
    const phone = somePhone();
    const mine = await signIn(phone);
    const first = await signIn(phone, { userAgent: 'Firefox/1' });
    const { deviceToken } = await signIn(phone, { deviceToken: first.deviceToken });
    await revokeSession(gateway(), mine.gatewayToken, first.id);
    expect((await signIn(phone, { deviceToken })).deviceToken).not.toBe(deviceToken);
  });

  test('stays known when all other sessions are ended from an earlier session of its device', async () => {
    const phone = somePhone();
    const first = await signIn(phone);
    const { deviceToken } = await signIn(phone, { deviceToken: first.deviceToken });
    expect((await revokeOtherSessions(gateway(), first.gatewayToken)).__typename).toBe('OtherSessionsRevoked');
    expect((await signIn(phone, { deviceToken })).deviceToken).toBe(deviceToken);
  });
});

describe('a change of phone', () => {
  test('is refused on a device that is known for less than 24 hours, if the user has older ones', async () => {
    const phone = somePhone();
    const mine = await signIn(phone);
    await age(mine);
    const thief = await signIn(phone, { userAgent: 'Firefox/1' });
    const second = await signIn(phone, { userAgent: 'Firefox/1', deviceToken: thief.deviceToken });
    for (const session of [thief, second])
      expect(await requestChange(session, somePhone())).toMatchObject({
        __typename: 'DeviceTooNew',
        code: 'DEVICE_TOO_NEW',
      });
    const again = await signIn(phone, { deviceToken: mine.deviceToken });
    const to = somePhone();
    expect(await changePhone(again, to)).toMatchObject({ __typename: 'User', phone: to });
  });

  test('is refused when the code is confirmed, too: the statement decides', async () => {
    const phone = somePhone();
    const mine = await signIn(phone);
    const { attemptId, secret } = await requestChange(mine, somePhone());
    await login.database.query(
      `INSERT INTO known_devices (token_hash, user_id, session_id, first_seen_at) VALUES ('old', $1, gen_random_uuid(), now() - interval '3 days')`,
      [mine.user.id],
    );
    const code = gateway().codeOf(attemptId);
    const confirmed = await act<Result>(gateway(), 'confirmPhoneChange', {
      token: mine.gatewayToken,
      input: { attemptId, secret, code },
      type: 'VerifyOtpInput',
      fields: '... on Error { code }',
    });
    expect(confirmed).toMatchObject({ code: 'DEVICE_TOO_NEW' });
    expect(await phoneOf(mine.user.id)).toMatchObject({ phone });
  });

  test('is refused also after twenty sign-ins on new devices', async () => {
    const phone = somePhone();
    await age(await signIn(phone));
    let thief = await signIn(phone);
    for (let index = 0; index < 20; index += 1) thief = await signIn(phone);
    expect((await requestChange(thief, somePhone())).__typename).toBe('DeviceTooNew');
  });

  test('is possible when the device is known for 24 hours, and on the first device of a user', async () => {
    const phone = somePhone();
    const mine = await signIn(phone);
    await age(mine);
    const other = await signIn(phone, { userAgent: 'Firefox/1' });
    await login.database.query(
      `UPDATE known_devices SET first_seen_at = now() - interval '24 hours 1 second' WHERE session_id = $1`,
      [other.id],
    );
    expect((await requestChange(other, somePhone())).__typename).toBe('OtpRequested');
    expect((await requestChange(await signIn(somePhone()), somePhone())).__typename).toBe('OtpRequested');
  });

  /** A user whose devices were all deleted: the thief's is the only one, so it can change the phone. */
  async function stolenAccount() {
    const phone = somePhone();
    const id = await insertUser(login.database, { phone, lastLoginAt: '-181 days' });
    const thief = await signIn(phone, { userAgent: 'Firefox/1' });
    const ofThief = somePhone();
    expect(await changePhone(thief, ofThief)).toMatchObject({ phone: ofThief });
    return { id, phone, thief, ofThief };
  }

  test('by a sign-in to which the user replies NO is undone', async () => {
    const { id, phone, thief, ofThief } = await stolenAccount();
    await say(phone, 'NO');
    await isEnded(thief);
    expect(await phoneOf(id)).toEqual({ phone, blocked: false });
    expect((await signIn(ofThief)).user.id).not.toBe(id);
    expect((await signIn(phone)).user.id).toBe(id);
    expect(await auditOf(login.database, id)).toContainEqual(
      expect.objectContaining({
        event: 'user.phone_changed',
        actor: 'gateway',
        details: expect.objectContaining({ reason: 'denied' }) as unknown,
      }),
    );
    const line = gateway().log.find(({ event, userId }) => event === 'session.denied' && userId === id);
    expect(line).toMatchObject({ phoneChange: 'undone' });
  });

  test('blocks the user instead, if another user has signed up with the old phone before the answer', async () => {
    const { id, phone, thief, ofThief } = await stolenAccount();
    await signIn(phone);
    await say(phone, 'NO');
    await isEnded(thief);
    expect(await phoneOf(id)).toEqual({ phone: ofThief, blocked: true });
    expect((await submitCode(ofThief)).answer).toMatchObject({
      __typename: 'AttemptClosed',
      failureReason: 'USER_BLOCKED',
    });
    expect((await auditOf(login.database, id)).map(({ event }) => event)).toContain('user.blocked');
    const line = gateway().log.find(({ event, userId }) => event === 'session.denied' && userId === id);
    expect(line).toMatchObject({ level: 'warn', phoneChange: 'blocked' });
  });

  test('by the user on an older device is not undone by NO', async () => {
    const phone = somePhone();
    const mine = await signIn(phone);
    await age(mine);
    const thief = await signIn(phone, { userAgent: 'Firefox/1' });
    const to = somePhone();
    await changePhone(await signIn(phone, { deviceToken: mine.deviceToken }), to);
    await say(phone, 'NO');
    await isEnded(thief);
    expect(await phoneOf(mine.user.id)).toEqual({ phone: to, blocked: false });
  });
});

describe('NO while a sign-in waits to be confirmed', () => {
  async function thiefWithWaitingSignIn() {
    const phone = somePhone();
    const mine = await signIn(phone);
    const thief = await signIn(phone, { userAgent: 'Firefox/1' });
    await login.database.query(`UPDATE notifications SET created_at = now() - interval '2 minutes' WHERE phone = $1`, [
      phone,
    ]);
    await login.database.query(`UPDATE sessions SET created_at = now() - interval '2 minutes' WHERE id = $1`, [
      thief.id,
    ]);
    await makeAdmin(mine);
    const { attempt, answer } = await submitCode(phone, { userAgent: 'Edge/2' });
    expect(answer.__typename).toBe('ConfirmationRequired');
    return { phone, thief, attempt };
  }

  test.each([
    ['cancels it, and ends the sign-in of the message', 0],
    ['that was written before it ends the sign-in of the message, and cancels it too', 30],
  ])('%s', async (_, age) => {
    const { phone, thief, attempt } = await thiefWithWaitingSignIn();
    await say(phone, 'NO', { timestamp: secondsNow() - age });
    await isEnded(thief);
    expect((await readAttempt(url(), attempt))?.status).toBe('CANCELED');
  });

  test('that was written before it does not cancel it, if no message was sent', async () => {
    const phone = somePhone();
    await insertUser(login.database, { phone, role: 'ADMIN', lastLoginAt: '-1 day', roleChangedAt: '-61 minutes' });
    const { attempt } = await submitCode(phone);
    const { lines } = await say(phone, 'NO', { timestamp: secondsNow() - 30 });
    expect(lines.map(({ reason }) => reason)).toContain('nothing_to_confirm');
    expect((await readAttempt(url(), attempt))?.status).toBe('CONFIRMING');
    await say(phone, 'NO');
    expect((await readAttempt(url(), attempt))?.status).toBe('CANCELED');
  });
});

describe('after an admin gave the user another phone', () => {
  test('NO from the old phone ends no new sign-in, and NO from the new phone does', async () => {
    const [old, phone] = [somePhone(), somePhone()];
    const { user } = await signIn(old);
    await signIn(old, { userAgent: 'Firefox/1' });
    expect(await noticesTo(old)).toBe(1);
    const admin = await signInAs('ADMIN', { gateway: gateway(), database: login.database });
    await admin.change('setUserPhone', { userId: user.id, phone });
    const mine = await signIn(phone, { userAgent: 'Chrome/131' });
    const { lines } = await say(old, 'NO');
    expect(lines.map(({ event }) => event)).not.toContain('session.denied');
    expect(await isOpen(mine)).toBe(true);
    const thief = await signIn(phone, { userAgent: 'Edge/2' });
    await say(phone, 'NO');
    await isEnded(thief);
  });
});

describe('a sign-in that was proven and not claimed yet is canceled when', () => {
  async function proven(phone: string) {
    const attempt = await startWhatsAppLogin(url());
    await deliver(incomingText(attempt.loginMessage, phone), gateway());
    expect((await readAttempt(url(), attempt))?.status).toBe('COMPLETED');
    return attempt;
  }
  test.each<[string, (mine: Result, phone: string) => Promise<unknown>]>([
    ['the user replies NO', (_, phone) => say(phone, 'NO')],
    ['the user ends all other sessions', ({ gatewayToken }) => revokeOtherSessions(gateway(), gatewayToken)],
    [
      'an admin ends the sessions of the user',
      async ({ user }) => {
        const admin = await signInAs('ADMIN', { gateway: gateway(), database: login.database });
        await admin.change('revokeUserSessions', { userId: user.id });
      },
    ],
    [
      'an admin blocks and unblocks the user',
      async ({ user }) => {
        const admin = await signInAs('ADMIN', { gateway: gateway(), database: login.database });
        await admin.change('blockUser', { userId: user.id });
        await admin.change('unblockUser', { userId: user.id });
      },
    ],
  ])('%s', async (_, act) => {
    const phone = somePhone();
    const mine = await signIn(phone);
    const attempt = await proven(phone);
    await act(mine, phone);
    expect(await claimLogin(url(), attempt)).toMatchObject({ __typename: 'AttemptClosed', status: 'CANCELED' });
  });
});
