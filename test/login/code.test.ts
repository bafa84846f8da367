import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  cancelLogin,
  claimLogin,
  readAttempt,
  resendOtp,
  somePhone,
  startWhatsAppLogin,
  verifyOtp,
  wrongCode,
} from '../support/calls.js';
import { expireAttempt } from '../support/rows.js';
import { openAttempt, useGateways } from './gateways.js';
import { testNothingSecretIsLeft } from './nothing-secret-is-left.js';

const login = useGateways();
const gateway = () => login.gateway();

describe('the code', () => {
  test.each<[string, (code: string) => string]>([
    ['in Persian digits', (code) => code.replaceAll(/\d/g, (digit) => '۰۱۲۳۴۵۶۷۸۹'[Number(digit)] ?? '')],
    ['in Arabic digits', (code) => code.replaceAll(/\d/g, (digit) => '٠١٢٣٤٥٦٧٨٩'[Number(digit)] ?? '')],
    ['with a space', (code) => ` ${code.slice(0, 3)} ${code.slice(3)} `],
    ['with a dash', (code) => `${code.slice(0, 3)}-${code.slice(3)}`],
  ])('is accepted %s', async (_, write) => {
    const attempt = await openAttempt(gateway());
    const session = await verifyOtp(gateway().graphqlUrl, { ...attempt, code: write(attempt.code) });
    expect(session).toMatchObject({ __typename: 'Session', user: { phone: attempt.phone, role: 'USER' } });
  });

  test.each<[string, (code: string) => string]>([
    ['an empty code', () => ''],
    ['a code that lacks a digit', (code) => code.slice(1)],
    ['a code with a digit too many', (code) => `${code}0`],
    ['a code of 6,000 digits', (code) => code.repeat(1000)],
    ['another code', wrongCode],
  ])('is not %s, which counts as a wrong try', async (_, write) => {
    const attempt = await openAttempt(gateway());
    expect(await verifyOtp(gateway().graphqlUrl, { ...attempt, code: write(attempt.code) })).toMatchObject({
      __typename: 'IncorrectCode',
      code: 'INCORRECT_CODE',
      triesLeft: 4,
    });
    expect((await verifyOtp(gateway().graphqlUrl, attempt)).__typename).toBe('Session');
  });

  test('was accepted, but the answer was lost: claimLogin does not give the session without the code', async () => {
    const attempt = await openAttempt(gateway());
    const session = await verifyOtp(gateway().graphqlUrl, attempt);
    expect(await claimLogin(gateway().graphqlUrl, attempt)).toMatchObject({
      __typename: 'AttemptClosed',
      status: 'CLAIMED',
    });
    expect(await verifyOtp(gateway().graphqlUrl, attempt)).toMatchObject({ id: session.id });
  });

  test('is refused after the attempt has expired', async () => {
    const attempt = await openAttempt(gateway());
    await expireAttempt(login.database, attempt.attemptId);
    expect(await verifyOtp(gateway().graphqlUrl, attempt)).toMatchObject({
      __typename: 'AttemptClosed',
      status: 'EXPIRED',
    });
  });

  test('of one attempt does not open another attempt of the same phone', async () => {
    const phone = somePhone();
    const [first, second] = [await openAttempt(gateway(), phone), await openAttempt(gateway(), phone)];
    const crossed = await verifyOtp(gateway().graphqlUrl, { ...first, code: second.code });
    expect(crossed.__typename).toBe(first.code === second.code ? 'Session' : 'IncorrectCode');
  });

  test('is not found with the secret of another attempt, and no try is counted', async () => {
    const [own, foreign] = [await openAttempt(gateway()), await openAttempt(gateway())];
    const stolen = { attemptId: foreign.attemptId, secret: own.secret, code: foreign.code };
    for (let round = 0; round < 6; round += 1) {
      expect((await verifyOtp(gateway().graphqlUrl, stolen)).__typename).toBe('AttemptNotFound');
    }
    expect((await resendOtp(gateway().graphqlUrl, stolen)).__typename).toBe('AttemptNotFound');
    expect((await cancelLogin(gateway().graphqlUrl, stolen)).__typename).toBe('AttemptNotFound');
    expect((await claimLogin(gateway().graphqlUrl, stolen)).__typename).toBe('AttemptNotFound');
    expect(await readAttempt(gateway().graphqlUrl, stolen)).toBeNull();
    expect((await verifyOtp(gateway().graphqlUrl, foreign)).__typename).toBe('Session');
  });

  test('does not exist for a login by WhatsApp: no code is accepted or sent', async () => {
    const { attemptId, secret } = await startWhatsAppLogin(gateway().graphqlUrl);
    expect((await verifyOtp(gateway().graphqlUrl, { attemptId, secret, code: '000000' })).__typename).toBe(
      'AttemptNotFound',
    );
    expect((await resendOtp(gateway().graphqlUrl, { attemptId, secret })).__typename).toBe('AttemptNotFound');
    expect(await readAttempt(gateway().graphqlUrl, { attemptId, secret })).toMatchObject({ status: 'PENDING' });
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
  ])('is not found by the malformed attempt ID "%s", nor is anything else', async (attemptId) => {
    const input = { attemptId, secret: 'x'.repeat(43), code: '123456' };
    expect((await verifyOtp(gateway().graphqlUrl, input)).__typename).toBe('AttemptNotFound');
    expect((await resendOtp(gateway().graphqlUrl, input)).__typename).toBe('AttemptNotFound');
    expect((await cancelLogin(gateway().graphqlUrl, input)).__typename).toBe('AttemptNotFound');
    expect((await claimLogin(gateway().graphqlUrl, input)).__typename).toBe('AttemptNotFound');
    expect(await readAttempt(gateway().graphqlUrl, input)).toBeNull();
  });

  test('is accepted with the attempt ID in capitals', async () => {
    const attempt = await openAttempt(gateway());
    const input = { ...attempt, attemptId: attempt.attemptId.toUpperCase() };
    expect((await verifyOtp(gateway().graphqlUrl, input)).__typename).toBe('Session');
  });
});

testNothingSecretIsLeft(login);
