import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/config.js';
import { type Channel, isOfOnePhone } from '../../../src/delivery/channels/channel.js';
import { twilio } from '../../../src/delivery/channels/twilio/provider.js';
import { createTwilioWebhook, signatureOf } from '../../../src/delivery/channels/twilio/webhook.js';
import { createLog } from '../../../src/log.js';
import { type TwilioSimulator, startTwilioSimulator } from '../../../simulators/twilio.js';
import { complaint } from '../../support/config.js';
import { KAZAKH, expectNothingSecret, messageTo } from './message.js';
import { MISBEHAVIOURS } from './misbehaviours.js';

const FROM = '+15005550006';
const SERVICE = `MG${'9c8b7a6d'.repeat(4)}`;
const DELIVERY = '019abc00-0000-7000-8000-000000000001';

let simulator: TwilioSimulator;
let channel: Channel;
const settings = (changes: Partial<Parameters<typeof twilio.create>[0]> = {}) => ({
  url: simulator.url,
  accountSid: simulator.accountSid,
  authToken: simulator.authToken,
  keySid: undefined,
  keySecret: undefined,
  from: FROM,
  messagingServiceSid: undefined,
  callFrom: undefined,
  ...changes,
});
const deps = {
  log: createLog('silent'),
  greenApi: undefined,
  instanceState: undefined,
  publicUrl: 'https://login.example.com/auth',
};
const channelWith = (changes: Parameters<typeof settings>[0], publicUrl = deps.publicUrl) =>
  twilio.create(settings(changes), { ...deps, publicUrl })[0] as Channel;
const secrets = () => [simulator.authToken, simulator.keySecret];

beforeAll(async () => {
  simulator = await startTwilioSimulator();
});
afterAll(() => simulator.close());
beforeEach(() => {
  Object.assign(simulator, { fault: undefined, refusal: undefined, balance: 20 });
  channel = channelWith({});
});

const send = (changes = {}) => channel.send(messageTo(KAZAKH, changes), AbortSignal.timeout(5_000));

describe('sending a code by Twilio', () => {
  test('sends our text with the sender, the time that it is valid, and the URL of the callback with our ID', async () => {
    const result = await send({ ttlSeconds: 300 });
    const sent = simulator.created.at(-1);
    expect(result).toEqual({ outcome: 'accepted', providerId: sent?.sid, segments: 1 });
    expect(Object.fromEntries(sent?.form ?? [])).toEqual({
      To: KAZAKH,
      From: FROM,
      Body: messageTo(KAZAKH).text,
      ValidityPeriod: '300',
      StatusCallback: `https://login.example.com/auth/api/webhooks/twilio/status?delivery=${DELIVERY}`,
    });
    expectNothingSecret(result, secrets());
  });

  test('sends from a messaging service, and authenticates with a key where one is set', async () => {
    channel = channelWith({
      from: undefined,
      messagingServiceSid: SERVICE,
      authToken: undefined,
      keySid: simulator.keySid,
      keySecret: simulator.keySecret,
    });
    expect(await send()).toMatchObject({ outcome: 'accepted' });
    expect(simulator.created.at(-1)).toMatchObject({ from: SERVICE });
    // Nobody could check the signature of a callback.
    expect(simulator.created.at(-1)?.callback).toBeUndefined();
  });

  test('names no callback where Twilio could not reach the gateway by https', async () => {
    channel = channelWith({}, 'http://localhost:4000');
    expect(await send()).toMatchObject({ outcome: 'accepted' });
    expect(simulator.created.at(-1)?.callback).toBeUndefined();
  });

  test.each([
    [21211, 'not_on_channel', 'code 21211'],
    [21614, 'not_on_channel', 'code 21614'],
    [21635, 'not_on_channel', 'code 21635'],
    [21610, 'not_on_channel', 'code 21610'],
    [21408, 'account_restricted', 'not enabled: code 21408'],
    [21608, 'account_restricted', 'not enabled: code 21608'],
    [20005, 'account_restricted', 'code 20005'],
    [20003, 'authentication', 'code 20003'],
    [21606, 'sender_rejected', 'code 21606'],
    [21659, 'sender_rejected', 'code 21659'],
    [21703, 'sender_rejected', 'code 21703'],
    [21611, 'rate_limited', 'code 21611'],
    [21617, 'template_rejected', 'code 21617'],
    [29999, 'unknown', 'code 29999'],
  ])('reads the error %i as %s', async (code, failure, detail) => {
    simulator.refusal = { code };
    const result = await send();
    expect(result).toEqual({ outcome: 'failed', failure, detail, retry: false });
    expectNothingSecret(result, secrets());
  });

  test('a country that the account must enable first keeps the channel open for others', async () => {
    simulator.refusal = { code: 21408 };
    const ofOnePhone = await send();
    simulator.refusal = { code: 20005 };
    const ofAll = await send();
    expect([ofOnePhone, ofAll].map((result) => result.outcome === 'failed' && isOfOnePhone(result))).toEqual([
      true,
      false,
    ]);
  });

  test('repeats a request that Twilio refuses because there are too many, and no other', async () => {
    simulator.refusal = { code: 20429, status: 429 };
    expect(await send()).toMatchObject({ failure: 'rate_limited', retry: true });
    simulator.refusal = undefined;
    simulator.fault = { status: 429, body: '' };
    expect(await send()).toMatchObject({ failure: 'rate_limited', detail: 'HTTP 429', retry: true });
  });

  test('reports wrong credentials', async () => {
    channel = channelWith({ authToken: 'another-token-of-twilio' });
    expect(await send()).toMatchObject({ failure: 'authentication', detail: 'code 20003' });
    simulator.fault = { status: 401, body: '' };
    expect(await send()).toMatchObject({ failure: 'authentication', detail: 'HTTP 401' });
  });

  test('does not repeat a message whose answer was lost, because it may have been sent', async () => {
    simulator.answersToLose = 1;
    expect(await send()).toMatchObject({ outcome: 'failed', failure: 'channel_down', retry: false });
  });

  test('a server that hangs fails the message when its time ends', async () => {
    simulator.fault = 'hang';
    const result = await channel.send(messageTo(KAZAKH), AbortSignal.timeout(50));
    expect(result).toMatchObject({ outcome: 'failed', failure: 'timeout', retry: false });
  });

  test.each(Object.entries(MISBEHAVIOURS))('the message fails if Twilio %s', async (_, { fault, expected }) => {
    simulator.fault = fault;
    const result = await send();
    expect(result).toMatchObject({ outcome: 'failed', ...expected });
    expectNothingSecret(result, secrets());
  });

  test('does not serve the countries that Twilio does not reach', () => {
    expect(['KZ', 'IR', 'SY', 'CU', undefined].map((country) => channel.serves(country as never))).toEqual([
      true,
      false,
      false,
      false,
      true,
    ]);
  });
});

test('polls the status of messages, and leaves out those that Twilio does not know', async () => {
  const statuses = ['queued', 'sending', 'sent', 'delivered', 'read', 'undelivered', 'failed', 'canceled', 'new'];
  const ids = [];
  for (const status of statuses) {
    await send();
    const created = simulator.created.at(-1);
    Object.assign(created ?? {}, { status, errorCode: { undelivered: 30006, failed: 30007 }[status] });
    ids.push(created?.sid ?? '');
  }
  const receipts = (await channel.receiptsOf?.([...ids, `SM${'f'.repeat(32)}`])) ?? new Map();
  expect([...receipts.keys()]).toEqual(ids.slice(0, 8));
  expect([...receipts.values()]).toEqual([
    { status: 'ACCEPTED' },
    { status: 'SENT' },
    { status: 'SENT' },
    { status: 'DELIVERED' },
    { status: 'READ' },
    { status: 'UNDELIVERED', failure: 'not_on_channel', detail: 'code 30006' },
    { status: 'FAILED', failure: 'sender_rejected', detail: 'code 30007' },
    { status: 'FAILED', failure: 'unknown', detail: 'canceled' },
  ]);
});

describe('a call', () => {
  const call = (changes = {}) => {
    const [, channel] = twilio.create(settings({ from: undefined, callFrom: FROM, ...changes }), deps);
    if (!channel) throw new Error('there is no call');
    return channel;
  };
  const ring = (changes = {}) => call().send(messageTo(KAZAKH, changes), AbortSignal.timeout(5_000));

  test('reads the code out, rings for a short time, and names the URL of the callback', async () => {
    const result = await ring({ locale: 'ru' });
    const created = simulator.created.at(-1);
    expect(result).toEqual({ outcome: 'accepted', providerId: created?.sid });
    expect([...(created?.form ?? [])]).toEqual([
      ['To', KAZAKH],
      ['From', FROM],
      ['Twiml', expect.stringContaining('language="ru-RU">4, 8</Say>')],
      ['Timeout', '20'],
      ['StatusCallback', `https://login.example.com/auth/api/webhooks/twilio/status?delivery=${DELIVERY}`],
      ['StatusCallbackEvent', 'answered'],
      ['StatusCallbackEvent', 'completed'],
    ]);
    expectNothingSecret(result, secrets());
  });

  test('exists beside SMS, or alone', () => {
    const names = (changes: Parameters<typeof settings>[0]) =>
      twilio.create(settings(changes), deps).flatMap((one) => (one ? [one.name] : []));
    expect([names({}), names({ callFrom: FROM }), names({ from: undefined, callFrom: FROM })]).toEqual([
      ['twilio'],
      ['twilio', 'twilio-call'],
      ['twilio-call'],
    ]);
  });

  test.each([
    [21215, 'account_restricted', 'not enabled: code 21215'],
    [21219, 'account_restricted', 'not enabled: code 21219'],
    [21217, 'not_on_channel', 'code 21217'],
    [21210, 'sender_rejected', 'code 21210'],
    [10004, 'rate_limited', 'code 10004'],
  ])('reads the error %i as %s', async (code, failure, detail) => {
    simulator.refusal = { code };
    expect(await ring()).toEqual({ outcome: 'failed', failure, detail, retry: false });
  });

  test.each(Object.entries(MISBEHAVIOURS))('the call fails if Twilio %s', async (_, { fault, expected }) => {
    simulator.fault = fault;
    const result = await ring();
    expect(result).toMatchObject({ outcome: 'failed', ...expected });
    expectNothingSecret(result, secrets());
  });

  test('has arrived when somebody answers, and not when nobody does', async () => {
    const ids = [];
    for (const status of ['ringing', 'in-progress', 'completed', 'busy', 'no-answer', 'failed']) {
      await ring();
      Object.assign(simulator.created.at(-1) ?? {}, { status });
      ids.push(simulator.created.at(-1)?.sid ?? '');
    }
    const receipts = await call().receiptsOf?.(ids);
    expect(ids.map((id) => receipts?.get(id)?.status)).toEqual([
      'SENT',
      'DELIVERED',
      'DELIVERED',
      'UNDELIVERED',
      'UNDELIVERED',
      'FAILED',
    ]);
  });
});

describe('the callback', () => {
  const TOKEN = 'e4d909c290d0fb1ca068ffaddf22cbd0';
  const SID = `SM${'1'.repeat(32)}`;
  const webhook = (publicUrl: string) => createTwilioWebhook({ authToken: TOKEN, publicUrl });
  const fields = { MessageSid: SID, MessageStatus: 'undelivered', ErrorCode: '30003', To: KAZAKH };
  const path = `/api/webhooks/twilio/status?delivery=${DELIVERY}`;
  const request = (url: string, { token = TOKEN, of = fields, method = 'POST', body = '' } = {}) => ({
    method,
    rest: '',
    query: new URL(url).searchParams,
    headers: {
      'x-twilio-signature': createHmac('sha1', token)
        .update(
          url +
            Object.entries(of)
              .toSorted(([one], [other]) => (one < other ? -1 : 1))
              .flat()
              .join(''),
        )
        .digest('base64'),
    },
    body: body || new URLSearchParams(fields).toString(),
  });

  test('computes the signature of the example in Twilio’s documentation', () => {
    // twilio.com/docs/usage/webhooks/webhooks-security, with its token, URL and fields.
    const form = new URLSearchParams({
      Digits: '1234',
      To: '+18005551212',
      From: '+14158675310',
      Caller: '+14158675310',
      CallSid: 'CA1234567890ABCDE',
    });
    expect(signatureOf('https://mycompany.com/myapp.php?foo=1&bar=2', form, '12345')).toBe(
      'GvWf1cFY/Q7PnoempGyD5oXAezc=',
    );
  });

  test('is authentic only with the signature over the public URL and its own fields', () => {
    const { isAuthentic } = webhook('https://login.example.com/auth');
    const url = `https://login.example.com/auth${path}`;
    expect(isAuthentic(request(url))).toBe(true);
    // A proxy has removed the path: Twilio signs what it called.
    expect(isAuthentic(request(`https://login.example.com${path}`))).toBe(false);
    expect(isAuthentic(request(url, { token: 'another' }))).toBe(false);
    expect(isAuthentic(request(url, { of: { ...fields, MessageStatus: 'delivered' } }))).toBe(false);
    expect(isAuthentic({ ...request(url), query: new URLSearchParams({ delivery: SID }) })).toBe(false);
    expect(isAuthentic({ ...request(url), headers: {} })).toBe(false);
    expect(isAuthentic(request(url, { method: 'GET' }))).toBe(false);
  });

  test.each([
    ['https://login.example.com', 'https://login.example.com:443'],
    ['https://login.example.com:8443/a', 'https://login.example.com:8443/a'],
    ['https://login.example.com:8443/a', 'https://login.example.com/a'],
  ])('with PUBLIC_URL %s, a signature over %s is right', (publicUrl, signed) => {
    expect(webhook(publicUrl).isAuthentic(request(`${signed}${path}`))).toBe(true);
  });

  test('a form that is far too long is refused without sorting its fields', () => {
    const of = { ...fields, More: 'x'.repeat(20_000) };
    const body = new URLSearchParams(of).toString();
    const url = `https://login.example.com${path}`;
    expect(webhook('https://login.example.com').isAuthentic(request(url, { of, body }))).toBe(false);
  });

  test('reports the status of a message by its ID and ours', () => {
    const { receiptsIn } = webhook('https://login.example.com');
    const url = `https://login.example.com${path}`;
    expect(receiptsIn(request(url))).toEqual([
      {
        status: 'UNDELIVERED',
        failure: 'unknown',
        detail: 'code 30003',
        channels: ['twilio'],
        providerId: SID,
        deliveryId: DELIVERY,
      },
    ]);
    const other = (body: string, query = '') =>
      receiptsIn({ ...request(url, { body }), query: new URLSearchParams(query) });
    expect(other(`MessageSid=${SID}&MessageStatus=delivered`, 'delivery=1')).toEqual([
      { status: 'DELIVERED', channels: ['twilio'], providerId: SID, deliveryId: undefined },
    ]);
    expect(other(`MessageSid=${SID}&MessageStatus=something+new`)).toEqual([]);
    const CALL = `CA${'2'.repeat(32)}`;
    expect(other(`CallSid=${CALL}&CallStatus=no-answer`)).toEqual([
      { status: 'UNDELIVERED', failure: 'unknown', detail: 'no-answer', channels: ['twilio-call'], providerId: CALL },
    ]);
    expect(other('MessageSid=1&MessageStatus=delivered')).toBeUndefined();
    expect(other('nothing')).toBeUndefined();
  });
});

describe('the account', () => {
  const findings = async (changes = {}) =>
    ((await twilio.check?.(settings(changes))) ?? []).map(({ level, message }) => `${level}: ${message}`);

  test('shows its balance, and the doctor checks it and the number that sends', async () => {
    expect(await twilio.account?.(settings())).toEqual({
      provider: 'twilio',
      usable: true,
      facts: { 'balance (USD)': 20, sender: FROM },
    });
    expect(await findings()).toEqual([
      'ok: the credentials are valid, the balance is 20 USD',
      'ok: TWILIO_FROM is a number of this account',
    ]);
  });

  test('the doctor checks the number of calls', async () => {
    simulator.numbers.set('+15005550008', { sms: true, voice: false });
    expect(await findings({ callFrom: FROM })).toContain('ok: TWILIO_CALL_FROM is a number of this account');
    expect(await findings({ callFrom: '+15005550008' })).toContain(
      'problem: the number of TWILIO_CALL_FROM has no voice',
    );
  });

  test('a low balance and a sender of another account are problems', async () => {
    simulator.balance = 1.5;
    expect(await findings({ from: '+15005550007' })).toEqual([
      'problem: the balance is low: 1.5 USD',
      'problem: TWILIO_FROM is not a number of this account',
    ]);
  });

  test('says what it cannot check', async () => {
    simulator.balance = undefined;
    const key = { authToken: undefined, keySid: simulator.keySid, keySecret: simulator.keySecret };
    expect((await findings({ ...key, from: 'MyShop' })).map((finding) => finding.split(':')[0])).toEqual([
      'warning', // the balance
      'warning', // no auth token
      'warning', // the sender
    ]);
    expect(await twilio.account?.(settings({ ...key }))).toMatchObject({
      usable: true,
      facts: { credentials: 'accepted' },
    });
    expect(await findings({ from: undefined, messagingServiceSid: SERVICE })).toContain(
      'warning: not checked: the senders of TWILIO_MESSAGING_SERVICE_SID',
    );
  });

  test('wrong credentials, an account without funds and a silent server each have their advice', async () => {
    const advice = async (changes = {}) => (await twilio.check?.(settings(changes)))?.[0]?.advice;
    expect(await advice({ authToken: 'another-token-of-twilio' })).toContain('TWILIO_ACCOUNT_SID');
    simulator.fault = { status: 403, body: JSON.stringify({ code: 20005 }) };
    expect(await advice()).toContain('funds');
    simulator.fault = 'hang-up';
    expect(await advice()).toContain('TWILIO_URL');
    expect(await twilio.account?.(settings())).toMatchObject({ usable: false });
  });

  test('is not read when it is not configured', async () => {
    const none = settings({ accountSid: undefined });
    expect(await twilio.account?.(none)).toBeUndefined();
    expect(await twilio.check?.(none)).toEqual([]);
    expect(twilio.create(none, deps)).toEqual([]);
  });
});

describe('the variables', () => {
  const SID = `AC${'0a1b2c3d'.repeat(4)}`;
  const KEY = {
    TWILIO_API_KEY_SID: `SK${'4e5f6a7b'.repeat(4)}`,
    TWILIO_API_KEY_SECRET: 'InventedSecretOfAnApiKeyOfTwilio',
  };
  const TOKEN = { TWILIO_AUTH_TOKEN: 'e4d909c290d0fb1ca068ffaddf22cbd0' };
  const LOCAL = { TWILIO_URL: 'http://127.0.0.1:1' };

  test.each([
    [{ TWILIO_ACCOUNT_SID: SID, ...TOKEN, TWILIO_FROM: 'My Shop' }, ''],
    [{ TWILIO_ACCOUNT_SID: SID, ...KEY, TWILIO_MESSAGING_SERVICE_SID: SERVICE }, ''],
    [{ TWILIO_ACCOUNT_SID: SID, ...TOKEN, TWILIO_CALL_FROM: FROM }, ''],
    [{ TWILIO_ACCOUNT_SID: SID, ...TOKEN, TWILIO_CALL_FROM: 'My Shop' }, 'TWILIO_CALL_FROM must be'],
    [{ TWILIO_FROM: FROM }, 'TWILIO_ACCOUNT_SID is missing'],
    [{ TWILIO_ACCOUNT_SID: SID, TWILIO_FROM: FROM }, 'TWILIO_AUTH_TOKEN or TWILIO_API_KEY_SID is missing'],
    [
      { TWILIO_ACCOUNT_SID: SID, ...TOKEN },
      'TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID or TWILIO_CALL_FROM is missing',
    ],
    [{ TWILIO_ACCOUNT_SID: SID, ...TOKEN, TWILIO_FROM: FROM, TWILIO_MESSAGING_SERVICE_SID: SERVICE }, 'remove one'],
    [{ TWILIO_ACCOUNT_SID: 'AC1', ...TOKEN, TWILIO_FROM: FROM }, 'TWILIO_ACCOUNT_SID must be AC'],
    [{ TWILIO_ACCOUNT_SID: SID, ...TOKEN, TWILIO_FROM: 'A name that is too long' }, 'TWILIO_FROM must be'],
  ])('%j', (env, expected) => {
    const said = complaint({ ...LOCAL, ...env });
    if (expected === '') expect(said).toBe('');
    else expect(said).toContain(expected);
  });

  test('drop the spaces of a number, and keep those of a name', () => {
    const fromOf = (from: string) =>
      loadConfig({ ...LOCAL, TWILIO_ACCOUNT_SID: SID, ...TOKEN, TWILIO_FROM: from }).twilio.from;
    expect([fromOf('+1 (500) 555-0006'), fromOf('My Shop')]).toEqual([FROM, 'My Shop']);
  });
});
