import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type KavenegarSimulator, startKavenegarSimulator } from '../../simulators/kavenegar.js';
import { type TwilioSimulator, startTwilioSimulator } from '../../simulators/twilio.js';
import { verifyOtp } from '../support/calls.js';
import { codeIn, eventually, phoneIn, requestOtp, smsLog } from '../support/delivery.js';
import { insertUsers } from '../support/rows.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';

const PUBLIC_URL = 'https://login.example.com/auth';

let twilio: TwilioSimulator;
let kavenegar: KavenegarSimulator;
let database: TestDatabase;
let gateway: TestGateway;

const environment = () => ({
  DATABASE_URL: database.url,
  TRUSTED_PROXY_HOPS: '1',
  PUBLIC_URL,
  DELIVERY_ROUTES: 'KZ=twilio,kavenegar-sms;KG=twilio',
  TWILIO_URL: twilio.url,
  TWILIO_ACCOUNT_SID: twilio.accountSid,
  TWILIO_AUTH_TOKEN: twilio.authToken,
  TWILIO_FROM: '+15005550006',
  TWILIO_CALL_FROM: '+15005550006',
  KAVENEGAR_URL: kavenegar.url,
  KAVENEGAR_API_KEY: kavenegar.apiKey,
  KAVENEGAR_CALL_TEMPLATE: 'myverification',
});

beforeAll(async () => {
  [twilio, kavenegar, database] = await Promise.all([
    startTwilioSimulator(),
    startKavenegarSimulator({ speed: 100 }),
    createDatabase(),
  ]);
  gateway = await startGateway(environment());
  // The proxy in front of the gateway removes the path.
  twilio.addressOf = (url) => url.replace(PUBLIC_URL, gateway.url);
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([twilio.close(), kavenegar.close(), database.drop()]);
});
beforeEach(() => {
  twilio.beforeAnswer = undefined;
  twilio.refusal = undefined;
});

const rows = (attempt: { attemptId: string }) => smsLog(database, attempt);
const sentTo = (phone: string) => twilio.created.filter(({ to }) => to === phone);

describe('a code by Twilio, behind a path prefix', () => {
  test('arrives, and its receipts come by signed callbacks only', async () => {
    const phone = phoneIn('KZ');
    const attempt = await requestOtp(gateway.graphqlUrl, { phone });
    expect(attempt).toMatchObject({ __typename: 'OtpRequested', channel: 'TWILIO' });
    expect(await twilio.report(phone, 'delivered', { token: 'another-token' })).toBe(401);
    expect(await rows(attempt)).toMatchObject([{ channel: 'twilio', status: 'ACCEPTED' }]);
    expect(await twilio.report(phone, 'delivered')).toBe(200);
    expect(await rows(attempt)).toMatchObject([{ channel: 'twilio', status: 'DELIVERED' }]);
    const code = codeIn(sentTo(phone)[0]?.body ?? '');
    expect(await verifyOtp(gateway.graphqlUrl, { ...attempt, code })).toMatchObject({ __typename: 'Session' });
  });

  test('a callback that comes twice, or after a later one, changes nothing', async () => {
    const phone = phoneIn('KZ');
    const attempt = await requestOtp(gateway.graphqlUrl, { phone });
    const answers = [];
    for (const status of ['sent', 'delivered', 'delivered', 'sent']) answers.push(await twilio.report(phone, status));
    expect(answers).toEqual([200, 200, 200, 200]);
    expect(await rows(attempt)).toMatchObject([{ status: 'DELIVERED' }]);
  });

  test('a callback that comes before the answer finds its message', async () => {
    const phone = phoneIn('KG');
    let answered = 0;
    twilio.beforeAnswer = async () => (answered = await twilio.report(phone, 'delivered'));
    const attempt = await requestOtp(gateway.graphqlUrl, { phone });
    expect(answered).toBe(200);
    expect(await rows(attempt)).toMatchObject([{ status: 'DELIVERED', provider_id: sentTo(phone)[0]?.sid }]);
  });

  test('a message whose answer was lost gets its receipt by the callback', async () => {
    const phone = phoneIn('KG');
    twilio.answersToLose = 1;
    const attempt = await requestOtp(gateway.graphqlUrl, { phone });
    // It may have been sent, so its code stays valid.
    expect(attempt).toMatchObject({ __typename: 'OtpRequested' });
    expect(await rows(attempt)).toMatchObject([{ status: 'QUEUED', provider_id: null }]);
    expect(await twilio.report(phone, 'delivered')).toBe(200);
    expect(await rows(attempt)).toMatchObject([{ status: 'DELIVERED', provider_id: sentTo(phone)[0]?.sid }]);
  });

  test('a number that is not a mobile one gets its code by the next channel at once', async () => {
    const phone = phoneIn('KZ');
    twilio.refusal = { code: 21614 };
    const attempt = await requestOtp(gateway.graphqlUrl, { phone });
    expect(attempt).toMatchObject({ channel: 'KAVENEGAR_SMS' });
    expect(await rows(attempt)).toMatchObject([
      { channel: 'twilio', status: 'FAILED', failure: 'not_on_channel', detail: 'code 21614' },
      { channel: 'kavenegar-sms' },
    ]);
  });

  test('the same code follows by the next channel when Twilio reports that it did not arrive', async () => {
    const phone = phoneIn('KZ');
    const attempt = await requestOtp(gateway.graphqlUrl, { phone });
    expect(await twilio.report(phone, 'undelivered', { errorCode: 30003 })).toBe(200);
    await eventually(() => expect(kavenegar.sentTo(phone)).toHaveLength(1));
    expect(codeIn(kavenegar.sentTo(phone)[0]?.message ?? '')).toBe(codeIn(sentTo(phone)[0]?.body ?? ''));
    expect((await rows(attempt))[0]).toMatchObject({ status: 'UNDELIVERED', detail: 'code 30003' });
  });

  test('a country that the account must enable does not stop other countries', async () => {
    twilio.refusal = { code: 21408 };
    const refused = await requestOtp(gateway.graphqlUrl, { phone: phoneIn('KG') });
    expect(refused).toMatchObject({ __typename: 'DeliveryFailed' });
    twilio.refusal = undefined;
    expect(await requestOtp(gateway.graphqlUrl, { phone: phoneIn('KZ') })).toMatchObject({ channel: 'TWILIO' });
  });
});

describe('a call as the last resort', () => {
  let closed: TestGateway;
  beforeAll(async () => {
    const DELIVERY_ROUTES = 'KZ=twilio,twilio-call;KG=twilio-call;IR=kavenegar-call';
    closed = await startGateway({ ...environment(), DELIVERY_ROUTES, SIGN_UP: 'closed' });
  });
  afterAll(() => closed.stop());

  async function userIn(country: 'KZ' | 'KG' | 'IR'): Promise<string> {
    const phone = phoneIn(country);
    await insertUsers(database, [{ phone }]);
    return phone;
  }

  test('reads the code of the SMS out when that did not arrive, and its answer is its receipt', async () => {
    const phone = await userIn('KZ');
    const attempt = await requestOtp(closed.graphqlUrl, { phone, locale: 'ru' });
    expect(attempt).toMatchObject({ channel: 'TWILIO' });
    const code = codeIn(sentTo(phone)[0]?.body ?? '');
    expect(await twilio.report(phone, 'undelivered', { errorCode: 30006 })).toBe(200);
    await eventually(() => expect(sentTo(phone)).toHaveLength(2));
    const read = [...(sentTo(phone)[1]?.body ?? '').matchAll(/>(\d), (\d)</g)].map(([, one, two]) => `${one}${two}`);
    expect(read.join('')).toBe(code + code);
    expect(await twilio.report(phone, 'in-progress')).toBe(200);
    expect(await rows(attempt)).toMatchObject([
      { channel: 'twilio', status: 'UNDELIVERED', detail: 'code 30006' },
      { channel: 'twilio-call', status: 'DELIVERED', provider_id: expect.stringMatching(/^CA/) },
    ]);
    expect(await verifyOtp(closed.graphqlUrl, { ...attempt, code })).toMatchObject({ __typename: 'Session' });
  });

  test('comes first when the user asks for it, and its price counts', async () => {
    const spent = async () =>
      Number(
        (await database.query(`SELECT hour_cost FROM budgets WHERE subject = 'channel:twilio-call'`))[0]?.[
          'hour_cost'
        ] ?? 0,
      );
    const before = await spent();
    const attempt = await requestOtp(closed.graphqlUrl, { phone: await userIn('KZ'), channel: 'TWILIO_CALL' });
    expect(attempt).toMatchObject({ channel: 'TWILIO_CALL' });
    expect(await rows(attempt)).toMatchObject([{ channel: 'twilio-call', status: 'ACCEPTED' }]);
    expect((await spent()) - before).toBe(400_000); // millionths of a US dollar
  });

  test('is a decoy for an unknown phone', async () => {
    const phone = phoneIn('KG');
    const attempt = await requestOtp(closed.graphqlUrl, { phone });
    expect(attempt).toMatchObject({ __typename: 'OtpRequested', channel: 'TWILIO_CALL' });
    expect(await rows(attempt)).toMatchObject([{ channel: 'twilio-call', failure: 'suppressed' }]);
    expect(sentTo(phone)).toEqual([]);
  });

  test('is made by Kavenegar in Iran', async () => {
    const phone = await userIn('IR');
    const attempt = await requestOtp(closed.graphqlUrl, { phone });
    expect(attempt).toMatchObject({ channel: 'KAVENEGAR_CALL' });
    expect(kavenegar.sentTo(phone)).toMatchObject([{ sender: 'Call', message: expect.stringMatching(/\d{6}/) }]);
    await eventually(async () =>
      expect(await rows(attempt)).toMatchObject([{ channel: 'kavenegar-call', status: 'DELIVERED' }]),
    );
  });
});
