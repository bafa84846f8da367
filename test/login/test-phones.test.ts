import { describe, expect, test } from 'vitest';
import { requestOtp, resendOtp, somePhone, verifyOtp } from '../support/calls.js';
import { act } from '../support/sign-in.js';
import { allowResend, insertUser, minutePasses, readDeliveries } from '../support/rows.js';
import { sentFor, signIn, useGateways } from './gateways.js';

const NEXT_MONTH = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
const CODE = '246810';
const phones = Array.from({ length: 8 }, (_, index) => `+7701000009${index}`);
const [REVIEWER = '', GUESSED = '', ADMIN = '', CHANGED = '', LIMITED = '', NOTICED = '', RESENT = '', ENDED = ''] =
  phones;

const login = useGateways({
  open: {
    TRUSTED_PROXY_HOPS: '1',
    TEST_PHONES: phones.map((phone) => `${phone}=${CODE}@${phone === ENDED ? '2026-01-31' : NEXT_MONTH}`).join(';'),
  },
});
const gateway = () => login.gateway();

const ask = (phone: string) => requestOtp(gateway().graphqlUrl, { phone });
const answer = (sent: { attemptId: string; secret: string }, code = CODE) =>
  verifyOtp(gateway().graphqlUrl, { ...sent, code });

describe('a test phone', () => {
  test('signs in with its fixed code, and nothing is sent', async () => {
    const sent = await ask(REVIEWER);
    expect(sent.__typename).toBe('OtpRequested');
    expect(sentFor(sent.attemptId, gateway())).toEqual([]);
    expect(await readDeliveries(login.database, { attemptId: sent.attemptId })).toMatchObject([
      { failure: 'suppressed' },
    ]);
    expect(await answer(sent)).toMatchObject({ __typename: 'Session', user: { phone: REVIEWER, role: 'USER' } });
    const ofAttempt = gateway().log.filter((line) => line['attemptId'] === sent.attemptId);
    expect(ofAttempt.map(({ event, testPhone }) => [event, testPhone])).toEqual(
      expect.arrayContaining([
        ['otp.requested', true],
        ['otp.test_phone', undefined],
        ['otp.verified', true],
      ]),
    );
    expect(JSON.stringify(gateway().log)).not.toContain(CODE);
  });

  test('is charged to no budget of a destination, and makes no network trusted', async () => {
    const ip = '203.0.113.9';
    const sent = await requestOtp(gateway().graphqlUrl, { phone: REVIEWER }, { 'x-forwarded-for': ip });
    expect((await answer(sent)).__typename).toBe('Session');
    await new Promise((resolve) => setTimeout(resolve, 600));
    const [attempt] = await login.database.query<{ charged: string[] }>(
      'SELECT charged FROM login_attempts WHERE id = $1',
      [sent.attemptId],
    );
    expect(attempt?.charged).toEqual([REVIEWER, ip, '203.0.113.0/24']);
    expect(
      await login.database.query('SELECT day_verified, day_cost::int FROM budgets WHERE subject = $1', [ip]),
    ).toEqual([{ day_verified: 0, day_cost: 0 }]);
  });

  test('has five guesses like any phone, and the fixed code is refused after them', async () => {
    const sent = await ask(GUESSED);
    for (let left = 4; left >= 0; left -= 1)
      expect(await answer(sent, '135790')).toMatchObject({ __typename: 'IncorrectCode', triesLeft: left });
    expect(await answer(sent)).toMatchObject({ __typename: 'AttemptClosed', failureReason: 'TOO_MANY_TRIES' });
  });

  test('has two messages a minute like any phone', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(LIMITED)));
    expect(answers.filter(({ __typename }) => __typename === 'OtpRequested')).toHaveLength(2);
  });

  test('opens no session of a user with a role above the first: its code is answered as a wrong one', async () => {
    await insertUser(login.database, { phone: ADMIN, role: 'ADMIN' });
    const sent = await ask(ADMIN);
    const answers = await Promise.all(Array.from({ length: 5 }, () => answer(sent)));
    expect(new Set(answers.map(({ __typename }) => __typename))).toEqual(new Set(['IncorrectCode']));
    expect(await answer(sent)).toMatchObject({ __typename: 'AttemptClosed' });
    expect(
      await login.database.query('SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.phone = $1', [
        ADMIN,
      ]),
    ).toEqual([]);
  });

  test('is sent the same code again, which means nothing', async () => {
    const sent = await ask(RESENT);
    await minutePasses(login.database, RESENT);
    await allowResend(login.database, sent.attemptId);
    expect((await resendOtp(gateway().graphqlUrl, sent)).__typename).toBe('OtpRequested');
    expect(sentFor(sent.attemptId, gateway())).toEqual([]);
    expect((await answer(sent)).__typename).toBe('Session');
  });

  test('gets no message about a new device', async () => {
    expect((await answer(await ask(NOTICED))).__typename).toBe('Session');
    expect((await answer(await ask(NOTICED))).__typename).toBe('Session');
    expect(await login.database.query('SELECT id FROM notifications WHERE phone = $1', [NOTICED])).toEqual([]);
  });

  test('needs a real code to become the phone of a user', async () => {
    const { gatewayToken } = await signIn(gateway(), somePhone());
    const sent = await act<{ attemptId: string; secret: string }>(gateway(), 'requestPhoneChange', {
      token: gatewayToken,
      input: { phone: CHANGED },
      type: 'RequestOtpInput',
      fields: '... on OtpRequested { attemptId secret }',
    });
    expect(sentFor(sent.attemptId, gateway())).toHaveLength(1);
  });

  test('is an ordinary phone after its last day', async () => {
    const sent = await ask(ENDED);
    expect(sentFor(sent.attemptId, gateway())).toHaveLength(1);
    expect((await answer(sent)).__typename).toBe('IncorrectCode');
    expect((await answer(sent, gateway().codeOf(sent.attemptId))).__typename).toBe('Session');
  });
});
