import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Result,
  cancelLogin,
  claimLogin,
  deliverWebhook,
  incomingText,
  readAttempt,
  requestOtp,
  somePhone,
  startWhatsAppLogin,
  verifyOtp,
  wrongCode,
} from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { minutePasses, updateAttempt } from '../support/rows.js';

/** Two instances on one database, because the memory of one process must not decide between concurrent requests. */
let database: TestDatabase;
let gateways: TestGateway[];
let turn = 0;
const next = () => gateways[turn++ % gateways.length] as TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  gateways = await Promise.all([
    startGateway({ DATABASE_URL: database.url }),
    startGateway({ DATABASE_URL: database.url }),
  ]);
});
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  await database.drop();
});

const concurrently = (count: number, run: (index: number) => Promise<Result>) =>
  Promise.all(Array.from({ length: count }, (_, index) => run(index)));

const inParallel = (rounds: number, run: () => Promise<void>) => Promise.all(Array.from({ length: rounds }, run));

/** How often each member of the union was returned. */
function counts(results: Result[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { __typename } of results) found[__typename] = (found[__typename] ?? 0) + 1;
  return found;
}

/** Requests a code a minute after the last one for the phone. */
async function openAttempt(phone = somePhone()) {
  const gateway = next();
  await minutePasses(database, phone);
  const attempt = await requestOtp(gateway.graphqlUrl, { phone });
  expect(attempt.__typename).toBe('OtpRequested');
  return { ...attempt, phone, code: gateway.codeOf(attempt.attemptId) };
}

describe('codes', () => {
  test('fifty parallel right codes open one session, and all get it', async () => {
    const { attemptId, secret, code } = await openAttempt();
    const results = await concurrently(50, () => verifyOtp(next().graphqlUrl, { attemptId, secret, code }));
    expect(counts(results)).toEqual({ Session: 50 });
    expect(new Set(results.map(({ id, refreshToken }) => `${id} ${refreshToken}`)).size).toBe(1);
    expect(
      await database.query(
        'SELECT id FROM sessions WHERE user_id = (SELECT user_id FROM login_attempts WHERE id = $1)',
        [attemptId],
      ),
    ).toHaveLength(1);
  });

  test('fifty parallel wrong codes count as five tries, and the right code is then refused', async () => {
    const { attemptId, secret, code, phone } = await openAttempt();
    const results = await concurrently(50, () =>
      verifyOtp(next().graphqlUrl, { attemptId, secret, code: wrongCode(code) }),
    );
    expect(counts(results)).toEqual({ IncorrectCode: 5, AttemptClosed: 45 });
    expect(results.flatMap(({ triesLeft }) => triesLeft ?? []).toSorted((one, other) => one - other)).toEqual([
      0, 1, 2, 3, 4,
    ]);
    expect(await verifyOtp(next().graphqlUrl, { attemptId, secret, code })).toMatchObject({
      __typename: 'AttemptClosed',
      status: 'FAILED',
      failureReason: 'TOO_MANY_TRIES',
    });
    expect(
      await database.query('SELECT hour_failures, day_failures FROM guess_failures WHERE subject = $1', [phone]),
    ).toEqual([{ hour_failures: 5, day_failures: 5 }]);
  });

  test('one right code among fifty wrong ones: at most five wrong tries are judged, at most one session opens', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { attemptId, secret, code } = await openAttempt();
      const results = await concurrently(50, (index) =>
        verifyOtp(next().graphqlUrl, { attemptId, secret, code: index === 3 ? code : wrongCode(code) }),
      );
      const { Session = 0, IncorrectCode = 0 } = counts(results);
      expect(Session === 1 ? IncorrectCode <= 4 : Session === 0 && IncorrectCode === 5).toBe(true);
    }
  });

  test('fifteen wrong codes at three attempts are all checked, and then the phone gets no new code', async () => {
    const phone = somePhone();
    const attempts = [await openAttempt(phone), await openAttempt(phone), await openAttempt(phone)];
    const guesses = attempts.flatMap((attempt) => Array.from({ length: 5 }, () => attempt));
    const results = await concurrently(guesses.length, (index) => {
      const { attemptId, secret, code } = guesses[index] as (typeof attempts)[number];
      return verifyOtp(next().graphqlUrl, { attemptId, secret, code: wrongCode(code) });
    });
    expect(counts(results)).toEqual({ IncorrectCode: 15 });
    const refused = await requestOtp(next().graphqlUrl, { phone });
    expect(refused).toMatchObject({ __typename: 'RateLimited', code: 'RATE_LIMITED' });
    expect(refused.retryAfterSeconds).toBeGreaterThan(3000);
  });

  test('of fifty parallel requests for a phone two open an attempt, and the others are rate limited', async () => {
    const phone = somePhone();
    const results = await concurrently(50, () => requestOtp(next().graphqlUrl, { phone }));
    expect(counts(results)).toEqual({ OtpRequested: 2, RateLimited: 48 });
    // A phone has three open attempts at most, however much time passes between the requests.
    await minutePasses(database, phone);
    const later = await concurrently(50, () => requestOtp(next().graphqlUrl, { phone }));
    expect(counts(later)).toEqual({ OtpRequested: 1, RateLimited: 49 });
  });

  test('a new request leaves the other attempts of the phone open', async () => {
    const phone = somePhone();
    const first = await openAttempt(phone);
    const second = await openAttempt(phone);
    expect(second.code).not.toBe(first.code);
    expect(await verifyOtp(next().graphqlUrl, first)).toMatchObject({ __typename: 'Session', user: { phone } });
    expect(await verifyOtp(next().graphqlUrl, second)).toMatchObject({ __typename: 'Session', user: { phone } });
  });
});

describe('exactly one wins', () => {
  test('of a right code and a cancel', async () => {
    await inParallel(20, async () => {
      const { attemptId, secret, code } = await openAttempt();
      const [verified, canceled] = await Promise.all([
        verifyOtp(next().graphqlUrl, { attemptId, secret, code }),
        cancelLogin(next().graphqlUrl, { attemptId, secret }),
      ]);
      expect([verified.__typename === 'Session', canceled.__typename === 'LoginAttempt'].filter(Boolean)).toHaveLength(
        1,
      );
      const loser = verified.__typename === 'Session' ? canceled : verified;
      expect(loser).toMatchObject({
        __typename: 'AttemptClosed',
        status: verified.__typename === 'Session' ? 'CLAIMED' : 'CANCELED',
      });
    });
  });

  test('of a right code and the expiry', async () => {
    const attempts = await Promise.all(Array.from({ length: 20 }, () => openAttempt()));
    await Promise.all(
      attempts.map(({ attemptId }) => updateAttempt(database, attemptId, { expiresAt: '300 milliseconds' })),
    );
    const expiredBy = Date.now() + 300;
    const results = await Promise.all(
      attempts.map(async (attempt, index) => {
        await setTimeout(200 + index * 10);
        return { attempt, result: await verifyOtp(next().graphqlUrl, attempt) };
      }),
    );
    // Every attempt would have expired by now. One that opened a session must not be expired.
    await setTimeout(Math.max(0, expiredBy - Date.now()) + 50);
    for (const { attempt, result } of results) {
      const now = await readAttempt(next().graphqlUrl, attempt);
      expect(now?.status).toBe(result.__typename === 'Session' ? 'CLAIMED' : 'EXPIRED');
      if (result.__typename !== 'Session')
        expect(result).toMatchObject({ __typename: 'AttemptClosed', status: 'EXPIRED' });
    }
  });

  test('of two WhatsApp messages for one attempt: one phone signs in, the other creates no user', async () => {
    await inParallel(20, async () => {
      const attempt = await startWhatsAppLogin(next().graphqlUrl);
      const phones = [somePhone(), somePhone()];
      const statuses = await Promise.all(
        phones.map((phone) => deliverWebhook(next().url, incomingText(attempt.loginMessage, phone))),
      );
      expect(statuses).toEqual([200, 200]);
      const session = await claimLogin(next().graphqlUrl, attempt);
      expect(phones).toContain(session.user.phone);
      const loser = phones.find((phone) => phone !== session.user.phone);
      expect(await database.query('SELECT id FROM users WHERE phone = $1', [loser])).toEqual([]);
    });
  });

  test('of fifty parallel claims: one session opens, and all get it', async () => {
    const attempt = await startWhatsAppLogin(next().graphqlUrl);
    await deliverWebhook(next().url, incomingText(attempt.loginMessage, somePhone()));
    const results = await concurrently(50, () => claimLogin(next().graphqlUrl, attempt));
    expect(counts(results)).toEqual({ Session: 50 });
    expect(new Set(results.map(({ id }) => id)).size).toBe(1);
    expect(new Set(results.map(({ refreshToken }) => refreshToken)).size).toBe(1);
    expect(
      await database.query('SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.id = $1', [
        results[0]?.user.id,
      ]),
    ).toHaveLength(1);
  });

  test('a claim that is repeated within a minute gives the same session', async () => {
    const attempt = await startWhatsAppLogin(next().graphqlUrl);
    await deliverWebhook(next().url, incomingText(attempt.loginMessage, somePhone()));
    const first = await claimLogin(next().graphqlUrl, attempt);
    const again = await claimLogin(next().graphqlUrl, attempt);
    expect([again.id, again.refreshToken]).toEqual([first.id, first.refreshToken]);
    await updateAttempt(database, attempt.attemptId, { claimedAt: '-61 seconds' });
    expect(await claimLogin(next().graphqlUrl, attempt)).toMatchObject({
      __typename: 'AttemptClosed',
      status: 'CLAIMED',
    });
  });

  test('three parallel first logins of a phone create one user', async () => {
    const phone = somePhone();
    const attempts = [await openAttempt(phone), await openAttempt(phone), await openAttempt(phone)];
    const sessions = await Promise.all(attempts.map((attempt) => verifyOtp(next().graphqlUrl, attempt)));
    expect(new Set(sessions.map(({ user }) => user.id)).size).toBe(1);
  });
});
