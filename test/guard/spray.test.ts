import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Result, somePhone } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { insertGuessFailures, insertGuessMinute } from '../support/rows.js';
import { addressOf, ask, enter, ignoreSendBudgets, signInFrom } from './attackers.js';

let database: TestDatabase;
let gateway: TestGateway;
let other: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  await ignoreSendBudgets(database);
  // A fast machine makes these guesses faster than the limit of operations allows, and this is about the limit of guesses.
  const env = { DATABASE_URL: database.url, TRUSTED_PROXY_HOPS: '1', CLIENT_OPERATIONS_PER_SECOND: '1000' };
  [gateway, other] = await Promise.all([startGateway(env), startGateway(env)]);
});
afterAll(async () => {
  await Promise.all([gateway.stop(), other.stop()]);
  await database.drop();
});
beforeEach(async () => {
  for (const table of ['guess_failures', 'guess_minutes']) await database.query(`DELETE FROM ${table}`);
  // So many right codes elsewhere that the service as a whole is not suspicious.
  await insertGuessMinute(database, { minute: new Date(), failed: 0, verified: 10_000 });
});

const count = (answers: Result[], type: string) => answers.filter(({ __typename }) => __typename === type).length;

/** Opens attempts for this number of phones, each from another address. */
const openAttempts = (phones: number) =>
  Promise.all(Array.from({ length: phones }, (_, index) => ask({ on: gateway, ip: addressOf(index) }, somePhone())));

/** Enters five wrong codes at each attempt, from the address of each guess: the first hundred one after another. */
async function guess(attempts: Result[], ipOf: (guess: number) => string): Promise<Result[]> {
  const guesses = attempts.flatMap((attempt) => Array.from({ length: 5 }, () => attempt));
  const make = (attempt: Result, index: number) => enter({ on: gateway, ip: ipOf(index) }, attempt);
  const answers: Result[] = [];
  for (const attempt of guesses.slice(0, 100)) answers.push(await make(attempt, answers.length));
  while (answers.length < guesses.length) {
    const first = answers.length;
    const next = guesses.slice(first, first + 50).map((attempt, index) => make(attempt, first + index));
    answers.push(...(await Promise.all(next)));
  }
  return answers;
}

describe('1,150 guesses over 230 phones', { timeout: 120_000 }, () => {
  // Regression: none was refused, and nothing reported it.
  test('from one address: twenty are checked in an hour', async () => {
    const attempts = await openAttempts(230);
    const answers = await guess(attempts, () => '203.0.113.66');
    expect(answers).toHaveLength(1_150);
    expect([count(answers, 'IncorrectCode'), count(answers, 'RateLimited')]).toEqual([20, 1_130]);
    const refused = answers.at(-1);
    expect(refused?.retryAfterSeconds).toBeGreaterThan(3_500);
    expect(refused?.retryAfterSeconds).toBeLessThanOrEqual(3_600);
    // Not even the right code is checked from there; from elsewhere it is.
    const last = attempts.at(-1) as Result;
    const right = gateway.codeOf(last.attemptId);
    expect((await enter({ on: gateway, ip: '203.0.113.66' }, last, right)).__typename).toBe('RateLimited');
    expect((await enter({ on: gateway, ip: '192.0.2.7' }, last, right)).__typename).toBe('Session');
    expect(
      gateway.log.filter(({ event, reason }) => event === 'otp.refused' && reason === 'network_guessed_too_often'),
    ).not.toEqual([]);
  });

  // A customer with an IPv6 /48 has 65,536 networks of /64.
  test('from the networks of one IPv6 /48: eighty are checked at most', async () => {
    const answers = await guess(await openAttempts(230), (index) => `2001:db8:1:${(index * 57).toString(16)}::1`);
    expect(count(answers, 'IncorrectCode')).toBeLessThanOrEqual(80);
    expect(count(answers, 'RateLimited')).toBeGreaterThan(1_000);
  });

  test('from the addresses of one IPv4 /24: eighty are checked at most', async () => {
    const answers = await guess(await openAttempts(230), (index) => `203.0.113.${index % 250}`);
    expect(count(answers, 'IncorrectCode')).toBeLessThanOrEqual(80);
  });
});

test('ten phones with wrong codes from a network and few right ones: it is refused for the day', async () => {
  const attempts = await openAttempts(11);
  const ip = '203.0.113.66';
  for (const attempt of attempts.slice(0, 10))
    expect((await enter({ on: gateway, ip }, attempt)).__typename).toBe('IncorrectCode');
  const refused = await enter({ on: gateway, ip }, attempts[10] as Result);
  expect(refused.__typename).toBe('RateLimited');
  expect(refused.retryAfterSeconds).toBeGreaterThan(80_000);
  expect(refused.retryAfterSeconds).toBeLessThanOrEqual(86_400);
});

test('fifty guesses at once from one address: those that are not refused are all counted', async () => {
  const attempts = await openAttempts(50);
  const ip = '203.0.113.66';
  const answers = await Promise.all(attempts.map((attempt) => enter({ on: gateway, ip }, attempt)));
  const [row] = await database.query<{ day_failures: number }>(
    'SELECT day_failures FROM guess_failures WHERE subject = $1',
    [ip],
  );
  expect(row?.day_failures).toBe(count(answers, 'IncorrectCode'));
  const later = await Promise.all(
    attempts.map((attempt) => enter({ on: other, ip }, attempt, gateway.codeOf(attempt.attemptId))),
  );
  expect(count(later, 'RateLimited')).toBe(50);
});

// Regression: one SIM that signed in 700 times made a network check 364 wrong codes.
test('right codes of one phone raise the limits of its network and of the service once a day', async () => {
  const ip = '203.0.113.66';
  const phone = somePhone();
  const { deviceToken } = await signInFrom({ on: gateway, ip }, phone);
  for (let signIn = 0; signIn < 45; signIn += 1) {
    const client = {
      on: signIn % 2 === 0 ? gateway : other,
      ip,
      ...(signIn % 3 === 0 && { deviceToken: `${deviceToken}` }),
    };
    expect((await signInFrom(client, phone)).__typename).toBe('Session');
  }
  // Both instances count the codes of one more phone after those.
  for (const on of [gateway, other]) await signInFrom({ on, ip }, somePhone());
  const verified = () => database.query('SELECT day_verified FROM guess_failures WHERE subject = $1', [ip]);
  await expect.poll(verified).toEqual([{ day_verified: 3 }]);
  const minutes = 'SELECT sum(verified)::int - 10000 AS verified FROM guess_minutes';
  expect(await database.query(minutes)).toEqual([{ verified: 3 }]);
  const answers = await guess(await openAttempts(10), () => ip);
  expect([count(answers, 'IncorrectCode'), count(answers, 'RateLimited')]).toEqual([20, 30]);
});

test('a known device is checked whatever its network has entered', async () => {
  const phone = somePhone();
  const ip = '203.0.113.66';
  const { deviceToken } = await signInFrom({ on: gateway, ip: '192.0.2.50' }, phone);
  await insertGuessFailures(database, ip, { hourFailures: 1_000, dayFailures: 1_000, dayTargets: 500 });
  expect((await signInFrom({ on: gateway, ip, deviceToken: String(deviceToken) }, phone)).__typename).toBe('Session');
  expect((await signInFrom({ on: gateway, ip }, phone)).__typename).toBe('RateLimited');
});
