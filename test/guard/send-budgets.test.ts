import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KavenegarSimulator, startKavenegarSimulator } from '../../simulators/kavenegar.js';
import {
  cancelLogin,
  deliverWebhook,
  incomingText,
  requestOtp,
  resendOtp,
  somePhone,
  startWhatsAppLogin,
  verifyOtp,
} from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { allowResend, insertSendBudget, updateSendBudget } from '../support/rows.js';

let database: TestDatabase;
let gateway: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url, TRUSTED_PROXY_HOPS: '1' });
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

const from = (ip: string) => ({ 'x-forwarded-for': ip });
const ask = (phone: string, headers?: Record<string, string>) => requestOtp(gateway.graphqlUrl, { phone }, headers);

/** Requests a code and cancels at once: the attempt is closed, the message is sent. */
async function askAndCancel(phone: string, headers?: Record<string, string>): Promise<string> {
  const sent = await ask(phone, headers);
  if (sent.__typename === 'OtpRequested') await cancelLogin(gateway.graphqlUrl, sent);
  return sent.__typename;
}

const sentTo = (phone: string) =>
  gateway.log.filter(({ event, phone: to }) => event === 'console.message' && to === phone).length;

async function times<T>(count: number, act: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let round = 0; round < count; round += 1) results.push(await act());
  return results;
}

describe('a phone', () => {
  test('is sent ten codes per hour, also when each attempt is canceled', async () => {
    const phone = somePhone();
    expect(new Set(await times(10, () => askAndCancel(phone)))).toEqual(new Set(['OtpRequested']));
    const refused = await ask(phone);
    expect(refused).toMatchObject({ __typename: 'RateLimited', code: 'RATE_LIMITED' });
    expect(refused.retryAfterSeconds).toBeGreaterThan(3_500);
    expect(refused.retryAfterSeconds).toBeLessThanOrEqual(3_600);
    expect(sentTo(phone)).toBe(10);
  });

  test('is sent codes again when the hour has passed, but at most twenty per day', async () => {
    const phone = somePhone();
    await insertSendBudget(database, phone, { hourSends: 10, daySends: 10 });
    expect((await ask(phone)).__typename).toBe('RateLimited');
    const hourPasses = () => updateSendBudget(database, phone, { hourStartedAt: '-61 minutes' });
    await hourPasses();
    expect(new Set(await times(10, () => askAndCancel(phone)))).toEqual(new Set(['OtpRequested']));
    await hourPasses();
    const refused = await ask(phone);
    expect(refused.__typename).toBe('RateLimited');
    expect(refused.retryAfterSeconds).toBeGreaterThan(3_600 * 23);
    await updateSendBudget(database, phone, { dayStartedAt: '-25 hours' });
    expect((await ask(phone)).__typename).toBe('OtpRequested');
  });

  test('is sent ten codes when fifty requests arrive at once, five times', async () => {
    const phone = somePhone();
    for (let round = 0; round < 5; round += 1) await Promise.all(Array.from({ length: 50 }, () => askAndCancel(phone)));
    expect(sentTo(phone)).toBe(10);
  });

  test('gets its budget back each time a code is used', async () => {
    const phone = somePhone();
    for (let round = 0; round < 12; round += 1) {
      const sent = await ask(phone);
      expect(sent.__typename).toBe('OtpRequested');
      const session = await verifyOtp(gateway.graphqlUrl, { ...sent, code: gateway.codeOf(sent.attemptId) });
      expect(session.__typename).toBe('Session');
    }
  });

  test('gets its budget back when it signs in by WhatsApp', async () => {
    const phone = somePhone();
    await insertSendBudget(database, phone, { hourSends: 10, daySends: 10 });
    expect((await ask(phone)).__typename).toBe('RateLimited');
    const login = await startWhatsAppLogin(gateway.graphqlUrl);
    expect(await deliverWebhook(gateway.url, incomingText(login.loginMessage, phone))).toBe(200);
    expect((await ask(phone)).__typename).toBe('OtpRequested');
  });

  test('is charged for a resend, and rate limited after the tenth send', async () => {
    const phone = somePhone();
    const sent = await ask(phone);
    const again = async () => {
      await allowResend(database, sent.attemptId);
      return resendOtp(gateway.graphqlUrl, sent);
    };
    expect(new Set((await times(9, again)).map((result) => result.__typename))).toEqual(new Set(['OtpRequested']));
    const refused = await again();
    expect(refused.__typename).toBe('RateLimited');
    expect(refused.retryAfterSeconds).toBeGreaterThan(3_500);
    expect(sentTo(phone)).toBe(10);
  });
});

describe('a client IP', () => {
  test('may cause thirty sends per hour to any phones: of fifty requests at once thirty are sent', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(somePhone(), from('203.0.113.7'))));
    const count = (type: string) => answers.filter(({ __typename }) => __typename === type).length;
    expect([count('OtpRequested'), count('RateLimited')]).toEqual([30, 20]);
    // The refused requests have not changed the budget.
    expect((await ask(somePhone(), from('203.0.113.7'))).__typename).toBe('RateLimited');
    expect((await ask(somePhone(), from('203.0.113.8'))).__typename).toBe('OtpRequested');
  });

  test('is counted by its /64 in IPv6', async () => {
    const hosts = Array.from({ length: 30 }, (_, index) => `2001:db8:1:2::${index + 1}`);
    const answers = await Promise.all(hosts.map((ip) => ask(somePhone(), from(ip))));
    expect(new Set(answers.map(({ __typename }) => __typename))).toEqual(new Set(['OtpRequested']));
    expect((await ask(somePhone(), from('2001:db8:1:2::ffff'))).__typename).toBe('RateLimited');
    expect((await ask(somePhone(), from('2001:db8:1:3::1'))).__typename).toBe('OtpRequested');
  });

  test('is not limited while its users use their codes', async () => {
    await insertSendBudget(database, '203.0.113.9', { hourSends: 28, daySends: 28 });
    for (let round = 0; round < 7; round += 1) {
      const sent = await ask(somePhone(), from('203.0.113.9'));
      expect(sent.__typename).toBe('OtpRequested');
      await verifyOtp(gateway.graphqlUrl, { ...sent, code: gateway.codeOf(sent.attemptId) });
    }
  });

  test('of the same machine is not limited', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask(somePhone())));
    expect(new Set(answers.map(({ __typename }) => __typename))).toEqual(new Set(['OtpRequested']));
  });
});

describe('a code that no channel accepted', () => {
  let kavenegar: KavenegarSimulator;
  let refusing: TestGateway;

  beforeAll(async () => {
    kavenegar = await startKavenegarSimulator();
    refusing = await startGateway({
      DATABASE_URL: database.url,
      NODE_ENV: 'production',
      GREEN_API_WEBHOOK_TOKEN: 'invented-webhook-token',
      KAVENEGAR_URL: kavenegar.url,
      KAVENEGAR_API_KEY: kavenegar.apiKey,
      TRUSTED_PROXY_HOPS: '1',
    });
  });
  afterAll(async () => {
    await refusing.stop();
    await kavenegar.close();
  });

  test('is charged when the provider did not answer, because it may have been sent', async () => {
    const phone = '+989120000005';
    kavenegar.fault = 'hang-up';
    const answer = await requestOtp(refusing.graphqlUrl, { phone }, from('203.0.113.11'));
    expect(answer.__typename).toBe('DeliveryFailed');
    const charged = await database.query('SELECT hour_sends FROM send_budgets WHERE subject = ANY($1)', [
      [phone, '203.0.113.11'],
    ]);
    expect(charged).toEqual([{ hour_sends: 1 }, { hour_sends: 1 }]);
  });

  test('is charged neither to the phone nor to the client IP', async () => {
    const phone = '+989120000004';
    kavenegar.fault = { status: 500, body: '<html>', contentType: 'text/html' };
    const answers = await times(12, () => requestOtp(refusing.graphqlUrl, { phone }, from('203.0.113.10')));
    expect(new Set(answers.map(({ __typename }) => __typename))).toEqual(new Set(['DeliveryFailed']));
    const charged = await database.query('SELECT 1 FROM send_budgets WHERE subject = ANY($1) AND hour_sends > 0', [
      [phone, '203.0.113.10'],
    ]);
    expect(charged).toEqual([]);
  });
});
