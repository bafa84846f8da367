import { describe, expect, test } from 'vitest';
import { cancelLogin, resendOtp, verifyOtp, wrongCode } from '../support/calls.js';
import { allowResend, readDeliveries } from '../support/rows.js';
import { openAttempt, sentFor, useGateways } from './gateways.js';
import { testNothingSecretIsLeft } from './nothing-secret-is-left.js';

const login = useGateways();
const gateway = () => login.gateway();

describe('resendOtp', () => {
  test('is refused before resendAt, with the seconds to wait', async () => {
    const attempt = await openAttempt(gateway());
    const refused = await resendOtp(gateway().graphqlUrl, attempt);
    expect(refused).toMatchObject({ __typename: 'RateLimited', code: 'RATE_LIMITED' });
    expect(refused.retryAfterSeconds).toBeGreaterThan(50);
    expect(refused.retryAfterSeconds).toBeLessThanOrEqual(60);
    expect(sentFor(attempt.attemptId, gateway())).toHaveLength(1);
  });

  test('sends the same code of the same attempt after resendAt, and sets the next resendAt', async () => {
    const attempt = await openAttempt(gateway());
    await allowResend(login.database, attempt.attemptId);
    const { attemptId, secret, maskedPhone, expiresAt } = attempt;
    const again = await resendOtp(gateway().graphqlUrl, attempt);
    expect(again).toMatchObject({ __typename: 'OtpRequested', attemptId, secret, maskedPhone, expiresAt });
    expect(Date.parse(again.resendAt)).toBeGreaterThan(Date.now() + 50_000);
    expect(sentFor(attemptId, gateway()).map((line) => line['code'])).toEqual([attempt.code, attempt.code]);
    expect((await resendOtp(gateway().graphqlUrl, attempt)).__typename).toBe('RateLimited');
    const deliveries = await readDeliveries(login.database, { attemptId });
    expect(deliveries.map(({ status }) => status)).toEqual(['ACCEPTED', 'ACCEPTED']);
    expect((await verifyOtp(gateway().graphqlUrl, attempt)).__typename).toBe('Session');
  });

  test('does not give tries back', async () => {
    const attempt = await openAttempt(gateway());
    await verifyOtp(gateway().graphqlUrl, { ...attempt, code: wrongCode(attempt.code) });
    await allowResend(login.database, attempt.attemptId);
    await resendOtp(gateway().graphqlUrl, attempt);
    expect(await verifyOtp(gateway().graphqlUrl, { ...attempt, code: wrongCode(attempt.code) })).toMatchObject({
      triesLeft: 3,
    });
  });

  test('sends no message for an attempt that is over', async () => {
    const attempt = await openAttempt(gateway());
    await cancelLogin(gateway().graphqlUrl, attempt);
    await allowResend(login.database, attempt.attemptId);
    expect(await resendOtp(gateway().graphqlUrl, attempt)).toMatchObject({
      __typename: 'AttemptClosed',
      status: 'CANCELED',
    });
    expect(sentFor(attempt.attemptId, gateway())).toHaveLength(1);
  });
});

testNothingSecretIsLeft(login);
