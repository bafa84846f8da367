import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { signInAs, type SignedInUser } from '../admin/sign-in-as.js';
import {
  cancelLogin,
  claimLogin,
  incomingText,
  readAttempt,
  requestOtp,
  somePhone,
  startWhatsAppLogin,
  verifyOtp,
  wrongCode,
} from '../support/calls.js';
import { startGreenApiSimulator } from '../../simulators/green-api.js';
import { messagesIn } from '../../src/locales/messages.js';
import { INSTANCE, createDatabase, startGateway } from '../support/gateway.js';
import { cleanUpProcesses, killAll, makeFolder, spawnGateway } from '../support/process.js';
import { insertUser, updateUser } from '../support/rows.js';
import { chatOf, deliver, someLid, useGateways } from './whatsapp/gateways.js';

const login = useGateways({
  codes: { DELIVERY_ROUTES: '*=console' },
  unconfirmed: { DELIVERY_ROUTES: '*=console', WHATSAPP_CONFIRMATION: 'never' },
});
const LONG_AGO = new Date('2024-01-01T00:00:00Z');
const gateway = () => login.gateway('codes');
const url = () => gateway().graphqlUrl;

/** A user who got their role more than an hour ago, and signed in a day ago. */
async function someone(change: Partial<Parameters<typeof insertUser>[1]> = {}) {
  const phone = somePhone();
  const user = { role: 'ADMIN', lastLoginAt: '-1 day', roleChangedAt: '-61 minutes', ...change };
  return { id: await insertUser(login.database, { phone, ...user }), phone };
}

async function openAttempt(phone: string) {
  const attempt = await requestOtp(url(), { phone });
  return { ...attempt, phone, code: gateway().codeOf(attempt.attemptId) };
}
type Attempt = Awaited<ReturnType<typeof openAttempt>>;

/** Submits the right code on a new device. */
async function submitCode(phone: string) {
  const attempt = await openAttempt(phone);
  return { attempt, answer: await verifyOtp(url(), attempt) };
}
const say = (phone: string, text: string) => deliver(incomingText(text, phone), gateway());
const claim = (attempt: Attempt) => claimLogin(url(), attempt);
const approve = (admin: SignedInUser, attemptId: string) =>
  admin.change('approveLogin', { attemptId }, 'attemptId userId maskedPhone');
const otherAdmin = () => signInAs('ADMIN', { gateway: gateway(), database: login.database });
const sessionsOf = (userId: string) => login.database.query('SELECT id FROM sessions WHERE user_id = $1', [userId]);

describe('a code alone signs in', () => {
  test('a user with the first role, on any device and after any time', async () => {
    const { phone } = await someone({ role: 'USER', lastLoginAt: '-2 years' });
    expect((await submitCode(phone)).answer.__typename).toBe('Session');
  });

  test('a user who got their role within the last hour', async () => {
    const { id, phone } = await someone({ role: 'USER' });
    await login.database.query(`UPDATE users SET role = 'ADMIN' WHERE id = $1`, [id]);
    expect((await submitCode(phone)).answer.__typename).toBe('Session');
    const added = await insertUser(login.database, { phone: somePhone(), role: 'MANAGER' });
    const [row] = await login.database.query<{ phone: string }>('SELECT phone FROM users WHERE id = $1', [added]);
    expect((await submitCode(String(row?.phone))).answer.__typename).toBe('Session');
  });

  test('a user with a higher role on a device on which they have signed in with that role', async () => {
    const { id, phone } = await someone({ role: 'USER' });
    await updateUser(login.database, id, { role: 'ADMIN' });
    const { deviceToken } = (await submitCode(phone)).answer;
    await updateUser(login.database, id, { roleChangedAt: '-2 hours' });
    expect((await verifyOtp(url(), await openAttempt(phone), { deviceToken })).__typename).toBe('Session');
    expect((await verifyOtp(url(), await openAttempt(phone), {})).__typename).toBe('ConfirmationRequired');
  });
});

describe('on a new device, a user with a higher role', () => {
  test('confirms it in the first hour too, if the phone was changed within 30 days before the role or since', async () => {
    const { id } = await someone({ role: 'USER' });
    const phone = somePhone();
    await updateUser(login.database, id, { phone });
    const withRole = async (phoneChangedAt: string) => {
      await updateUser(login.database, id, { role: 'USER' });
      await updateUser(login.database, id, { role: 'ADMIN', phoneChangedAt });
      return (await submitCode(phone)).answer.__typename;
    };
    const [row] = await login.database.query<{ phone_changed_at: Date | null }>(
      'SELECT phone_changed_at FROM users WHERE id = $1',
      [id],
    );
    expect(Number(row?.phone_changed_at)).toBeGreaterThan(Date.now() - 60_000);
    expect(await withRole('-1 second')).toBe('ConfirmationRequired');
    expect(await withRole('-29 days')).toBe('ConfirmationRequired');
    expect(await withRole('-31 days')).toBe('Session');
  });

  test.each(['MANAGER', 'ADMIN'])('with the role %s confirms by WhatsApp after the right code', async (role) => {
    const { id, phone } = await someone({ role });
    const { attempt, answer } = await submitCode(phone);
    expect(answer).toMatchObject({
      __typename: 'ConfirmationRequired',
      code: 'CONFIRMATION_REQUIRED',
      message: messagesIn('en').errors.CONFIRMATION_REQUIRED,
      confirmationNumber: expect.stringMatching(/^[1-9]\d$/) as string,
    });
    expect(Date.parse(answer.expiresAt) - Date.now()).toBeGreaterThan(9 * 60_000);
    await vi.waitFor(() => expect(login.greenApi.sentTo(chatOf(phone)).join()).toContain('127.0.0.1'), {
      timeout: 15_000,
    });
    expect(login.greenApi.sentTo(chatOf(phone)).join()).not.toMatch(
      new RegExp(`(?<!\\d)${answer.confirmationNumber}(?!\\d)`),
    );
    expect(await readAttempt(url(), attempt)).toMatchObject({
      status: 'CONFIRMING',
      confirmationNumber: answer.confirmationNumber,
      expiresAt: answer.expiresAt,
    });
    expect((await claim(attempt)).__typename).toBe('AttemptNotCompleted');
    expect(await sessionsOf(id)).toEqual([]);
    await say(phone, String(answer.confirmationNumber));
    const session = await claim(attempt);
    expect(session).toMatchObject({ __typename: 'Session', user: { id, role } });
    const next = await verifyOtp(url(), await openAttempt(phone), { deviceToken: session.deviceToken });
    expect(next.__typename).toBe('Session');
  });

  test('confirms it also from a hidden WhatsApp ID that no login message has named', async () => {
    const { id, phone } = await someone();
    const { attempt, answer } = await submitCode(phone);
    const lid = someLid();
    login.greenApi.phonesByLid.set(lid, phone.slice(1));
    await say(lid, String(answer.confirmationNumber));
    expect(await claim(attempt)).toMatchObject({ __typename: 'Session', user: { id } });
  });

  test('gets nothing confirmed by the hidden WhatsApp ID of somebody else', async () => {
    const { phone } = await someone();
    const { attempt, answer } = await submitCode(phone);
    const [lid, hidden] = [someLid(), someLid()];
    login.greenApi.phonesByLid.set(lid, somePhone().slice(1));
    login.greenApi.phonesByLid.set(hidden, '');
    for (const other of [lid, hidden]) await say(other, String(answer.confirmationNumber));
    expect((await claim(attempt)).__typename).toBe('AttemptNotCompleted');
  });

  test('gets the same answer again after a lost one, whatever code is submitted then', async () => {
    const { id, phone } = await someone();
    const { attempt, answer } = await submitCode(phone);
    expect(await verifyOtp(url(), attempt)).toEqual(answer);
    expect(await verifyOtp(url(), { ...attempt, code: wrongCode(attempt.code) })).toEqual(answer);
    expect(await sessionsOf(id)).toEqual([]);
  });

  test('learns it only by the right code: a wrong one is answered as for every user', async () => {
    const { phone } = await someone();
    const attempt = await openAttempt(phone);
    const wrong = await verifyOtp(url(), { ...attempt, code: wrongCode(attempt.code) });
    expect(wrong).toMatchObject({ __typename: 'IncorrectCode', triesLeft: 4 });
    // The wrong codes do not count against the answers by WhatsApp.
    for (let time = 0; time < 3; time += 1) await verifyOtp(url(), { ...attempt, code: wrongCode(attempt.code) });
    const { confirmationNumber } = await verifyOtp(url(), attempt);
    expect(await readAttempt(url(), attempt)).toMatchObject({ status: 'CONFIRMING', confirmationTriesLeft: null });
    await say(phone, confirmationNumber === '10' ? '11' : '10');
    expect(await readAttempt(url(), attempt)).toMatchObject({ status: 'CONFIRMING', confirmationTriesLeft: 2 });
  });

  test('cancels the sign-in with NO, which is logged as a warning', async () => {
    const { id, phone } = await someone();
    const { attempt } = await submitCode(phone);
    await say(phone, 'жоқ');
    expect(await claim(attempt)).toMatchObject({ __typename: 'AttemptClosed', status: 'CANCELED' });
    expect(
      gateway().log.find((line) => line.event === 'whatsapp.denied' && line['attemptId'] === attempt.attemptId),
    ).toBeDefined();
    expect(await sessionsOf(id)).toEqual([]);
  });

  test('can cancel it on the screen, and it expires', async () => {
    const { phone } = await someone();
    const { attempt } = await submitCode(phone);
    expect(await cancelLogin(url(), attempt)).toMatchObject({ __typename: 'LoginAttempt', status: 'CANCELED' });
    const { attempt: late } = await submitCode(phone);
    await login.database.query('UPDATE login_attempts SET expires_at = now() WHERE id = $1', [late.attemptId]);
    expect(await claim(late)).toMatchObject({ __typename: 'AttemptClosed', status: 'EXPIRED' });
  });

  test('confirms each of two attempts, because the first has not signed them in', async () => {
    const { phone } = await someone({ lastLoginAt: '-91 days' });
    expect((await submitCode(phone)).answer.__typename).toBe('ConfirmationRequired');
    expect((await submitCode(phone)).answer).toMatchObject({
      __typename: 'ConfirmationRequired',
      confirmationNumber: null,
    });
  });

  test('who submits the right code fifty times at once has one attempt that waits, and no session', async () => {
    const { id, phone } = await someone();
    const attempt = await openAttempt(phone);
    const answers = await Promise.all(Array.from({ length: 50 }, () => verifyOtp(url(), attempt)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]?.__typename).toBe('ConfirmationRequired');
    expect(await sessionsOf(id)).toEqual([]);
    const asked = gateway().log.filter(
      (line) => line.event === 'login.confirmation_required' && line['attemptId'] === attempt.attemptId,
    );
    expect(asked).toHaveLength(1);
  });

  test('gets one session when the confirmation and approvals arrive at once', async () => {
    const { id, phone } = await someone();
    const admin = await otherAdmin();
    const { attempt, answer } = await submitCode(phone);
    const [approvals] = await Promise.all([
      Promise.all(Array.from({ length: 10 }, () => approve(admin, attempt.attemptId))),
      ...Array.from({ length: 10 }, () => say(phone, String(answer.confirmationNumber))),
      ...Array.from({ length: 30 }, () => claim(attempt)),
    ]);
    expect(approvals.filter(({ __typename }) => __typename === 'LoginApproved').length).toBeLessThanOrEqual(1);
    const session = await claim(attempt);
    expect(session.__typename).toBe('Session');
    // After a lost answer. The code has opened no session, so the claim is repeated without it.
    expect(await claim(attempt)).toMatchObject({ id: session.id, refreshToken: session.refreshToken });
    expect(await sessionsOf(id)).toHaveLength(1);
  });
});

describe('a process that is killed while it asks to confirm', () => {
  afterAll(() => cleanUpProcesses());

  test('leaves the question to the next one, which asks once', async ({ onTestFinished }) => {
    const database = await createDatabase();
    onTestFinished(() => database.drop());
    const greenApi = await startGreenApiSimulator({ idInstance: String(INSTANCE), limits: false });
    onTestFinished(() => greenApi.close());
    const silent = createServer(() => {}).listen(0, '127.0.0.1'); // never answers
    onTestFinished(() => {
      silent.closeAllConnections();
      silent.close();
    });
    await once(silent, 'listening');
    const env = {
      DATABASE_URL: database.url,
      DELIVERY_ROUTES: '*=console',
      GREEN_API_URL: greenApi.url,
      GREEN_API_TOKEN: greenApi.token,
      GREEN_API_ID_INSTANCE: String(INSTANCE),
      GATEWAY_SECRET: 'ip5fhGaKPJRqdQesyXUznTEBvuHkr8c2mLFV',
    };
    const silentUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const victim = spawnGateway(makeFolder(), { env: { ...env, GREEN_API_URL: silentUrl } });
    onTestFinished(async () => {
      killAll([victim.pid]);
      await victim.exited;
    });
    const { graphqlUrl } = await victim.ready();
    const phone = somePhone();
    await insertUser(database, { phone, role: 'ADMIN', lastLoginAt: '-1 day', roleChangedAt: '-61 minutes' });
    const attempt = await requestOtp(graphqlUrl, { phone });
    const answer = await verifyOtp(graphqlUrl, { ...attempt, code: victim.codeOf(attempt.attemptId) });
    expect(answer.__typename).toBe('ConfirmationRequired');
    victim.signal('SIGKILL');
    await victim.exited;

    const others = await Promise.all([startGateway(env), startGateway(env)]);
    onTestFinished(async () => void (await Promise.all(others.map((other) => other.stop()))));
    const questions = () => greenApi.sentTo(chatOf(phone));
    const waiting = () => database.query('SELECT FROM notifications WHERE send_at IS NOT NULL');
    expect(await waiting()).toHaveLength(1);
    // Two minutes later.
    await database.query(`UPDATE notifications SET send_at = send_at - interval '2 minutes'`);
    await vi.waitFor(async () => expect(await waiting()).toEqual([]), { timeout: 10_000 });
    expect(questions()).toEqual([expect.stringContaining('127.0.0.1')]);
  }, 60_000);
});

describe('after 90 days without a sign-in, a user with a higher role', () => {
  test('confirms on a known device too', async () => {
    const { id, phone } = await someone({ role: 'USER' });
    const { deviceToken } = (await submitCode(phone)).answer;
    await updateUser(login.database, id, { role: 'ADMIN' });
    await updateUser(login.database, id, { lastLoginAt: '-91 days' });
    const attempt = await openAttempt(phone);
    const answer = await verifyOtp(url(), attempt, { deviceToken });
    expect(answer.__typename).toBe('ConfirmationRequired');
    await say(phone, String(answer.confirmationNumber));
    expect((await claim(attempt)).__typename).toBe('Session');
  });

  /** The new owner of a recycled number has its SMS and its WhatsApp. */
  test('needs an approval on a new device: no number by WhatsApp confirms it', async () => {
    const { id, phone } = await someone({ lastLoginAt: '-91 days' });
    const { attempt, answer } = await submitCode(phone);
    expect(answer).toMatchObject({ __typename: 'ConfirmationRequired', confirmationNumber: null });
    await Promise.all(Array.from({ length: 90 }, (_, index) => say(phone, String(10 + index))));
    expect(await readAttempt(url(), attempt)).toMatchObject({ status: 'CONFIRMING', confirmationNumber: null });
    expect(login.greenApi.sentTo(chatOf(phone))).toEqual([]);
    expect(await approve(await otherAdmin(), attempt.attemptId)).toMatchObject({ userId: id });
    expect(await claim(attempt)).toMatchObject({ __typename: 'Session', user: { id } });
    const [row] = await login.database.query<{ recent: boolean }>(
      `SELECT last_login_at > now() - interval '1 minute' AS recent FROM users WHERE id = $1`,
      [id],
    );
    expect(row?.recent).toBe(true);
  });

  test('needs an approval of a QR login, even with WHATSAPP_CONFIRMATION=never', async () => {
    const { id, phone } = await someone({ lastLoginAt: '-91 days' });
    const on = login.gateway('unconfirmed');
    const attempt = await startWhatsAppLogin(on.graphqlUrl);
    await deliver(incomingText(attempt.loginMessage, phone), on);
    expect(await readAttempt(on.graphqlUrl, attempt)).toMatchObject({ status: 'CONFIRMING', confirmationNumber: null });
    expect(await approve(await otherAdmin(), attempt.attemptId)).toMatchObject({ userId: id });
    expect(await claimLogin(on.graphqlUrl, attempt)).toMatchObject({ __typename: 'Session', user: { id } });
  });
});

describe('a user with a higher role who has never signed in', () => {
  test('confirms by WhatsApp within 90 days after they got the role', async () => {
    const { id, phone } = await someone({ lastLoginAt: null, roleChangedAt: '-89 days' });
    const { attempt, answer } = await submitCode(phone);
    await say(phone, String(answer.confirmationNumber));
    expect(await claim(attempt)).toMatchObject({ __typename: 'Session', user: { id } });
  });

  test.each([
    ['got the role more than 90 days ago', { roleChangedAt: '-91 days' }],
    [
      'got it before the gateway recorded the time, and was added long ago',
      { roleChangedAt: null, createdAt: LONG_AGO },
    ],
  ])('needs an approval if they %s, also of a QR login', async (_, change) => {
    const { id, phone } = await someone({ lastLoginAt: null, ...change });
    const { attempt, answer } = await submitCode(phone);
    expect(answer).toMatchObject({ __typename: 'ConfirmationRequired', confirmationNumber: null });
    const on = login.gateway('unconfirmed');
    const qr = await startWhatsAppLogin(on.graphqlUrl);
    await deliver(incomingText(qr.loginMessage, phone), on);
    expect(await readAttempt(on.graphqlUrl, qr)).toMatchObject({ status: 'CONFIRMING', confirmationNumber: null });
    expect(await approve(await otherAdmin(), attempt.attemptId)).toMatchObject({ userId: id });
    expect(await claim(attempt)).toMatchObject({ __typename: 'Session', user: { id } });
  });

  test('signs in with the code alone for an hour after they got the role again', async () => {
    const { id, phone } = await someone({ lastLoginAt: null, roleChangedAt: '-2 years', createdAt: LONG_AGO });
    for (const role of ['USER', 'ADMIN']) await updateUser(login.database, id, { role });
    expect((await submitCode(phone)).answer.__typename).toBe('Session');
  });
});

describe('approveLogin', () => {
  test('opens the session on the device of the user, and is audited', async () => {
    const { id, phone } = await someone();
    const { attempt } = await submitCode(phone);
    const admin = await otherAdmin();
    expect(await approve(admin, `AdminLoginAttempt:${attempt.attemptId}`)).toMatchObject({
      __typename: 'LoginApproved',
      attemptId: attempt.attemptId,
      userId: id,
    });
    expect(await claim(attempt)).toMatchObject({ __typename: 'Session', user: { id } });
    const audit = await login.database.query(
      `SELECT actor, user_id, attempt_id FROM audit_log WHERE event = 'login.approved' AND attempt_id = $1`,
      [attempt.attemptId],
    );
    expect(audit).toEqual([{ actor: admin.id, user_id: id, attempt_id: attempt.attemptId }]);
    expect(await approve(admin, attempt.attemptId)).toMatchObject({ __typename: 'AttemptClosed' });
  });

  test('refuses a sign-in of the admin themselves', async () => {
    const admin = await otherAdmin();
    await updateUser(login.database, admin.id, { roleChangedAt: '-2 hours' });
    const { attempt, answer } = await submitCode(admin.session.user.phone);
    expect(answer.__typename).toBe('ConfirmationRequired');
    expect(await approve(admin, attempt.attemptId)).toMatchObject({ __typename: 'InvalidInput', field: 'attemptId' });
    expect((await claim(attempt)).__typename).toBe('AttemptNotCompleted');
  });

  test('refuses other users, an attempt without its code, a QR login, and an unknown attempt', async () => {
    const { phone } = await someone();
    const { attempt } = await submitCode(phone);
    const [manager, admin] = [
      await signInAs('MANAGER', { gateway: gateway(), database: login.database }),
      await otherAdmin(),
    ];
    expect(await approve(manager, attempt.attemptId)).toEqual({ code: 'FORBIDDEN' });
    const pending = await openAttempt(phone);
    expect(await approve(admin, pending.attemptId)).toMatchObject({ __typename: 'AttemptNotCompleted' });
    const qr = await startWhatsAppLogin(url());
    await deliver(incomingText(qr.loginMessage, phone), gateway());
    expect((await readAttempt(url(), qr))?.status).toBe('CONFIRMING');
    expect(await approve(admin, qr.attemptId)).toMatchObject({ __typename: 'InvalidInput', field: 'attemptId' });
    for (const id of ['nonsense', '01a1fbea-d38b-7230-b693-afe10cb3e907'])
      expect(await approve(admin, id)).toMatchObject({ __typename: 'AttemptNotFound' });
  });
});
