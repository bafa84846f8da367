import { describe, expect, test } from 'vitest';
import {
  type Result,
  claimLogin,
  readAttempt,
  requestOtp,
  resendOtp,
  somePhone,
  verifyOtp,
  wrongCode,
} from '../support/calls.js';
import { allowResend, insertUser, minutePasses, readDeliveries } from '../support/rows.js';
import { openAttempt, sentFor, signIn, useGateways } from './gateways.js';
import { testNothingSecretIsLeft } from './nothing-secret-is-left.js';

const login = useGateways({ open: {}, closed: { SIGN_UP: 'closed' } });
const gateway = () => login.gateway();
const closed = () => login.gateway('closed');

const addUser = (phone: string, blocked = false) => insertUser(login.database, { phone, blocked });

describe('with sign-up closed', () => {
  // Regression: the delivery to an unknown number was accepted at the moment of its creation, which never happens to a
  // real one.
  test('the decoy delivery to an unknown number is accepted some time after it was created', async () => {
    const { attemptId } = await requestOtp(closed().graphqlUrl, { phone: somePhone() });
    const rows = await readDeliveries(login.database, { attemptId });
    expect(
      rows.map(({ status, failure, ...row }) => ({ status, failure, moved: row.updated_at > row.created_at })),
    ).toEqual([{ status: 'ACCEPTED', failure: 'suppressed', moved: true }]);
  });

  /** What a client can learn about its attempt without the code; random values are left out. */
  async function observe(phone: string, gateway = closed()) {
    const answer = await requestOtp(gateway.graphqlUrl, { phone });
    const attempt = await readAttempt(gateway.graphqlUrl, answer);
    const guess = await verifyOtp(gateway.graphqlUrl, { ...answer, code: '00000' });
    await allowResend(login.database, answer.attemptId);
    const again = await resendOtp(gateway.graphqlUrl, answer);
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

  test('an unknown number receives no message', async () => {
    const { attemptId } = await observe(somePhone());
    expect(sentFor(attemptId, closed())).toEqual([]);
  });

  test('an unknown, a known and a blocked phone look the same until the right code', async () => {
    const [unknown, known, blocked] = [somePhone(), somePhone(), somePhone()];
    await addUser(known);
    await addUser(blocked, true);
    const toKnown = await observe(known);
    expect(sentFor(toKnown.attemptId, closed())).toHaveLength(2);
    expect(toKnown.seen).toMatchObject({ status: 'PENDING', guess: { triesLeft: 4 } });
    expect((await observe(blocked)).seen).toEqual(toKnown.seen);
    const { delivery: ofUnknown, ...unknownSeen } = (await observe(unknown)).seen;
    const { delivery: ofKnown, ...knownSeen } = toKnown.seen;
    expect(unknownSeen).toEqual(knownSeen);
    expect(ofUnknown).toEqual(ofKnown);
  });

  test('an unknown, a known and a blocked phone have the same limits', async () => {
    const [unknown, known, blocked] = [somePhone(), somePhone(), somePhone()];
    await addUser(known);
    await addUser(blocked, true);
    const answersTo = async (phone: string) => {
      const attempts = [];
      for (let count = 0; count < 3; count += 1) {
        attempts.push(await requestOtp(closed().graphqlUrl, { phone }));
        await minutePasses(login.database, phone);
      }
      const answers = [await requestOtp(closed().graphqlUrl, { phone })];
      for (const attempt of attempts) answers.push(await resendOtp(closed().graphqlUrl, attempt));
      for (let count = 0; count < 6; count += 1)
        for (const attempt of attempts)
          answers.push(await verifyOtp(closed().graphqlUrl, { ...attempt, code: '00000' }));
      return answers.map(({ __typename, code, triesLeft, status, failureReason }) =>
        [__typename, code, triesLeft, status, failureReason].join(' '),
      );
    };
    const toKnown = await answersTo(known);
    expect(new Set(toKnown.map((answer) => answer.split(' ')[0]))).toEqual(
      new Set(['RateLimited', 'IncorrectCode', 'AttemptClosed']),
    );
    expect(await answersTo(unknown)).toEqual(toKnown);
    expect(await answersTo(blocked)).toEqual(toKnown);
  });

  test('with sign-up open, an unknown, a known and a blocked phone look the same too', async () => {
    const [unknown, known, blocked] = [somePhone(), somePhone(), somePhone()];
    await addUser(known);
    await addUser(blocked, true);
    const { seen } = await observe(known, gateway());
    expect((await observe(unknown, gateway())).seen).toEqual(seen);
    expect((await observe(blocked, gateway())).seen).toEqual(seen);
  });

  test('a request for an unknown number creates no user', async () => {
    const phone = somePhone();
    await requestOtp(closed().graphqlUrl, { phone });
    expect(await login.database.query('SELECT id FROM users WHERE phone = $1', [phone])).toEqual([]);
  });

  test('a known user signs in', async () => {
    const phone = somePhone();
    await addUser(phone);
    await signIn(closed(), phone);
  });

  test('a blocked user learns of the block after the right code, not before', async () => {
    const phone = somePhone();
    await addUser(phone, true);
    const attempt = await openAttempt(gateway(), phone);
    expect((await verifyOtp(gateway().graphqlUrl, { ...attempt, code: wrongCode(attempt.code) })).__typename).toBe(
      'IncorrectCode',
    );
    expect(await verifyOtp(gateway().graphqlUrl, attempt)).toMatchObject({
      __typename: 'AttemptClosed',
      status: 'FAILED',
      failureReason: 'USER_BLOCKED',
    });
    expect((await claimLogin(gateway().graphqlUrl, attempt)).__typename).toBe('AttemptClosed');
    expect(
      await login.database.query('SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.phone = $1', [
        phone,
      ]),
    ).toEqual([]);
  });
});

testNothingSecretIsLeft(login);
