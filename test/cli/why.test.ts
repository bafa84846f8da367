import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
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
    MESSAGE_PRICES_USD: 'green-api=0.1',
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
  const json = await why(phone, '--json');
  expect(JSON.parse(json)).toMatchObject({
    phone,
    isServed: true,
    events: [{ rule: 'phone', count: 2, lastAt: expect.any(String) }],
    failures: { hourFailures: 4, dayFailures: 4, totalFailures: 4 },
    attempts: [{ id: attemptId, expiresAt: expect.any(String) }],
    messages: [{ channel: 'kavenegar-sms', blockedBy: 'range' }],
  });
  expect(json).not.toMatch(/"\w+_\w+":/);
});

test('shows which budget blocks, with the limit that has grown with used codes, and each row under a name of its own', async () => {
  const phone = '+996700000003';
  // 100 codes were used: an hour may leave 20 unused in place of 10. Of the users of the country fifteen times as many.
  const used = { hourVerified: 100, dayVerified: 100 };
  await insertSendBudget(database, 'country:KG', { ...used, hourSends: 44, daySends: 54 });
  await insertSendBudget(database, 'users:KG', { ...used, hourSends: 26, daySends: 27 });
  await insertSendBudget(database, `${phone} from 203.0.113.0/24`, { hourSends: 3, daySends: 4 });
  await insertSendBudget(database, `${phone} on known devices`, { hourSends: 5, daySends: 6 });
  env['ALLOWED_COUNTRIES'] = 'KZ,KG';
  onTestFinished(() => void (env['ALLOWED_COUNTRIES'] = 'KZ'));

  expect(await why(phone)).toMatch(/^Nothing keeps/);
  await database.query(`UPDATE budgets SET hour_sends = 4500 WHERE subject = 'country:KG'`);
  const text = await why(phone);
  expect(text).toMatch(/^The budget "new phones of the country" \(country:KG\) is spent\./);
  expect(text).toMatch(
    /new phones of the country +country:KG +45 messages, 20 of 20 unused, .* 54 messages, 29 of 30 unused/,
  );
  expect(text).toMatch(/users of the country +users:KG +26 messages, 1 of 300 unused, .* 27 messages, 2 of 450 unused/);
  expect(text).toMatch(/reserve of the phone in a network +\+996700000003 from 203\.0\.113\.0\/24 +3 of 4 messages/);
  expect(text).toMatch(/phone on its known devices +\+996700000003 on known devices +5 of 6 messages/);
  expect(text).toMatch(/block of 10,000 +block:\+99670000 /);
  expect(text).toMatch(/block of 100,000 +block:\+9967000 /);
});

test('shows the spent budgets of channels and of the networks from which the phone was requested', async () => {
  const phone = '+996700000013';
  // The gateway refuses the phone: its country is not allowed.
  await requestOtp(gateway.graphqlUrl, { phone }, { 'x-forwarded-for': '2001:db8:7:8::1' });
  await expect.poll(() => why(phone), { timeout: 20_000, interval: 500 }).toContain('2001:db8:7:8::/64');
  env['ALLOWED_COUNTRIES'] = 'KZ,KG';
  env['MESSAGES_PER_CHANNEL_PER_DAY'] = 'green-api=100';
  onTestFinished(() => {
    env['ALLOWED_COUNTRIES'] = 'KZ';
    delete env['MESSAGES_PER_CHANNEL_PER_DAY'];
  });
  const attemptId = await insertAttempt(database, { phone, status: 'EXPIRED' });
  await database.query(`UPDATE login_attempts SET client_ip = '198.51.100.9' WHERE id = $1`, [attemptId]);
  await insertSendBudget(database, '198.51.100.9', { hourSends: 10, daySends: 10 });
  await insertSendBudget(database, '198.51.100.0/24', { hourSends: 10, daySends: 10 });
  await insertSendBudget(database, '2001:db8:7::/48', { hourSends: 40, daySends: 40 });
  await insertSendBudget(database, '192.0.2.1', { hourSends: 10, daySends: 10 }); // of other phones
  await insertSendBudget(database, 'channel:green-api', { hourSends: 20, daySends: 80 });

  const text = await why(phone);
  expect(text).toMatch(
    /^The budget "address of a client" \(198\.51\.100\.9\) is spent\. .* A client there without a known device needs a captcha, and gets no code after 3 times as many\.$/m,
  );
  expect(text).toMatch(/^The budget "site of a client" \(2001:db8:7::\/48\) is spent\./m);
  expect(text).toMatch(
    /^The budget "channel" \(channel:green-api\) is spent\. .* The next channel of the route is tried\.$/m,
  );
  expect(text).toMatch(/network of a client +198\.51\.100\.0\/24 +10 of 900 messages, 10 of 20 unused/);
  expect(text).toMatch(/channel +channel:green-api +20 of 20 messages/);
  expect(text).not.toContain('192.0.2.1');
  expect(text).not.toMatch(/The budget "network of a client"/);
});

test('shows a budget that refuses for a minute, and one that the price of the next message exceeds', async () => {
  const phone = '+996700000023';
  await insertSendBudget(database, phone, { hourSends: 2, daySends: 2 });
  await database.query('UPDATE budgets SET minute_started_at = now(), minute_sends = 200 WHERE subject = $1', [phone]);
  const changes = { ALLOWED_COUNTRIES: 'KZ,KG', DELIVERY_ROUTES: '*=kavenegar-sms', SPEND_LIMIT_USD_PER_DAY: '0.10' };
  const before = { ...env };
  Object.assign(env, changes);
  onTestFinished(() => void (env = before));
  const text = await why(phone);
  expect(text).toMatch(/^The budget "phone" \(\+996700000023\) is spent\./m);
  expect(text).toMatch(/^The budget "all messages" \(all\) is spent\./m);
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
