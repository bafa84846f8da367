import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  type Result,
  call,
  cancelLogin,
  claimLogin,
  deliverWebhook,
  incomingText,
  readAttempt,
  refreshSession,
  requestOtp,
  resendOtp,
  somePhone,
  startWhatsAppLogin,
  verifyOtp,
  wrongCode,
} from '../support/calls.js';
import { openFrames } from '../support/frames.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { logged } from '../support/logged.js';
import {
  allowResend,
  expireAttempt,
  minutePasses,
  readDeliveries,
  updateAttempt,
  updateSession,
} from '../support/rows.js';
import { act, auditOf, signIn, soon, verifyStatus, whoAmI } from '../support/sign-in.js';

let database: TestDatabase;
let gateway: TestGateway;
let other: TestGateway;
let closed: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url, REDIS_URL: inject('redisUrl') };
  [gateway, other, closed] = await Promise.all([
    startGateway(env),
    startGateway(env),
    startGateway({ ...env, SIGN_UP: 'closed' }),
  ]);
  await Promise.all([gateway, other].map((one) => logged(one, 'redis.connected')));
});
afterAll(async () => {
  await Promise.all([gateway, other, closed].map((one) => one.stop()));
  await database.drop();
});

const SENT = '... on OtpRequested { attemptId secret maskedPhone channel expiresAt resendAt codeLength }';
const ERROR = '... on Error { code message }';

const requestChange = ({ gatewayToken: token }: Result, phone: string, at = gateway) =>
  act<Result>(at, 'requestPhoneChange', {
    token,
    input: { phone },
    type: 'RequestOtpInput',
    fields: `${SENT} ${ERROR}`,
  });

const confirm = (
  { gatewayToken: token }: Result,
  { attemptId, secret, code }: { attemptId: string; secret: string; code: string },
  at = gateway,
) =>
  act<{ id: string; phone: string; triesLeft?: number; status?: string }>(at, 'confirmPhoneChange', {
    token,
    input: { attemptId, secret, code },
    type: 'VerifyOtpInput',
    fields: `... on User { id phone } ${ERROR} ... on IncorrectCode { triesLeft } ... on AttemptClosed { status }`,
  });

/** An attempt to change to a phone, with the code that was sent there. */
async function open(session: Result, phone = somePhone(), at = gateway) {
  const attempt = await requestChange(session, phone, at);
  expect(attempt.__typename).toBe('OtpRequested');
  return { ...attempt, phone, code: at.codeOf(attempt.attemptId) };
}

const messagesTo = (phone: string, at = gateway) =>
  at.log.filter((line) => line.event === 'console.message' && line['phone'] === phone);
/** Any instance sends a notification. It has no code. */
const notificationsTo = (phone: string) =>
  [gateway, other, closed].flatMap((at) => messagesTo(phone, at)).filter((line) => line['code'] === '');
const phoneOf = async ({ user }: Result) =>
  (await database.query<{ phone: string }>('SELECT phone FROM users WHERE id = $1', [user.id]))[0]?.phone;
const mask = (phone: string) => `${phone.slice(0, 5)}*****${phone.slice(-2)}`;

describe('a phone change', () => {
  test('takes the code sent to the new phone: it notifies the old phone and ends the other sessions', async () => {
    const session = await signIn(gateway);
    const old = session.user.phone;
    const elsewhere = await signIn(other, { phone: old });
    const frames = await openFrames(other.socketUrl, { init: false });
    frames.send({ type: 'connection_init', payload: { authorization: `Bearer ${elsewhere.accessToken}` } });
    await frames.until(({ type }) => type === 'connection_ack');

    const attempt = await open(session);
    expect(attempt).toMatchObject({ maskedPhone: mask(attempt.phone), channel: 'CONSOLE', codeLength: 6 });
    expect(await phoneOf(session)).toBe(old);
    expect(await confirm(session, attempt)).toEqual({ __typename: 'User', id: session.user.id, phone: attempt.phone });

    expect(await phoneOf(session)).toBe(attempt.phone);
    const told = () => notificationsTo(old).map(({ text }) => String(text)); // of the sign-ins too
    await soon(() => expect(told()).toContainEqual(expect.stringContaining(mask(attempt.phone))));
    expect((await frames.closed).code).toBe(4403);
    expect((await refreshSession(other.graphqlUrl, elsewhere.refreshToken)).__typename).toBe('InvalidRefreshToken');
    await soon(async () => expect(await verifyStatus(other, elsewhere.accessToken)).toBe(401));

    expect(await whoAmI(other, session.accessToken)).toBe(attempt.phone);
    const next = await refreshSession(other.graphqlUrl, session.refreshToken);
    expect(next).toMatchObject({ id: session.id, user: { id: session.user.id, phone: attempt.phone } });
    const claims = JSON.parse(Buffer.from(next.accessToken.split('.')[1] ?? '', 'base64url').toString()) as object;
    expect(claims).toMatchObject({ phone_number: attempt.phone, sid: session.id });
    // The new phone signs in the same user; the old phone signs up another user from now on.
    expect((await signIn(gateway, { phone: attempt.phone })).user.id).toBe(session.user.id);
    expect((await signIn(gateway, { phone: old })).user.id).not.toBe(session.user.id);
  });

  test('is audited with both phones masked, and no log line contains the new one', async () => {
    const session = await signIn(gateway);
    const attempt = await open(session);
    await confirm(session, attempt);
    const rows = (await auditOf(database, session.user.id)).filter(({ event }) => event === 'user.phone_changed');
    expect(rows).toMatchObject([
      {
        actor: session.user.id,
        details: { from: mask(session.user.phone), to: mask(attempt.phone), sessionsEnded: 0 },
      },
    ]);
    const unmasked = gateway.log.filter(
      (line) => line.event !== 'console.message' && JSON.stringify(line).includes(attempt.phone.slice(-9)),
    );
    expect(unmasked).toEqual([]);
  });

  test('logs the notification to the old phone in the SMS log, with its own purpose', async () => {
    const session = await signIn(gateway);
    await confirm(session, await open(session));
    await soon(async () =>
      expect(
        (await readDeliveries(database, { maskedPhone: mask(session.user.phone) })).map((row) => [
          row.purpose,
          row.status,
        ]),
      ).toContainEqual(['PHONE_CHANGED', 'ACCEPTED']),
    );
  });

  test('notifies the old phone in the language of the profile', async () => {
    const session = await signIn(gateway);
    await act(gateway, 'updateMe', {
      token: session.gatewayToken,
      input: { locale: 'fa' },
      type: 'UpdateMeInput',
    });
    await confirm(session, await open(session));
    await soon(() =>
      expect(notificationsTo(session.user.phone).map(({ text }) => text)).toContainEqual(
        expect.stringMatching(/^شماره Phonegate شما تغییر کرد/),
      ),
    );
  });

  test('can be watched, have its code sent again, and be canceled', async () => {
    const session = await signIn(gateway);
    const attempt = await open(session);
    expect(await readAttempt(gateway.graphqlUrl, attempt)).toMatchObject({ status: 'PENDING' });
    await allowResend(database, attempt.attemptId);
    expect((await resendOtp(gateway.graphqlUrl, attempt)).__typename).toBe('OtpRequested');
    expect(messagesTo(attempt.phone).map((line) => line['code'])).toEqual([attempt.code, attempt.code]);
    expect((await cancelLogin(gateway.graphqlUrl, attempt)).status).toBe('CANCELED');
    expect(await confirm(session, attempt)).toMatchObject({ __typename: 'AttemptClosed', status: 'CANCELED' });
    expect(await phoneOf(session)).toBe(session.user.phone);
  });

  test('sends the code also with sign-up closed', async () => {
    const session = await signIn(gateway);
    const attempt = await open(session, somePhone(), closed);
    expect(messagesTo(attempt.phone, closed)).toHaveLength(1);
    await allowResend(database, attempt.attemptId);
    await resendOtp(closed.graphqlUrl, attempt);
    expect(messagesTo(attempt.phone, closed)).toHaveLength(2);
    expect(await confirm(session, attempt, closed)).toMatchObject({ phone: attempt.phone });
  });

  test.each([
    ['is accepted in a national spelling', (digits: string) => `8 701 ${digits}`, 'OtpRequested'],
    ['is refused as invalid', () => 'x', 'InvalidPhoneNumber'],
    ['is refused as a landline', () => '+7 727 250 00 00', 'PhoneNotAllowed'],
  ])('to a phone that %s', async (_, write, expected) => {
    const session = await signIn(gateway);
    const phone = somePhone();
    expect((await requestChange(session, write(phone.slice(5)))).__typename).toBe(expected);
  });
});

describe('a sign-in more than ten minutes ago', () => {
  const signedInAgo = ({ id }: Result, interval: string) => updateSession(database, id, { createdAt: `-${interval}` });

  test('must be repeated before a phone can be changed; a refresh does not count', async () => {
    const session = await signIn(gateway);
    await signedInAgo(session, '9 minutes');
    expect((await requestChange(session, somePhone())).__typename).toBe('OtpRequested');
    await signedInAgo(session, '11 minutes');
    const refreshed = await refreshSession(gateway.graphqlUrl, session.refreshToken);
    const phone = somePhone();
    for (const stale of [session, refreshed])
      expect(await requestChange(stale, phone)).toMatchObject({
        __typename: 'FreshSignInRequired',
        code: 'FRESH_SIGN_IN_REQUIRED',
      });
    expect(messagesTo(phone)).toEqual([]);
    const again = await signIn(gateway, { phone: session.user.phone, deviceToken: session.deviceToken });
    expect((await requestChange(again, phone)).__typename).toBe('OtpRequested');
  });
});

describe('a phone that another user has', () => {
  test('is refused only after the right code, and both users keep their phones and sessions', async () => {
    const [session, owner] = [await signIn(gateway), await signIn(gateway)];
    const attempt = await open(session, owner.user.phone);
    const free = await open(session, somePhone());
    expect(Object.keys(attempt).toSorted()).toEqual(Object.keys(free).toSorted());
    expect(await confirm(session, { ...attempt, code: wrongCode(attempt.code) })).toMatchObject({
      code: 'INCORRECT_CODE',
    });
    expect(await confirm(session, attempt)).toMatchObject({ __typename: 'PhoneTaken', code: 'PHONE_TAKEN' });
    expect(await Promise.all([session, owner].map(phoneOf))).toEqual([session.user.phone, owner.user.phone]);
    expect((await refreshSession(gateway.graphqlUrl, owner.refreshToken)).__typename).toBe('Session');
    expect((await refreshSession(gateway.graphqlUrl, session.refreshToken)).__typename).toBe('Session');
    // The code is used up, even if the phone became free.
    expect((await confirm(session, attempt)).__typename).toBe('AttemptClosed');
  });

  test('goes to one of three users in a race; the others get PhoneTaken', async () => {
    const users = await Promise.all(Array.from({ length: 3 }, () => signIn(gateway)));
    const phone = somePhone();
    const changes: { user: Result; attempt: Awaited<ReturnType<typeof open>> }[] = [];
    for (const user of users) {
      await minutePasses(database, phone);
      changes.push({ user, attempt: await open(user, phone) });
    }
    const answers = await Promise.all(
      changes.map(({ user, attempt }, index) => confirm(user, attempt, index % 2 ? other : gateway)),
    );
    expect(answers.map(({ __typename }) => `${__typename}`).toSorted()).toEqual(['PhoneTaken', 'PhoneTaken', 'User']);
    const winner = users[answers.findIndex(({ __typename }) => __typename === 'User')];
    expect(await database.query('SELECT id FROM users WHERE phone = $1', [phone])).toEqual([{ id: winner?.user.id }]);
  });

  test('belongs to one user when an unknown number signs up with it at the same moment', async () => {
    for (let round = 0; round < 5; round += 1) {
      const session = await signIn(gateway);
      const change = await open(session);
      const signUp = await requestOtp(gateway.graphqlUrl, { phone: change.phone });
      const code = gateway.codeOf(signUp.attemptId);
      const [changed, signedUp] = await Promise.all([
        confirm(session, change),
        verifyOtp(other.graphqlUrl, { ...signUp, code }),
      ]);
      expect(signedUp.__typename).toBe('Session');
      // The user whom the phone signed in is the user who has it.
      expect(await database.query('SELECT id FROM users WHERE phone = $1', [change.phone])).toEqual([
        { id: signedUp.user.id },
      ]);
      expect(changed.__typename).toBe(signedUp.user.id === session.user.id ? 'User' : 'PhoneTaken');
    }
  });
});

describe('the code of a phone change', () => {
  test('is counted when wrong, and the fifth wrong code closes the attempt', async () => {
    const session = await signIn(gateway);
    const attempt = await open(session);
    const wrong = { ...attempt, code: wrongCode(attempt.code) };
    for (const triesLeft of [4, 3, 2, 1, 0])
      expect(await confirm(session, wrong)).toMatchObject({ __typename: 'IncorrectCode', triesLeft });
    expect(await confirm(session, attempt)).toMatchObject({ __typename: 'AttemptClosed', status: 'FAILED' });
    expect(
      await database.query('SELECT hour_failures FROM guess_failures WHERE subject = $1', [attempt.phone]),
    ).toEqual([{ hour_failures: 5 }]);
    expect(await phoneOf(session)).toBe(session.user.phone);
  });

  test('changes the phone once and notifies the old one once, in fifty parallel requests', async () => {
    const session = await signIn(gateway);
    const attempt = await open(session);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => confirm(session, attempt, index % 2 ? gateway : other)),
    );
    const count = (type: string) => answers.filter(({ __typename }) => __typename === type).length;
    expect(count('User')).toBe(50);
    expect(new Set(answers.map(({ phone }) => phone))).toEqual(new Set([attempt.phone]));
    await soon(() => expect(notificationsTo(session.user.phone)).toHaveLength(1));
    const rows = await auditOf(database, session.user.id);
    expect(rows.filter(({ event }) => event === 'user.phone_changed')).toHaveLength(1);
    expect(notificationsTo(session.user.phone)).toHaveLength(1);
  });

  test('returns the user again when it is repeated because the answer was lost, but not a minute later', async () => {
    const session = await signIn(gateway);
    const attempt = await open(session);
    const changed = { __typename: 'User', id: session.user.id, phone: attempt.phone };
    expect(await confirm(session, attempt)).toEqual(changed);
    expect(await confirm(session, attempt, other)).toEqual(changed);
    expect((await confirm(session, { ...attempt, code: wrongCode(attempt.code) })).__typename).toBe('AttemptClosed');
    await updateAttempt(database, attempt.attemptId, { claimedAt: '-61 seconds' });
    expect(await confirm(session, attempt)).toMatchObject({ __typename: 'AttemptClosed', status: 'CLAIMED' });
    const rows = await auditOf(database, session.user.id);
    expect(rows.filter(({ event }) => event === 'user.phone_changed')).toHaveLength(1);
  });

  test('opens no session by verifyOtp or claimLogin, before or after the change', async () => {
    const session = await signIn(gateway);
    const attempt = await open(session);
    expect((await verifyOtp(gateway.graphqlUrl, attempt)).__typename).toBe('AttemptNotFound');
    expect((await claimLogin(gateway.graphqlUrl, attempt)).__typename).toBe('AttemptNotCompleted');
    await confirm(session, attempt);
    expect((await verifyOtp(gateway.graphqlUrl, attempt)).__typename).toBe('AttemptNotFound');
    expect((await claimLogin(gateway.graphqlUrl, attempt)).__typename).toBe('AttemptClosed');
  });

  test('is not the code of a sign-in, which changes no phone', async () => {
    const session = await signIn(gateway);
    const attempt = await requestOtp(gateway.graphqlUrl, { phone: somePhone() });
    const code = gateway.codeOf(attempt.attemptId);
    expect(await confirm(session, { ...attempt, code })).toMatchObject({ code: 'ATTEMPT_NOT_FOUND' });
    expect(await phoneOf(session)).toBe(session.user.phone);
  });

  // Another account must not learn whether the code is right, and must not use up the tries.
  test('is not found for another user, right or wrong, and no try is counted', async () => {
    const [session, thief] = [await signIn(gateway), await signIn(gateway)];
    const attempt = await open(session);
    expect(await confirm(thief, attempt)).toMatchObject({ code: 'ATTEMPT_NOT_FOUND' });
    expect(await confirm(thief, { ...attempt, code: wrongCode(attempt.code) })).toMatchObject({
      code: 'ATTEMPT_NOT_FOUND',
    });
    expect(await database.query('SELECT tries FROM login_attempts WHERE id = $1', [attempt.attemptId])).toEqual([
      { tries: 0 },
    ]);
    expect(await phoneOf(thief)).toBe(thief.user.phone);
    expect(await confirm(session, attempt)).toMatchObject({ phone: attempt.phone });
  });

  test('is refused with another secret, a malformed attempt ID, or after the attempt has expired', async () => {
    const session = await signIn(gateway);
    const attempt = await open(session);
    expect(await confirm(session, { ...attempt, secret: 'x' })).toMatchObject({ code: 'ATTEMPT_NOT_FOUND' });
    expect(await confirm(session, { ...attempt, attemptId: "' OR true" })).toMatchObject({ code: 'ATTEMPT_NOT_FOUND' });
    await expireAttempt(database, attempt.attemptId);
    expect(await confirm(session, attempt)).toMatchObject({ __typename: 'AttemptClosed', status: 'EXPIRED' });
  });

  test('is refused once the session that shows it has ended', async () => {
    const session = await signIn(gateway);
    const attempt = await open(session);
    await act(gateway, 'signOut', { token: session.gatewayToken });
    expect(await confirm(session, attempt)).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await phoneOf(session)).toBe(session.user.phone);
  });
});

// The old phone must not open a session of the account after the change.
describe('a sign-in with the old phone that began before the change', () => {
  test('opens no session of the account when it is claimed after the change', async () => {
    const session = await signIn(gateway);
    const old = await startWhatsAppLogin(gateway.graphqlUrl);
    await deliverWebhook(gateway.url, incomingText(old.loginMessage, session.user.phone));
    expect((await readAttempt(gateway.graphqlUrl, old))?.status).toBe('COMPLETED');
    const attempt = await open(session);
    await confirm(session, attempt);
    const claimed = await claimLogin(gateway.graphqlUrl, old);
    expect([claimed.__typename, claimed.user?.phone]).not.toEqual(['Session', attempt.phone]);
  });

  test('signs up a new user when its code is verified after the change', async () => {
    const session = await signIn(gateway);
    const old = await requestOtp(gateway.graphqlUrl, { phone: session.user.phone });
    const code = gateway.codeOf(old.attemptId);
    await confirm(session, await open(session));
    expect((await verifyOtp(gateway.graphqlUrl, { ...old, code })).user.id).not.toBe(session.user.id);
  });
});

test('requestPhoneChange accepts no user ID: it is always the caller’s phone that changes', async () => {
  const { accessToken } = await signIn(gateway);
  const { errors } = await call(
    { url: gateway.graphqlUrl, headers: { authorization: `Bearer ${accessToken}` } },
    'mutation { requestPhoneChange(input: { phone: "+77010000002", userId: "x" }) { __typename } }',
    {},
  );
  expect(errors?.[0]?.extensions?.code).toBe('BAD_REQUEST');
});
