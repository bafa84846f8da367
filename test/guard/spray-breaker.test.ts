import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Result, somePhone } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { insertGuessMinute } from '../support/rows.js';
import { soon } from '../support/sign-in.js';
import { addressOf, ask, enter, ignoreSendBudgets, pass, signInFrom } from './attackers.js';

let database: TestDatabase;
let gateway: TestGateway;
let other: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  await ignoreSendBudgets(database);
  const env = { DATABASE_URL: database.url, TRUSTED_PROXY_HOPS: '1' };
  [gateway, other] = await Promise.all([startGateway(env), startGateway(env)]);
});
afterAll(async () => {
  await Promise.all([gateway.stop(), other.stop()]);
  await database.drop();
});
beforeEach(async () => {
  for (const table of ['guess_failures', 'guess_minutes']) await database.query(`DELETE FROM ${table}`);
});

const count = (answers: Result[], type: string) => answers.filter(({ __typename }) => __typename === type).length;

/** Opens attempts for this number of phones, each from another address. */
const openAttempts = (phones: number) =>
  Promise.all(Array.from({ length: phones }, (_, index) => ask({ on: gateway, ip: addressOf(index) }, somePhone())));

describe('the breaker of the service', () => {
  const alarms = () => [...gateway.log, ...other.log].filter(({ event }) => event === 'guard.spray');

  /** Each guess from another network, at another phone: only the service can notice it. */
  async function spray(): Promise<Result[]> {
    const attempts = await openAttempts(60);
    const answers: Result[] = [];
    for (const [index, attempt] of attempts.entries())
      answers.push(await enter({ on: index % 2 ? gateway : other, ip: addressOf(1_000 + index) }, attempt, '000000'));
    return answers;
  }

  test('trips after fifty wrong codes, reports it once, spares known devices, and resets itself', async () => {
    const phone = somePhone();
    const { deviceToken } = await signInFrom({ on: gateway, ip: '192.0.2.7' }, phone);
    const answers = await spray();
    expect([count(answers, 'IncorrectCode'), count(answers, 'RateLimited')]).toEqual([50, 10]);
    await soon(() => expect(alarms()).toHaveLength(1));
    for (const on of [gateway, other]) {
      const refused = await ask({ on, ip: '192.0.2.8' }, somePhone());
      expect(refused.__typename).toBe('RateLimited');
      expect(refused.retryAfterSeconds).toBeLessThanOrEqual(60);
      expect((await signInFrom({ on, ip: '192.0.2.7', deviceToken: String(deviceToken) }, phone)).__typename).toBe(
        'Session',
      );
    }
    expect(alarms()).toHaveLength(1);
    await soon(async () =>
      expect(await database.query(`SELECT event FROM audit_log WHERE event = 'guard.spray'`)).toHaveLength(1),
    );
    await pass(database, '11 minutes');
    expect((await signInFrom({ on: gateway, ip: '192.0.2.8' }, somePhone())).__typename).toBe('Session');
  });

  test('does not trip while more codes are right than wrong', async () => {
    await insertGuessMinute(database, { minute: new Date(Date.now() - 60_000), failed: 500, verified: 501 });
    expect((await signInFrom({ on: gateway, ip: '192.0.2.8' }, somePhone())).__typename).toBe('Session');
    await insertGuessMinute(database, { minute: new Date(Date.now() - 120_000), failed: 10, verified: 0 });
    expect((await ask({ on: gateway, ip: '192.0.2.8' }, somePhone())).__typename).toBe('RateLimited');
  });

  test('counts the right codes of every instance within a second or two', async () => {
    const ip = '192.0.2.99';
    for (const on of [gateway, other, gateway])
      expect((await signInFrom({ on, ip }, somePhone())).__typename).toBe('Session');
    const verifiedOf = async (network: string) =>
      (
        await database.query<{ verified: number }>(
          'SELECT day_verified AS verified FROM guess_failures WHERE subject = $1',
          [network],
        )
      )[0]?.verified;
    await soon(async () => expect(await verifiedOf(ip)).toBe(3));
    expect(await database.query('SELECT sum(verified)::int >= 3 AS counted FROM guess_minutes')).toEqual([
      { counted: true },
    ]);
  });
});
