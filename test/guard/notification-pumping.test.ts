import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type GreenApiSimulator, startGreenApiSimulator } from '../../simulators/green-api.js';
import { type KavenegarSimulator, startKavenegarSimulator } from '../../simulators/kavenegar.js';
import {
  claimLogin,
  deliverWebhook,
  incomingText,
  requestOtp,
  somePhone,
  startWhatsAppLogin,
} from '../support/calls.js';
import { INSTANCE, type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { soon, verifyStatus } from '../support/sign-in.js';

vi.setConfig({ testTimeout: 60_000 });

let database: TestDatabase;
let kavenegar: KavenegarSimulator;
let greenApi: GreenApiSimulator;
let gateway: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  kavenegar = await startKavenegarSimulator();
  greenApi = await startGreenApiSimulator({ idInstance: String(INSTANCE), limits: false });
  // Iran gets notifications by SMS, the other countries by WhatsApp.
  gateway = await startGateway({
    DATABASE_URL: database.url,
    TRUSTED_PROXY_HOPS: '1',
    WHATSAPP_NUMBER: '77010000001',
    GREEN_API_URL: greenApi.url,
    GREEN_API_TOKEN: greenApi.token,
    KAVENEGAR_URL: kavenegar.url,
    KAVENEGAR_API_KEY: kavenegar.apiKey,
    DELIVERY_ROUTES: 'IR=kavenegar-sms;*=green-api',
    SPEND_LIMIT_USD_PER_DAY: '20',
  });
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([kavenegar.close(), greenApi.close()]);
  await database.drop();
});
beforeEach(async () => {
  await database.query('DELETE FROM budgets');
});

async function signInByWhatsApp(phone: string) {
  const attempt = await startWhatsAppLogin(gateway.graphqlUrl, {}, { 'x-forwarded-for': '203.0.113.7' });
  await deliverWebhook(gateway.url, incomingText(attempt.loginMessage, phone));
  const session = await claimLogin(gateway.graphqlUrl, attempt);
  expect(session.__typename).toBe('Session');
  return session;
}
async function signInAgainAndAgain(phone: string, times: number) {
  const sessions = [];
  for (let index = 0; index < times; index += 1) sessions.push(await signInByWhatsApp(phone));
  await soon(async () =>
    expect(await database.query('SELECT FROM notifications WHERE send_at IS NOT NULL')).toEqual([]),
  );
  return sessions;
}
const smsSent = () => kavenegar.calls.filter(({ method }) => method === 'sms/send').length;
const noticesTo = (phone: string) =>
  greenApi.sentTo(`${phone.slice(1)}@c.us`).filter((text) => text.includes('UTC')).length;

test('one SIM that signs in by WhatsApp again and again causes four paid messages an hour, and each that is not sent is recorded', async () => {
  const phone = '+989120000004';
  const before = smsSent();
  await signInAgainAndAgain(phone, 30);
  expect(smsSent() - before).toBe(4);
  const log = await database.query(
    `SELECT status::text, blocked_by IS NOT NULL AS blocked, count(*)::int FROM sms_log WHERE purpose = 'NEW_DEVICE' GROUP BY 1, 2 ORDER BY 3`,
  );
  expect(log).toEqual([
    { status: expect.stringMatching(/ACCEPTED|SENT|DELIVERED/) as string, blocked: false, count: 4 },
    { status: 'FAILED', blocked: true, count: 25 },
  ]);
  await soon(async () =>
    expect(
      await database.query(
        `SELECT action, sum(count)::int AS count FROM guard_events WHERE rule IN ('notifications', 'concurrent') GROUP BY 1`,
      ),
    ).toEqual([{ action: 'blocked', count: 25 }]),
  );
  expect(JSON.stringify(gateway.log.filter(({ event }) => event === 'guard.blocked'))).not.toContain(phone.slice(1));
});

test('one SIM gets four messages about sign-ins an hour by WhatsApp, however often it signs in', async () => {
  const phone = somePhone();
  await signInAgainAndAgain(phone, 30);
  expect(noticesTo(phone)).toBe(4);
});

test('an hour later, the phone gets messages about sign-ins again', async () => {
  const phone = somePhone();
  await signInAgainAndAgain(phone, 6);
  await database.query(`UPDATE budgets SET hour_started_at = hour_started_at - interval '1 hour'`);
  await signInAgainAndAgain(phone, 1);
  expect(noticesTo(phone)).toBe(5);
});

test('the answer NO to one message ends also the sign-ins about which none was sent', async () => {
  const phone = somePhone();
  const [first, ...sessions] = await signInAgainAndAgain(phone, 8);
  expect(noticesTo(phone)).toBe(4);
  await deliverWebhook(gateway.url, incomingText('NO', phone));
  await soon(async () => {
    for (const { accessToken } of sessions) expect(await verifyStatus(gateway, accessToken)).toBe(401);
  });
  // The device was known before the first message.
  expect(await verifyStatus(gateway, first?.accessToken ?? '')).toBe(200);
});

test('a message about a changed phone is sent although messages about sign-ins have spent theirs', async () => {
  const phone = somePhone();
  await signInAgainAndAgain(phone, 8);
  const [user] = await database.query<{ id: string }>('SELECT id FROM users WHERE phone = $1', [phone]);
  await database.query(
    `INSERT INTO notifications (id, purpose, user_id, phone, "values") VALUES (gen_random_uuid(), 'PHONE_CHANGED', $1, $2, '{"phone": "+7 *** 02"}')`,
    [user?.id, phone],
  );
  await soon(() => expect(greenApi.sentTo(`${phone.slice(1)}@c.us`).at(-1)).not.toContain('UTC'));
  expect(await database.query(`SELECT blocked_by FROM sms_log WHERE purpose = 'PHONE_CHANGED'`)).toEqual([
    { blocked_by: null },
  ]);
});

test('all messages about sign-ins together leave strangers the money of their codes', async () => {
  // Of 20 dollars a day, they may cost one dollar an hour.
  const limit = 1_000_000;
  const phone = '+989350000014';
  await signInAgainAndAgain(phone, 2);
  await database.query(
    `UPDATE budgets SET hour_cost = $1, day_cost = $1 WHERE subject IN ('notifications NEW_DEVICE', 'channel:kavenegar-sms', 'all')`,
    [limit],
  );
  const before = smsSent();
  await signInAgainAndAgain(phone, 1);
  expect(smsSent()).toBe(before);
  const answer = await requestOtp(
    gateway.graphqlUrl,
    { phone: '+989350000004' },
    { 'x-forwarded-for': '198.51.100.7' },
  );
  expect(answer.__typename).toBe('OtpRequested');
  await soon(() => expect(smsSent()).toBe(before + 1));
});
