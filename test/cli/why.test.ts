import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { requestOtp, somePhone } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { insertAttempt, insertDelivery, insertGuessFailures, insertSendBudget, insertUser } from '../support/rows.js';
import { phonegate } from './run.js';

vi.setConfig({ testTimeout: 60_000 });

let database: TestDatabase;
let gateway: TestGateway;
let env: Record<string, string>;

beforeAll(async () => {
  database = await createDatabase();
  env = {
    DATABASE_URL: database.url,
    GATEWAY_SECRET: 'n7KqWv2RzT9xLpB4sHdYc6Jm8GfE3uAa',
    TRUSTED_PROXY_HOPS: '1',
    ALLOWED_COUNTRIES: 'KZ',
  };
  gateway = await startGateway(env);
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

async function why(phone: string, ...options: string[]): Promise<string> {
  const { code, stdout, stderr } = await phonegate(['why', phone, ...options], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

test('says in words which rule refuses a phone and until when, and lists the facts', async () => {
  const phone = somePhone();
  await insertUser(database, { phone, name: 'Aliya', blocked: true });
  await insertSendBudget(database, phone, { hourSends: 10, daySends: 12 });
  await insertGuessFailures(database, phone, { hourFailures: 4, dayFailures: 4, totalFailures: 4 });
  const attemptId = await insertAttempt(database, { phone, status: 'PENDING' });
  await insertDelivery(database, { attemptId, channel: 'kavenegar-sms', failure: 'suppressed' });
  await database.query(`UPDATE sms_log SET blocked_by = 'range' WHERE attempt_id = $1`, [attemptId]);
  const ask = () => requestOtp(gateway.graphqlUrl, { phone }, { 'x-forwarded-for': '203.0.113.7' });
  expect((await ask()).__typename).toBe('RateLimited');
  expect((await ask()).__typename).toBe('RateLimited');
  await expect.poll(() => why(phone), { timeout: 20_000, interval: 500 }).toContain('203.0.113.7');

  const text = await why(phone.replace('+7', '8'));
  expect(text).toMatch(/^The user is blocked\..*phonegate users unblock \+7701/);
  expect(text).toMatch(
    /Requests are refused by the rule phone, probably until 20\S+Z, last from 203\.0\.113\.7\. Clients/,
  );
  expect(text).toMatch(/\nphone +refused +203\.0\.113\.7|phone +refused +203\.0\.113\.7 +\d/);
  expect(text).toContain('4 of 10 in the hour that ends at');
  expect(text).toMatch(/phone +\+7701\d+ +10 of 10 messages, 0\.00 USD +12 of 20 messages/);
  expect(text).toMatch(new RegExp(`${attemptId} +OTP +PENDING`));
  expect(text).toMatch(/kavenegar-sms +\w+ +suppressed +range/);
  expect(text).toContain('Aliya, role USER, blocked, last sign-in never.');
  expect(JSON.parse(await why(phone, '--json'))).toMatchObject({
    phone,
    isServed: true,
    events: [expect.objectContaining({ rule: 'phone', count: 2 })],
  });
});

test('says that nothing stands in the way of an unknown phone', async () => {
  const text = await why(somePhone());
  expect(text).toMatch(/^Nothing keeps \+7701\d+ from signing in now\./);
  expect(text).toContain('No user has this phone.');
});

test('says that a country is not served, and that a landline cannot receive messages', async () => {
  expect(await why('+989120000004')).toMatch(/^\+989120000004 gets no codes: ALLOWED_COUNTRIES/);
  const { code, stderr } = await phonegate(['why', '+77172000000'], { env });
  expect([code, stderr]).toEqual([1, expect.stringContaining('cannot receive messages')]);
});
