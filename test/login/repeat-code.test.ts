import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Cable, layCable } from '../support/cable.js';
import { refreshSession, requestOtp, somePhone, verifyOtp, wrongCode } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { updateAttempt } from '../support/rows.js';
import { revokeOtherSessions, signIn } from '../support/sign-in.js';

let database: TestDatabase;
let cable: Cable;
/** Its connections to PostgreSQL can be cut. */
let cut: TestGateway;
let other: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  cable = await layCable(database.url);
  [cut, other] = await Promise.all([
    startGateway({ DATABASE_URL: cable.url }),
    startGateway({ DATABASE_URL: database.url }),
  ]);
});
afterAll(async () => {
  await Promise.all([cut.stop(), other.stop()]);
  await cable.close();
  await database.drop();
});

async function openAttempt(on = other, phone = somePhone()) {
  const attempt = await requestOtp(on.graphqlUrl, { phone });
  return { ...attempt, phone, code: on.codeOf(attempt.attemptId) };
}
type Attempt = Awaited<ReturnType<typeof openAttempt>>;

const verify = (attempt: Attempt, on = other) => verifyOtp(on.graphqlUrl, attempt);
const guess = (attempt: Attempt) => verify({ ...attempt, code: wrongCode(attempt.code) });
const CLAIMED = { __typename: 'AttemptClosed', status: 'CLAIMED' };

const sessionsOf = (phone: string) =>
  database.query<{ id: string }>('SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.phone = $1', [
    phone,
  ]);

describe('the right code again, because the answer was lost,', () => {
  test('gives the same session at every instance for a minute, and never a second one', async () => {
    const attempt = await openAttempt();
    const first = await verify(attempt);
    for (const on of [other, cut])
      expect(await verify(attempt, on)).toMatchObject({ id: first.id, refreshToken: first.refreshToken });
    await updateAttempt(database, attempt.attemptId, { claimedAt: '-59 seconds' });
    expect(await verify(attempt)).toMatchObject({ id: first.id });
    await updateAttempt(database, attempt.attemptId, { claimedAt: '-61 seconds' });
    expect(await verify(attempt)).toMatchObject(CLAIMED);
    expect(await sessionsOf(attempt.phone)).toHaveLength(1);
  });

  test('is accepted although the attempt has expired meanwhile', async () => {
    const attempt = await openAttempt();
    const first = await verify(attempt);
    await updateAttempt(database, attempt.attemptId, { expiresAt: '-1 second' });
    expect(await verify(attempt)).toMatchObject({ id: first.id });
  });

  test('gives the refresh token that is current then', async () => {
    const attempt = await openAttempt();
    const first = await verify(attempt);
    const child = await refreshSession(other.graphqlUrl, first.refreshToken);
    expect(await verify(attempt)).toMatchObject({ id: first.id, refreshToken: child.refreshToken });
  });

  test('opens nothing once the session has ended', async () => {
    const attempt = await openAttempt();
    await verify(attempt);
    const { gatewayToken } = await signIn(other, { phone: attempt.phone });
    expect((await revokeOtherSessions(other, gatewayToken)).__typename).toBe('OtherSessionsRevoked');
    expect(await verify(attempt)).toMatchObject(CLAIMED);
  });
});

describe('a wrong code after the right one', () => {
  test('is refused as before, and five of them end the repeats', async () => {
    const attempt = await openAttempt();
    await verify(attempt);
    for (let count = 1; count <= 4; count += 1) expect(await guess(attempt)).toMatchObject(CLAIMED);
    expect((await verify(attempt)).__typename).toBe('Session');
    expect(await guess(attempt)).toMatchObject(CLAIMED);
    expect(await verify(attempt)).toMatchObject(CLAIMED);
  });

  test('counts together with the wrong codes before it, and counts for the phone', async () => {
    const attempt = await openAttempt();
    for (let count = 1; count <= 3; count += 1) expect((await guess(attempt)).__typename).toBe('IncorrectCode');
    await verify(attempt);
    await guess(attempt);
    await guess(attempt);
    expect(await verify(attempt)).toMatchObject(CLAIMED);
    // The right code has reset the first three.
    expect(await database.query('SELECT day_failures FROM guess_failures WHERE subject = $1', [attempt.phone])).toEqual(
      [{ day_failures: 2 }],
    );
  });

  test('is guessed at five times at most, however many guesses are made at once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const attempt = await openAttempt();
      await verify(attempt);
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) => (index === 49 ? verify(attempt) : guess(attempt))),
      );
      expect(answers.slice(0, 49).every(({ __typename }) => __typename === 'AttemptClosed')).toBe(true);
      expect(await database.query('SELECT tries FROM login_attempts WHERE id = $1', [attempt.attemptId])).toEqual([
        { tries: 5 },
      ]);
      expect(await verify(attempt)).toMatchObject(CLAIMED);
    }
  });
});

/** Locks a table: every statement that uses it waits until `COMMIT`. */
async function lock(table: string): Promise<pg.Client> {
  const locker = new pg.Client({ connectionString: database.url });
  await locker.connect();
  onTestFinished(() => locker.end());
  await locker.query(`BEGIN; LOCK TABLE ${table}`);
  return locker;
}

async function untilStatementsWait(locker: pg.Client, count: number): Promise<void> {
  for (;;) {
    const { rows } = await locker.query(
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    );
    if (rows.length >= count) return;
  }
}

const settled = (attempts: Attempt[], on: TestGateway) =>
  Promise.all(attempts.map((attempt) => verify(attempt, on).catch((error: unknown) => error)));

async function allGetTheirOnlySession(attempts: Attempt[], on: TestGateway): Promise<void> {
  const answers = await Promise.all(attempts.map((attempt) => verify(attempt, on)));
  expect(answers.map(({ __typename }) => __typename)).toEqual(attempts.map(() => 'Session'));
  for (const [index, { id }] of answers.entries())
    expect(await sessionsOf(attempts[index]?.phone ?? '')).toEqual([{ id }]);
}

describe('when the gateway does not learn that PostgreSQL has opened the session', () => {
  test('because the connection broke after the statement was sent, the code works again', async () => {
    const attempts = await Promise.all(Array.from({ length: 5 }, () => openAttempt(cut)));
    const locker = await lock('users');
    const answers = settled(attempts, cut);
    await untilStatementsWait(locker, attempts.length);
    await cable.pull();
    for (const answer of await answers) expect(String(answer)).toContain('UNAVAILABLE');
    await locker.query('COMMIT');
    await expect
      .poll(
        () =>
          database.query(`SELECT 1 FROM login_attempts WHERE status = 'CLAIMED' AND id = ANY($1)`, [
            attempts.map(({ attemptId }) => attemptId),
          ]),
        { timeout: 8_000 },
      )
      .toHaveLength(attempts.length);
    await cable.plugIn();
    await allGetTheirOnlySession(attempts, cut);
  });

  // Regression: the gateway gave up after ten seconds and PostgreSQL did not, so eleven of twelve codes were used up.
  test('because a table was locked for 15 s, the codes of twelve users work again', { timeout: 60_000 }, async () => {
    const attempts = await Promise.all(Array.from({ length: 12 }, () => openAttempt()));
    const locker = await lock('users');
    const unlocked = new Promise((resolve) => setTimeout(resolve, 15_000)).then(() => locker.query('COMMIT'));
    const answers = await settled(attempts, other);
    expect(answers.every((answer) => String(answer).includes('UNAVAILABLE'))).toBe(true);
    await unlocked;
    await allGetTheirOnlySession(attempts, other);
  });
});
