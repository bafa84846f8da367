import { createHash, randomInt, randomUUID } from 'node:crypto';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../src/domain-error.js';
import { LOCALES } from '../../src/locales/locale.js';
import { messagesIn } from '../../src/locales/messages.js';
import {
  type Result,
  call,
  cancelLogin,
  claimLogin,
  readAttempt,
  refreshSession,
  requestOtp,
  resendOtp,
  somePhone,
  startWhatsAppLogin,
  verifyOtp,
  wrongCode,
} from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import {
  ageSessionRotations,
  allowResend,
  blockUser,
  expireAttempt,
  expireIdleSession,
  expireSession,
  insertUser,
  readDeliveries,
  updateSession,
} from '../support/rows.js';

const ISSUER = 'https://login.example.com';

let database: TestDatabase;
let gateway: TestGateway;
let closed: TestGateway;
let kyrgyz: TestGateway;

/** Every secret and token that a client was given while this file ran. */
const handedOut = new Set<string>();
const realFetch = globalThis.fetch;

beforeAll(async () => {
  globalThis.fetch = async (...args) => {
    const response = await realFetch(...args);
    const text = await response.clone().text();
    for (const [, value] of text.matchAll(/"(?:secret|refreshToken|accessToken)":"([^"]+)"/g)) {
      if (value) handedOut.add(value);
    }
    return response;
  };
  database = await createDatabase();
  const env = { DATABASE_URL: database.url, PUBLIC_URL: ISSUER };
  [gateway, closed, kyrgyz] = await Promise.all([
    startGateway(env),
    startGateway({ ...env, SIGN_UP: 'closed' }),
    startGateway({ ...env, ALLOWED_COUNTRIES: 'KG' }),
  ]);
});
afterAll(async () => {
  globalThis.fetch = realFetch;
  await Promise.all([gateway, closed, kyrgyz].map((one) => one.stop()));
  await database.drop();
});

/** An attempt with its code, for a phone of its own. */
async function open(on = gateway, phone = somePhone()) {
  const attempt = await requestOtp(on.graphqlUrl, { phone });
  expect(attempt.__typename).toBe('OtpRequested');
  return { ...attempt, phone, code: on.codeOf(attempt.attemptId) };
}

async function signIn(on = gateway, phone = somePhone()): Promise<Result> {
  const session = await verifyOtp(on.graphqlUrl, await open(on, phone));
  expect(session).toMatchObject({ __typename: 'Session', user: { phone } });
  return session;
}

const sentFor = (attemptId: string, on = gateway) =>
  on.log.filter((line) => line.event === 'console.message' && line['attemptId'] === attemptId);
const addUser = (phone: string, blocked = false) => insertUser(database, { phone, blocked });
const phoneOf = async (attemptId: string) =>
  (await database.query<{ phone: string }>('SELECT phone FROM login_attempts WHERE id = $1', [attemptId]))[0]?.phone;
const me = (accessToken?: string, on = gateway) =>
  call<{ me: { phone: string } | null }>(
    on.graphqlUrl,
    '{ me { phone } }',
    {},
    accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` },
  );

describe('the phone, in any spelling', () => {
  const inDigits = (zeroOf: string) => (text: string) =>
    text.replaceAll(/\d/g, (digit) => String.fromCharCode(zeroOf.charCodeAt(0) + Number(digit)));
  const persian = inDigits('۰');
  const arabic = inDigits('٠');
  const wide = inDigits('０');

  test.each<[string, (digits: string) => string, string]>([
    ['with +', (n) => `+7701${n}`, '+7701'],
    ['with spaces and brackets', (n) => ` +7 (701) ${n.slice(0, 3)}-${n.slice(3, 5)}-${n.slice(5)} `, '+7701'],
    ['without +', (n) => `7701${n}`, '+7701'],
    ['with 8', (n) => `8 701 ${n}`, '+7701'],
    ['without anything', (n) => `701${n}`, '+7701'],
    ['with 00', (n) => `007701${n}`, '+7701'],
    ['in Persian digits', (n) => persian(`+7701${n}`), '+7701'],
    ['in Arabic digits', (n) => arabic(`8701${n}`), '+7701'],
    ['in full-width signs', (n) => `＋${wide(`7701${n}`)}`, '+7701'],
    ['with invisible marks and a long dash', (n) => `\u202A+7\u00A0701\u2013${n}\u202C`, '+7701'],
    ['Kyrgyz, national', (n) => `0700 ${n.slice(1)}`, '+996700'],
    ['Kyrgyz, bare', (n) => `700${n.slice(1)}`, '+996700'],
    ['Kyrgyz, with 00', (n) => `00996 700 ${n.slice(1)}`, '+996700'],
    ['Kyrgyz, without +', (n) => `996700${n.slice(1)}`, '+996700'],
    ['Iranian, national', (n) => `0912 ${n}`, '+98912'],
    ['Iranian, bare', (n) => `912${n}`, '+98912'],
    ['Iranian, Persian digits', (n) => persian(`0912${n}`), '+98912'],
    ['Iranian, with 00', (n) => `0098912${n}`, '+98912'],
    ['Iranian, with + and a zero too many', (n) => `+98 0912 ${n}`, '+98912'],
    ['Turkish', (n) => `+90 532 ${n}`, '+90532'],
  ])('%s', async (_, write, start) => {
    const digits = String(2_000_000 + randomInt(8_000_000)).padStart(7, '0');
    const e164 = `${start}${start === '+996700' ? digits.slice(1) : digits}`;
    const attempt = await requestOtp(gateway.graphqlUrl, { phone: write(digits) });
    expect(attempt).toMatchObject({ __typename: 'OtpRequested', codeLength: 6, channel: 'CONSOLE' });
    expect(await phoneOf(attempt.attemptId)).toBe(e164);
    expect(attempt.maskedPhone).toMatch(/^\+\d{4}\*+\d{2}$/);
    expect(attempt.maskedPhone).toHaveLength(e164.length);
  });

  test.each([
    '',
    ' ',
    '+',
    'call me',
    '123',
    '+7',
    '+7 701',
    '+999 123 456 789',
    `+${'7'.repeat(40)}`,
    '1'.repeat(65),
    '😀',
    '+7701000000२',
  ])('"%s" is no phone', async (phone) => {
    expect(await requestOtp(gateway.graphqlUrl, { phone })).toMatchObject({
      __typename: 'InvalidPhoneNumber',
      code: 'INVALID_PHONE_NUMBER',
    });
  });

  test.each(['+7 727 250 00 00', '8 (7172) 55 55 55', '+98 21 8888 8888', '+996 312 66 00 00'])(
    'the landline %s cannot receive a code',
    async (phone) => {
      expect(await requestOtp(gateway.graphqlUrl, { phone })).toMatchObject({
        __typename: 'PhoneNotAllowed',
        code: 'PHONE_NOT_ALLOWED',
      });
    },
  );

  test('only allowed countries are served', async () => {
    expect((await requestOtp(kyrgyz.graphqlUrl, { phone: somePhone() })).__typename).toBe('PhoneNotAllowed');
    expect((await requestOtp(kyrgyz.graphqlUrl, { phone: '+98 912 000 0004' })).__typename).toBe('PhoneNotAllowed');
    expect((await requestOtp(kyrgyz.graphqlUrl, { phone: '0700 000 003' })).__typename).toBe('OtpRequested');
  });
});

describe('the language', () => {
  const errorIn = (input: { locale?: string }, headers: Record<string, string> = {}) =>
    requestOtp(gateway.graphqlUrl, { phone: '123', ...input }, headers);

  test.each(LOCALES)('errors in %s', async (locale) => {
    const text = messagesIn(locale).errors.INVALID_PHONE_NUMBER;
    expect(await errorIn({ locale })).toMatchObject({ code: 'INVALID_PHONE_NUMBER', message: text });
    expect((await errorIn({}, { 'accept-language': locale })).message).toBe(text);
    expect((await errorIn({}, { 'accept-language': `de, ${locale.toUpperCase()}-XX;q=0.9` })).message).toBe(text);
    expect((await errorIn({ locale }, { 'accept-language': locale === 'en' ? 'ru' : 'en' })).message).toBe(text);
  });

  test('what we do not speak is English', async () => {
    const { INVALID_PHONE_NUMBER } = messagesIn('en').errors;
    for (const input of [{}, { locale: 'de' }, { locale: '' }, { locale: 'x'.repeat(1000) }]) {
      expect((await errorIn(input)).message).toBe(INVALID_PHONE_NUMBER);
    }
  });

  test.each<[ErrorCode, () => Promise<string | undefined>]>([
    [
      'ATTEMPT_NOT_FOUND',
      async () => {
        const { data } = await call<{ verifyOtp: Result }>(
          gateway.graphqlUrl,
          'mutation { verifyOtp(input: { attemptId: "x", secret: "x", code: "1" }) { ... on Error { message } } }',
          {},
          { 'accept-language': 'fa-IR' },
        );
        return data.verifyOtp.message;
      },
    ],
    [
      'UNAUTHENTICATED',
      async () =>
        (await call(gateway.graphqlUrl, '{ me { id } }', {}, { 'accept-language': 'fa' })).errors?.[0]?.message,
    ],
  ])('%s in Persian', async (code, ask) => expect(await ask()).toBe(messagesIn('fa').errors[code]));

  test.each(LOCALES)('the message with the code in %s', async (locale) => {
    const { attemptId } = await requestOtp(gateway.graphqlUrl, { phone: somePhone(), locale });
    const [template] = await database.query<{ body: string }>(
      `SELECT body FROM sms_templates WHERE purpose = 'LOGIN_CODE' AND locale = $1`,
      [locale],
    );
    const [sent] = sentFor(attemptId);
    expect(sent?.['text']).toBe(template?.body.replace('{code}', gateway.codeOf(attemptId)).replace('{minutes}', '5'));
  });
});

describe('sending again', () => {
  const resendNow = ({ attemptId }: Result) => allowResend(database, attemptId);

  test('before resendAt: wait, and how long', async () => {
    const attempt = await open();
    const refused = await resendOtp(gateway.graphqlUrl, attempt);
    expect(refused).toMatchObject({ __typename: 'RateLimited', code: 'RATE_LIMITED' });
    expect(refused.retryAfterSeconds).toBeGreaterThan(50);
    expect(refused.retryAfterSeconds).toBeLessThanOrEqual(60);
    expect(sentFor(attempt.attemptId)).toHaveLength(1);
  });

  test('after it: the same attempt, the same code, and again a wait', async () => {
    const attempt = await open();
    await resendNow(attempt);
    const { attemptId, secret, maskedPhone, expiresAt } = attempt;
    const again = await resendOtp(gateway.graphqlUrl, attempt);
    expect(again).toMatchObject({ __typename: 'OtpRequested', attemptId, secret, maskedPhone, expiresAt });
    expect(Date.parse(again.resendAt)).toBeGreaterThan(Date.now() + 50_000);
    expect(sentFor(attemptId).map((line) => line['code'])).toEqual([attempt.code, attempt.code]);
    expect((await resendOtp(gateway.graphqlUrl, attempt)).__typename).toBe('RateLimited');
    const deliveries = await readDeliveries(database, { attemptId });
    expect(deliveries.map(({ status }) => status)).toEqual(['ACCEPTED', 'ACCEPTED']);
    expect((await verifyOtp(gateway.graphqlUrl, attempt)).__typename).toBe('Session');
  });

  test('does not give the tries back', async () => {
    const attempt = await open();
    await verifyOtp(gateway.graphqlUrl, { ...attempt, code: wrongCode(attempt.code) });
    await resendNow(attempt);
    await resendOtp(gateway.graphqlUrl, attempt);
    expect(await verifyOtp(gateway.graphqlUrl, { ...attempt, code: wrongCode(attempt.code) })).toMatchObject({
      triesLeft: 3,
    });
  });

  test('an attempt that is over is not sent again', async () => {
    const attempt = await open();
    await cancelLogin(gateway.graphqlUrl, attempt);
    await resendNow(attempt);
    expect(await resendOtp(gateway.graphqlUrl, attempt)).toMatchObject({
      __typename: 'AttemptClosed',
      status: 'CANCELED',
    });
    expect(sentFor(attempt.attemptId)).toHaveLength(1);
  });
});

describe('the code', () => {
  test.each<[string, (code: string) => string]>([
    ['in Persian digits', (code) => code.replaceAll(/\d/g, (digit) => '۰۱۲۳۴۵۶۷۸۹'[Number(digit)] ?? '')],
    ['in Arabic digits', (code) => code.replaceAll(/\d/g, (digit) => '٠١٢٣٤٥٦٧٨٩'[Number(digit)] ?? '')],
    ['with a space', (code) => ` ${code.slice(0, 3)} ${code.slice(3)} `],
    ['with a dash', (code) => `${code.slice(0, 3)}-${code.slice(3)}`],
  ])('%s is right', async (_, write) => {
    const attempt = await open();
    const session = await verifyOtp(gateway.graphqlUrl, { ...attempt, code: write(attempt.code) });
    expect(session).toMatchObject({ __typename: 'Session', user: { phone: attempt.phone, role: 'USER' } });
  });

  test.each<[string, (code: string) => string]>([
    ['empty', () => ''],
    ['too short', (code) => code.slice(1)],
    ['too long', (code) => `${code}0`],
    ['endless', (code) => code.repeat(1000)],
    ['another', wrongCode],
  ])('%s is wrong, and counts', async (_, write) => {
    const attempt = await open();
    expect(await verifyOtp(gateway.graphqlUrl, { ...attempt, code: write(attempt.code) })).toMatchObject({
      __typename: 'IncorrectCode',
      code: 'INCORRECT_CODE',
      triesLeft: 4,
    });
    expect((await verifyOtp(gateway.graphqlUrl, attempt)).__typename).toBe('Session');
  });

  test('works once', async () => {
    const attempt = await open();
    await verifyOtp(gateway.graphqlUrl, attempt);
    expect(await verifyOtp(gateway.graphqlUrl, attempt)).toMatchObject({
      __typename: 'AttemptClosed',
      status: 'CLAIMED',
    });
  });

  test('with the answer lost, claimLogin gives the same session', async () => {
    const attempt = await open();
    const session = await verifyOtp(gateway.graphqlUrl, attempt);
    expect(await claimLogin(gateway.graphqlUrl, attempt)).toMatchObject({
      id: session.id,
      refreshToken: session.refreshToken,
    });
  });

  test('dies with its time', async () => {
    const attempt = await open();
    await expireAttempt(database, attempt.attemptId);
    expect(await verifyOtp(gateway.graphqlUrl, attempt)).toMatchObject({
      __typename: 'AttemptClosed',
      status: 'EXPIRED',
    });
  });

  test('of one attempt does not open another of the same phone', async () => {
    const phone = somePhone();
    const [first, second] = [await open(gateway, phone), await open(gateway, phone)];
    const crossed = await verifyOtp(gateway.graphqlUrl, { ...first, code: second.code });
    expect(crossed.__typename).toBe(first.code === second.code ? 'Session' : 'IncorrectCode');
  });

  test('with the secret of another client opens nothing, and is not counted', async () => {
    const [mine, theirs] = [await open(), await open()];
    const stolen = { attemptId: theirs.attemptId, secret: mine.secret, code: theirs.code };
    for (let round = 0; round < 6; round += 1) {
      expect((await verifyOtp(gateway.graphqlUrl, stolen)).__typename).toBe('AttemptNotFound');
    }
    expect((await resendOtp(gateway.graphqlUrl, stolen)).__typename).toBe('AttemptNotFound');
    expect((await cancelLogin(gateway.graphqlUrl, stolen)).__typename).toBe('AttemptNotFound');
    expect((await claimLogin(gateway.graphqlUrl, stolen)).__typename).toBe('AttemptNotFound');
    expect(await readAttempt(gateway.graphqlUrl, stolen)).toBeNull();
    expect((await verifyOtp(gateway.graphqlUrl, theirs)).__typename).toBe('Session');
  });

  test('for a login by WhatsApp there is none', async () => {
    const { attemptId, secret } = await startWhatsAppLogin(gateway.graphqlUrl);
    expect((await verifyOtp(gateway.graphqlUrl, { attemptId, secret, code: '000000' })).__typename).toBe(
      'AttemptNotFound',
    );
    expect((await resendOtp(gateway.graphqlUrl, { attemptId, secret })).__typename).toBe('AttemptNotFound');
    expect(await readAttempt(gateway.graphqlUrl, { attemptId, secret })).toMatchObject({ status: 'PENDING' });
  });

  test.each([
    '',
    'x',
    "' OR 1=1 --",
    '\0',
    'null',
    '../../etc/passwd',
    `{${randomUUID()}}`,
    randomUUID().replaceAll('-', ''),
    'a'.repeat(100),
  ])('attempt id "%s" is none', async (attemptId) => {
    const input = { attemptId, secret: 'x'.repeat(43), code: '123456' };
    expect((await verifyOtp(gateway.graphqlUrl, input)).__typename).toBe('AttemptNotFound');
    expect((await resendOtp(gateway.graphqlUrl, input)).__typename).toBe('AttemptNotFound');
    expect((await cancelLogin(gateway.graphqlUrl, input)).__typename).toBe('AttemptNotFound');
    expect((await claimLogin(gateway.graphqlUrl, input)).__typename).toBe('AttemptNotFound');
    expect(await readAttempt(gateway.graphqlUrl, input)).toBeNull();
  });

  test('an attempt id may be written in capitals', async () => {
    const attempt = await open();
    const input = { ...attempt, attemptId: attempt.attemptId.toUpperCase() };
    expect((await verifyOtp(gateway.graphqlUrl, input)).__typename).toBe('Session');
  });
});

describe('with sign-up closed', () => {
  // Once a stranger's delivery was accepted in the moment it was opened, which a real one never is.
  test("a stranger's delivery takes its time, like anybody's", async () => {
    const { attemptId } = await requestOtp(closed.graphqlUrl, { phone: somePhone() });
    const rows = await readDeliveries(database, { attemptId });
    expect(
      rows.map(({ status, failure, ...row }) => ({ status, failure, moved: row.updated_at > row.created_at })),
    ).toEqual([{ status: 'ACCEPTED', failure: 'suppressed', moved: true }]);
  });

  /** What a client can learn about its attempt without the code, with everything that is chance left out. */
  async function whatItLooksLike(phone: string) {
    const answer = await requestOtp(closed.graphqlUrl, { phone });
    const attempt = await readAttempt(closed.graphqlUrl, answer);
    const guess = await verifyOtp(closed.graphqlUrl, { ...answer, code: '00000' });
    await allowResend(database, answer.attemptId);
    const again = await resendOtp(closed.graphqlUrl, answer);
    const shape = ({ attemptId, secret, maskedPhone, expiresAt, resendAt, ...rest }: Result) => ({
      ...rest,
      lengths: [attemptId.length, secret.length, maskedPhone.length],
      secondsLeft: Math.round((Date.parse(expiresAt) - Date.now()) / 10_000) * 10,
      secondsToResend: Math.round((Date.parse(resendAt) - Date.now()) / 10_000) * 10,
    });
    return {
      attemptId: answer.attemptId,
      seen: {
        requested: shape(answer),
        status: attempt?.status,
        delivery: attempt?.delivery && { channel: attempt.delivery.channel, status: attempt.delivery.status },
        guess,
        resent: shape(again),
      },
    };
  }

  test('a stranger is sent nothing', async () => {
    const { attemptId } = await whatItLooksLike(somePhone());
    expect(sentFor(attemptId, closed)).toEqual([]);
  });

  test('a stranger, a known and a blocked person look the same until the right code', async () => {
    const [stranger, known, blocked] = [somePhone(), somePhone(), somePhone()];
    await addUser(known);
    await addUser(blocked, true);
    const toKnown = await whatItLooksLike(known);
    expect(sentFor(toKnown.attemptId, closed)).toHaveLength(2);
    expect(toKnown.seen).toMatchObject({ status: 'PENDING', guess: { triesLeft: 4 } });
    expect((await whatItLooksLike(blocked)).seen).toEqual(toKnown.seen);
    const { delivery: ofStranger, ...strangerSeen } = (await whatItLooksLike(stranger)).seen;
    const { delivery: ofKnown, ...knownSeen } = toKnown.seen;
    expect(strangerSeen).toEqual(knownSeen);
    expect(ofStranger).toEqual(ofKnown);
  });

  test('a stranger can be neither made nor signed in', async () => {
    const phone = somePhone();
    await requestOtp(closed.graphqlUrl, { phone });
    expect(await database.query('SELECT id FROM users WHERE phone = $1', [phone])).toEqual([]);
  });

  test('a known person signs in', async () => {
    const phone = somePhone();
    await addUser(phone);
    await signIn(closed, phone);
  });

  test('a blocked person learns it after the right code, not before', async () => {
    const phone = somePhone();
    await addUser(phone, true);
    const attempt = await open(gateway, phone);
    expect((await verifyOtp(gateway.graphqlUrl, { ...attempt, code: wrongCode(attempt.code) })).__typename).toBe(
      'IncorrectCode',
    );
    expect(await verifyOtp(gateway.graphqlUrl, attempt)).toMatchObject({
      __typename: 'AttemptClosed',
      status: 'FAILED',
      failureReason: 'USER_BLOCKED',
    });
    expect((await claimLogin(gateway.graphqlUrl, attempt)).__typename).toBe('AttemptClosed');
    expect(
      await database.query('SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.phone = $1', [phone]),
    ).toEqual([]);
  });
});

describe('the access token', () => {
  const jwks = () => createRemoteJWKSet(new URL(`${gateway.url}/.well-known/jwks.json`));

  test('verifies against the published keys, and says what it should', async () => {
    const session = await signIn();
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

  test('two tokens of a session differ', async () => {
    const session = await signIn();
    const next = await refreshSession(gateway.graphqlUrl, session.refreshToken);
    const ids = await Promise.all(
      [session, next].map(async ({ accessToken }) => (await jwtVerify(accessToken, jwks())).payload.jti),
    );
    expect(new Set(ids).size).toBe(2);
  });

  test('the published keys are public, and name the key of the token', async () => {
    const { accessToken } = await signIn();
    const { keys } = (await (await fetch(`${gateway.url}/.well-known/jwks.json`)).json()) as {
      keys: Record<string, string>[];
    };
    expect(keys.map(({ kid }) => kid)).toContain(decodeProtectedHeader(accessToken).kid);
    for (const key of keys) expect(Object.keys(key).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  });

  test('me: whose it is; without one, with a changed or a foreign one, nobody', async () => {
    const phone = somePhone();
    const { accessToken, refreshToken } = await signIn(gateway, phone);
    expect((await me(accessToken)).data.me?.phone).toBe(phone);
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
      const { data, errors } = await me(token);
      expect([data.me, errors?.[0]?.extensions?.code]).toEqual([null, 'UNAUTHENTICATED']);
    }
  });

  test('is worth nothing to a gateway with another name', async () => {
    const other = await startGateway({ DATABASE_URL: database.url, PUBLIC_URL: 'https://other.example.com' });
    const { accessToken } = await signIn();
    expect((await me(accessToken, other)).errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
    await other.stop();
  });

  test('of a person who was blocked meanwhile is worth nothing', async () => {
    const phone = somePhone();
    const { accessToken, refreshToken, user } = await signIn(gateway, phone);
    await blockUser(database, user.id);
    expect((await me(accessToken)).errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
    expect((await refreshSession(gateway.graphqlUrl, refreshToken)).__typename).toBe('InvalidRefreshToken');
  });
});

describe('the refresh token', () => {
  const later = (sessionId: string) => ageSessionRotations(database, sessionId, '21 seconds');
  const thefts = (sessionId: string) =>
    gateway.log.filter((line) => line.event === 'session.theft' && line['sessionId'] === sessionId);

  test('is exchanged for another, with a fresh access token of the same session', async () => {
    const first = await signIn();
    const second = await refreshSession(gateway.graphqlUrl, first.refreshToken);
    expect(second).toMatchObject({ __typename: 'Session', id: first.id, user: first.user });
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(second.accessToken).not.toBe(first.accessToken);
    expect((await me(second.accessToken)).data.me?.phone).toBe(first.user.phone);
  });

  test('repeated within 20 s gives the same child, to fifty tabs too', async () => {
    const first = await signIn();
    const children = await Promise.all(
      Array.from({ length: 50 }, () => refreshSession(gateway.graphqlUrl, first.refreshToken)),
    );
    expect(new Set(children.map(({ refreshToken }) => refreshToken)).size).toBe(1);
    expect(thefts(first.id)).toEqual([]);
    expect((await refreshSession(gateway.graphqlUrl, children[0]?.refreshToken ?? '')).__typename).toBe('Session');
  });

  test('used again later revokes the family, and raises an alarm', async () => {
    const first = await signIn();
    const second = await refreshSession(gateway.graphqlUrl, first.refreshToken);
    await later(first.id);
    expect((await refreshSession(gateway.graphqlUrl, first.refreshToken)).__typename).toBe('InvalidRefreshToken');
    expect(thefts(first.id)).toMatchObject([{ level: 'warn', userId: first.user.id }]);
    expect((await refreshSession(gateway.graphqlUrl, second.refreshToken)).__typename).toBe('InvalidRefreshToken');
    expect((await me(second.accessToken)).errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
    expect(await database.query('SELECT revoked_reason FROM sessions WHERE id = $1', [first.id])).toEqual([
      { revoked_reason: 'refresh_token_reused' },
    ]);
  });

  // Two tabs on a slow line: one is two uses ahead when the other's first request arrives.
  test('two generations old, but used just now, gives the one that is current; later it revokes the family', async () => {
    const first = await signIn();
    const second = await refreshSession(gateway.graphqlUrl, first.refreshToken);
    const third = await refreshSession(gateway.graphqlUrl, second.refreshToken);
    expect((await refreshSession(gateway.graphqlUrl, first.refreshToken)).refreshToken).toBe(third.refreshToken);
    expect(thefts(first.id)).toHaveLength(0);
    await later(first.id);
    expect((await refreshSession(gateway.graphqlUrl, first.refreshToken)).__typename).toBe('InvalidRefreshToken');
    expect(thefts(first.id)).toHaveLength(1);
  });

  test('a day late, but current, is no theft', async () => {
    const first = await signIn();
    await updateSession(database, first.id, { rotatedAt: '-1 day' });
    expect((await refreshSession(gateway.graphqlUrl, first.refreshToken)).__typename).toBe('Session');
  });

  test.each([
    ['idle_expires_at', expireIdleSession],
    ['expires_at', expireSession],
  ])('is refused after %s', async (_, expire) => {
    const { id, refreshToken } = await signIn();
    await expire(database, id);
    expect((await refreshSession(gateway.graphqlUrl, refreshToken)).__typename).toBe('InvalidRefreshToken');
  });

  test('that is junk is refused and disturbs nobody', async () => {
    const { id, refreshToken } = await signIn();
    const junk = ['', 'x', refreshToken.slice(1), refreshToken.toLowerCase(), `${refreshToken}x`, ` ${refreshToken}\n`];
    for (const token of junk) {
      expect((await refreshSession(gateway.graphqlUrl, token)).__typename).toBe('InvalidRefreshToken');
    }
    expect(thefts(id)).toEqual([]);
    expect((await refreshSession(gateway.graphqlUrl, refreshToken)).__typename).toBe('Session');
  });
});

describe('signing out', () => {
  const signOut = (accessToken?: string) =>
    call<{ signOut: { __typename: string; sessionId: string } | null }>(
      gateway.graphqlUrl,
      'mutation { signOut { __typename ... on SignedOut { sessionId } } }',
      {},
      accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` },
    );

  test('ends this session and no other; twice is no error', async () => {
    const phone = somePhone();
    const [here, there] = [await signIn(gateway, phone), await signIn(gateway, phone)];
    for (let time = 0; time < 2; time += 1) {
      expect((await signOut(here.accessToken)).data.signOut).toEqual({ __typename: 'SignedOut', sessionId: here.id });
    }
    expect((await refreshSession(gateway.graphqlUrl, here.refreshToken)).__typename).toBe('InvalidRefreshToken');
    expect((await me(here.accessToken)).errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
    expect((await me(there.accessToken)).data.me?.phone).toBe(phone);
    expect((await refreshSession(gateway.graphqlUrl, there.refreshToken)).__typename).toBe('Session');
  });

  test('without a token there is nobody to sign out', async () => {
    expect((await signOut()).errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
  });
});

// These two look at everything the tests above have left behind.
describe('what is left behind', () => {
  /** As a number of its own: six digits within a hash or an id are chance. */
  const standsIn = (text: string) => (code: string) =>
    new RegExp(`(?<![0-9A-Za-z_-])${code}(?![0-9A-Za-z_-])`).test(text);
  const codes = () => [
    ...new Set(
      [gateway, closed].flatMap(({ log }) =>
        log.filter(({ event }) => event === 'console.message').map((line) => String(line['code'])),
      ),
    ),
  ];

  test('no log line holds a code, a secret, a token or a whole phone, save the one that is the phone', async () => {
    await signIn();
    const text = [gateway, closed, kyrgyz]
      .flatMap(({ log }) => log)
      .filter(({ event }) => event !== 'console.message')
      .map((line) => JSON.stringify(line))
      .join('\n');
    const phones = await database.query<{ phone: string }>(
      'SELECT DISTINCT phone FROM login_attempts WHERE phone IS NOT NULL',
    );
    expect(Math.min(codes().length, handedOut.size, phones.length)).toBeGreaterThan(0);
    expect(text).toContain('otp.verified');
    expect(codes().filter(standsIn(text))).toEqual([]);
    expect([...handedOut].filter((value) => text.includes(value))).toEqual([]);
    // National spellings too: the last nine digits are enough to call.
    expect(phones.filter(({ phone }) => text.includes(phone.slice(-9)))).toEqual([]);
  });

  test('no row of any table holds a code, a secret or a token', async () => {
    await signIn();
    const tables = await database.query<{ name: string }>(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
    );
    const rows = await Promise.all(
      tables.map(({ name }) => database.query<{ row: string }>(`SELECT t::text AS row FROM "${name}" t`)),
    );
    const text = rows
      .flat()
      .map(({ row }) => row)
      .join('\n');
    expect(text).toContain('CLAIMED');
    const hex = (value: string) => Buffer.from(value).toString('hex');
    const hash = (value: string) => createHash('sha256').update(value).digest('hex');
    expect(codes().filter(standsIn(text))).toEqual([]);
    expect(codes().filter((code) => text.includes(hex(code)) || text.includes(hash(code)))).toEqual([]);
    const bytes = (value: string) => Buffer.from(value, 'base64url').toString('hex');
    expect(
      [...handedOut].filter(
        (value) => text.includes(value) || text.includes(hex(value)) || text.includes(bytes(value)),
      ),
    ).toEqual([]);
    // The check can see: a hash that must be there is.
    expect([...handedOut].some((value) => text.includes(hash(value)))).toBe(true);
  });
});
