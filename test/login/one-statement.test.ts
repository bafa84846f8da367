import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { hashCode } from '../../src/login/otp/code-hash.js';
import { deriveKeys } from '../../src/config/keys.js';
import { type Result, requestOtp, resendOtp, somePhone, verifyOtp, wrongCode } from '../support/calls.js';
import { allowResend, insertGuessFailures, insertUser, updateAttempt } from '../support/rows.js';
import { openAttempt, useGateways } from './gateways.js';

const SECRET = 'tuZ6axbkRrc52gNMdv49jKDziQyhSTfenL83';
const NEXT_SECRET = 'Hb3nqV7sXw2Lk9TzRc5YpJd8GmFa4EuW6Qto';
const TEST_PHONE = '+77010000099';
const LAST_DAY = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);

/** Any of the gateways may make the first signing key, also the one with the next secret. */
const EARLIER = { GATEWAY_SECRET: SECRET, GATEWAY_SECRET_PREVIOUS: NEXT_SECRET };
const login = useGateways({
  open: EARLIER,
  next: { GATEWAY_SECRET: NEXT_SECRET, GATEWAY_SECRET_PREVIOUS: SECRET },
  test: { ...EARLIER, TEST_PHONES: `${TEST_PHONE}=246810@${LAST_DAY}` },
  captcha: { ...EARLIER, CAPTCHA: 'altcha', TRUSTED_PROXY_HOPS: '1' },
  closed: { ...EARLIER, SIGN_UP: 'closed' },
});
const gateway = () => login.gateway();

const AT_ONCE = 'login/accept_code_at_once';
const READ = 'login/read_otp_attempt';

/** The statements that named this attempt, except those of the background. */
let sent: { name: string; values: unknown[] }[];
const statementsFor = (attemptId: string) =>
  sent.filter(({ values }) => values.includes(attemptId)).map(({ name }) => name);

beforeEach(() => {
  sent = [];
  const query = pg.Client.prototype.query as (...args: unknown[]) => unknown;
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...args: unknown[]) {
    const { name, values } = args[0] as { name?: string; values?: unknown[] };
    if (name !== undefined) sent.push({ name, values: values ?? [] });
    return query.apply(this, args);
  });
});
afterEach(() => void vi.restoreAllMocks());

/** Submits a code. Returns the type of the answer and the statements that it took. */
async function submit(attempt: Pick<Result, 'attemptId' | 'secret'>, code: string, at = gateway()) {
  sent = [];
  const { __typename: answer } = await verifyOtp(at.graphqlUrl, { ...attempt, code });
  return { answer, statements: statementsFor(attempt.attemptId) };
}

describe('a right code takes one statement', () => {
  test.each(['of a new user', 'of a user'])('%s', async (whose) => {
    const phone = somePhone();
    if (whose === 'of a user') await insertUser(login.database, { phone });
    const attempt = await openAttempt(gateway(), phone);
    expect(await submit(attempt, attempt.code)).toEqual({ answer: 'Session', statements: [AT_ONCE] });
  });

  test('with sign-up closed', async () => {
    const phone = somePhone();
    await insertUser(login.database, { phone });
    const closed = login.gateway('closed');
    const attempt = await openAttempt(closed, phone);
    const statements = [`${AT_ONCE}_sign_up_closed`];
    expect(await submit(attempt, attempt.code, closed)).toEqual({ answer: 'Session', statements });
  });

  test('after a resend, which sends the same code', async () => {
    const attempt = await openAttempt(gateway());
    await allowResend(login.database, attempt.attemptId);
    expect((await resendOtp(gateway().graphqlUrl, attempt)).__typename).toBe('OtpRequested');
    expect(gateway().codeOf(attempt.attemptId)).toBe(attempt.code);
    expect(await submit(attempt, attempt.code)).toEqual({ answer: 'Session', statements: [AT_ONCE] });
  });

  test('of eight digits', async () => {
    const phone = somePhone();
    await insertGuessFailures(login.database, phone, { totalFailures: 30 });
    const attempt = await openAttempt(gateway(), phone);
    expect(attempt.code).toMatch(/^\d{8}$/);
    expect(await submit(attempt, attempt.code)).toEqual({ answer: 'Session', statements: [AT_ONCE] });
  });

  test('that was made with the previous secret', async () => {
    const attempt = await openAttempt(gateway());
    expect(await submit(attempt, attempt.code, login.gateway('next'))).toEqual({
      answer: 'Session',
      statements: [AT_ONCE],
    });
  });

  test('after a wrong one, and resets the count of its client', async () => {
    const attempt = await openAttempt(gateway());
    expect((await submit(attempt, wrongCode(attempt.code))).answer).toBe('IncorrectCode');
    expect(await submit(attempt, attempt.code)).toEqual({ answer: 'Session', statements: [AT_ONCE] });
    expect(sent.map(({ name }) => name)).toContain('guard/reset_own_failures');
    const failures = 'SELECT total_failures FROM guess_failures WHERE subject = $1';
    expect(await login.database.query(failures, [attempt.phone])).toEqual([{ total_failures: 0 }]);
  });
});

test('fifty parallel right codes take one statement that opens the session', async () => {
  const attempt = await openAttempt(gateway());
  sent = [];
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      verifyOtp(login.gateway(index % 2 === 0 ? 'open' : 'next').graphqlUrl, attempt),
    ),
  );
  expect(new Set(answers.map(({ id }) => id))).toEqual(new Set([expect.any(String)]));
  const statements = statementsFor(attempt.attemptId);
  expect(statements).toContain(AT_ONCE);
  expect(statements).not.toContain('login/accept_code');
  const sessions = 'SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.phone = $1';
  expect(await login.database.query(sessions, [attempt.phone])).toEqual([{ id: answers[0]?.id }]);
});

describe('what else is decided takes more statements', () => {
  test('a wrong code takes three', async () => {
    const attempt = await openAttempt(gateway());
    const statements = [AT_ONCE, READ, 'login/count_wrong_code'];
    expect(await submit(attempt, wrongCode(attempt.code))).toEqual({ answer: 'IncorrectCode', statements });
  });

  test.each([
    ['is no code', 'letters'],
    ['is too short', '12345'],
    ['is too long', '12345678901'],
  ])('a text that %s takes two', async (_, text) => {
    const attempt = await openAttempt(gateway());
    expect(await submit(attempt, text)).toEqual({
      answer: 'IncorrectCode',
      statements: [READ, 'login/count_wrong_code'],
    });
  });

  test('the right code of an attempt that an older version opened takes three', async () => {
    const attempt = await openAttempt(gateway());
    await updateAttempt(login.database, attempt.attemptId, { codeHash: null });
    const statements = [AT_ONCE, READ, 'login/accept_code'];
    expect(await submit(attempt, attempt.code)).toEqual({ answer: 'Session', statements });
  });

  test('the right code in a network with too many wrong ones is not checked before the captcha', async () => {
    const attempt = await openAttempt(login.gateway('captcha'));
    const network = '203.0.113.7';
    await insertGuessFailures(login.database, network, { hourFailures: 20, dayFailures: 20 });
    sent = [];
    const at = login.gateway('captcha').graphqlUrl;
    const { __typename: answer } = await verifyOtp({ url: at, headers: { 'x-forwarded-for': network } }, attempt);
    expect({ answer, statements: statementsFor(attempt.attemptId) }).toEqual({
      answer: 'CaptchaRequired',
      statements: [AT_ONCE, READ],
    });
  });

  test('so does the code of a test phone, whose row has no hash', async () => {
    const testing = login.gateway('test');
    const attempt = { ...(await requestOtp(testing.graphqlUrl, { phone: TEST_PHONE })), code: '246810' };
    const [row] = await login.database.query('SELECT code_hash FROM login_attempts WHERE id = $1', [attempt.attemptId]);
    expect(row).toEqual({ code_hash: null });
    const statements = [AT_ONCE, READ, 'login/accept_code'];
    expect(await submit(attempt, attempt.code, testing)).toEqual({ answer: 'Session', statements });
  });
});

describe('the hash of a code', () => {
  test('of one attempt opens no other attempt', async () => {
    const [own, other] = [await openAttempt(gateway()), await openAttempt(gateway())];
    const moved =
      'UPDATE login_attempts SET code_hash = (SELECT code_hash FROM login_attempts WHERE id = $1) WHERE id = $2';
    await login.database.query(moved, [own.attemptId, other.attemptId]);
    const { answer } = await submit(other, own.code);
    expect(answer).toBe(own.code === other.code ? 'Session' : 'IncorrectCode');
  });

  test('needs a key that is used for nothing else', async () => {
    const { attemptId, code } = await openAttempt(gateway());
    const [row] = await login.database.query<{ code_hash: Buffer }>(
      'SELECT code_hash FROM login_attempts WHERE id = $1',
      [attemptId],
    );
    const { codeHash, ...others } = deriveKeys(SECRET);
    expect(hashCode({ attemptId, code }, codeHash)).toEqual(row?.code_hash);
    for (const key of Object.values(others))
      expect(hashCode({ attemptId, code }, Buffer.from(key))).not.toEqual(row?.code_hash);
  });
});
