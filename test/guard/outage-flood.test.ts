import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type Database, connectDatabase } from '../../src/db/database.js';
import { giveBack } from '../../src/guard/budgets/give-back.js';
import { type GreenApiSimulator, startGreenApiSimulator } from '../../simulators/green-api.js';
import { SILENT } from '../sessions/gateway-key.js';
import { requestOtp, somePhone } from '../support/calls.js';
import { INSTANCE, type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { insertSendBudget } from '../support/rows.js';

vi.setConfig({ testTimeout: 60_000 });

let database: TestDatabase;
let pool: Database;
let greenApi: GreenApiSimulator;
let gateway: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  pool = connectDatabase(database.url, SILENT);
  greenApi = await startGreenApiSimulator({ idInstance: String(INSTANCE), limits: false });
  gateway = await startGateway({
    DATABASE_URL: database.url,
    TRUSTED_PROXY_HOPS: '1',
    CAPTCHA: 'off',
    GREEN_API_URL: greenApi.url,
    GREEN_API_TOKEN: greenApi.token,
    DELIVERY_ROUTES: '*=green-api',
    DELIVERY_BUDGET_SECONDS: '20', // an answer that comes too late may mean that the message was sent
    UNVERIFIED_MESSAGES_PER_COUNTRY_PER_DAY: '10000',
  });
});
afterAll(async () => {
  await gateway.stop();
  await pool.close();
  await greenApi.close();
  await database.drop();
});
beforeEach(async () => {
  await database.query('DELETE FROM budgets');
});

test('while its provider is down, one address opens a bounded number of attempts in an hour', async () => {
  greenApi.fault = { status: 503, body: '' };
  const types: Record<string, number> = {};
  for (let index = 0; index < 100; index += 1) {
    const { __typename } = await requestOtp(
      gateway.graphqlUrl,
      { phone: somePhone() },
      { 'x-forwarded-for': '203.0.113.7' },
    );
    types[__typename] = (types[__typename] ?? 0) + 1;
  }
  // Thirty are given back as a whole, twenty by half.
  expect(types).toEqual({ DeliveryFailed: 50, RateLimited: 50 });
});

/** A hundred messages of one address whose provider is down, at once. @returns what is left of its charge, in hundredths */
async function giveBackHundred(used: number): Promise<number | undefined> {
  const subject = '203.0.113.7';
  await insertSendBudget(database, subject, { hourSends: 100, daySends: 100, hourVerified: used, dayVerified: used });
  const charge = { subjects: [subject], cost: 0 };
  await Promise.all(
    Array.from({ length: 100 }, () =>
      giveBack({ charge, attemptId: randomUUID(), providerDown: true }, { database: pool }),
    ),
  );
  const [row] = await database.query<{ hour_sends: number }>('SELECT hour_sends FROM budgets WHERE subject = $1', [
    subject,
  ]);
  return row?.hour_sends;
}

test('of a hundred messages at once whose provider is down, an address gets back thirty as a whole, and the others by half', async () => {
  expect(await giveBackHundred(0)).toBe(70 * 50);
});

test('an address whose codes are used gets back more, so that people behind it get codes by the next channel', async () => {
  expect(await giveBackHundred(33)).toBe(50);
});
