import { createHash, createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Channel, type Failed, mayHaveBeenSent } from '../../../src/delivery/channels/channel.js';
import { telegramGateway } from '../../../src/delivery/channels/telegram-gateway/provider.js';
import { createTelegramGatewayWebhook } from '../../../src/delivery/channels/telegram-gateway/webhook.js';
import { createLog } from '../../../src/log.js';
import { type TelegramGatewaySimulator, startTelegramGatewaySimulator } from '../../../simulators/telegram-gateway.js';
import { CODE, KAZAKH, expectNothingSecret, messageTo } from './message.js';
import { MISBEHAVIOURS } from './misbehaviours.js';

let simulator: TelegramGatewaySimulator;
let channel: Channel;
const settings = () => ({ url: simulator.url, token: simulator.token, sender: undefined });
const deps = {
  log: createLog('silent'),
  greenApi: undefined,
  instanceState: undefined,
  publicUrl: 'https://login.example.com',
};

beforeAll(async () => {
  simulator = await startTelegramGatewaySimulator();
});
afterAll(() => simulator.close());
beforeEach(() => {
  simulator.fault = undefined;
  simulator.faults.clear();
  simulator.phonesWithoutTelegram.clear();
  simulator.balance = 10;
  [channel] = telegramGateway.create(settings(), deps) as [Channel];
});

const send = (changes = {}, withinMs = 5_000) =>
  channel.send(messageTo(KAZAKH, changes), AbortSignal.timeout(withinMs));

describe('sending a code by Telegram', () => {
  test('sends our code in a request that is charged once, with the URL of the callback', async () => {
    const result = await send({ ttlSeconds: 5 });
    const sent = simulator.requests.at(-1);
    expect(result).toEqual({ outcome: 'accepted', providerId: sent?.id, status: 'SENT' });
    expect(sent).toMatchObject({
      phone: KAZAKH,
      code: CODE,
      callbackUrl: 'https://login.example.com/api/webhooks/telegram-gateway/status',
    });
    expect(simulator.calls.slice(-2).map(({ method }) => method)).toEqual([
      'checkSendAbility',
      'sendVerificationMessage',
    ]);
    // Telegram refuses a ttl below 30 seconds.
    expect(simulator.calls.at(-1)?.parameters).toMatchObject({ ttl: 30, request_id: sent?.id });
    expect(simulator.balance).toBeCloseTo(9.99);
    expectNothingSecret(result, [simulator.token]);
  });

  test('passes a phone without Telegram on to the next channel, at no cost', async () => {
    simulator.phonesWithoutTelegram.add(KAZAKH);
    expect(await send()).toEqual({
      outcome: 'failed',
      failure: 'not_on_channel',
      retry: false,
      detail: 'PHONE_NUMBER_NOT_FOUND',
    });
    expect(simulator.balance).toBe(10);
  });

  test('reports a balance that is spent as one that only the operator can fix', async () => {
    simulator.balance = 0;
    expect(await send()).toMatchObject({ failure: 'insufficient_credit', detail: 'BALANCE_NOT_ENOUGH' });
  });

  test('reports a wrong token', async () => {
    [channel] = telegramGateway.create({ ...settings(), token: 'another-token' }, deps) as [Channel];
    expect(await send()).toMatchObject({ failure: 'authentication', detail: 'ACCESS_TOKEN_INVALID' });
  });

  test.each([
    ['FLOOD_WAIT_30', { failure: 'rate_limited', detail: 'FLOOD_WAIT_X' }],
    ['MESSAGE_ALREADY_SENT', { failure: 'unknown', detail: 'MESSAGE_ALREADY_SENT' }],
    [`your code ${CODE}`, { failure: 'unknown', detail: 'before the message: unreadable answer' }],
  ])('reads the error %s', async (error, expected) => {
    simulator.fault = { status: 200, body: JSON.stringify({ ok: false, error }) };
    const result = await send();
    expect(result).toMatchObject(expected);
    expectNothingSecret(result, [simulator.token]);
  });

  test('does not repeat a message whose answer was lost, because it may have been sent', async () => {
    simulator.answersToLose = 1;
    expect(await send()).toMatchObject({ outcome: 'failed', failure: 'channel_down', retry: false });
  });

  test.each(['hang', 'hang-up'] as const)(
    'has sent nothing when the question that comes before has no answer because of a %s',
    async (fault) => {
      simulator.faults.set('checkSendAbility', fault);
      const result = await send({}, 300);
      expect(result).toMatchObject({ outcome: 'failed', retry: fault === 'hang-up' });
      expect(mayHaveBeenSent(result as Failed)).toBe(false);
    },
  );

  test('refuses a code that Telegram does not take without a request', async () => {
    const before = simulator.calls.length;
    expect(await send({ code: '123' })).toMatchObject({ failure: 'unknown', detail: 'CODE_INVALID' });
    expect(simulator.calls.length).toBe(before);
  });

  test.each(Object.entries(MISBEHAVIOURS))('the message fails if Telegram %s', async (_, { fault, expected }) => {
    simulator.faults.set('sendVerificationMessage', fault);
    const result = await send();
    // A new try would begin with another question that Telegram charges.
    expect(result).toMatchObject({ outcome: 'failed', ...expected, retry: false });
    expectNothingSecret(result, [simulator.token]);
  });
});

test('polls the status of messages, and leaves out those that Telegram does not know', async () => {
  const ids = [];
  for (const status of ['delivered', 'read', 'expired', 'revoked', 'something new']) {
    await send();
    const request = simulator.requests.at(-1);
    Object.assign(request ?? {}, { status });
    ids.push(request?.id ?? '');
  }
  const receipts = (await channel.receiptsOf?.([...ids, '999'])) ?? new Map();
  expect([...receipts.values()].map(({ status }) => status)).toEqual([
    'DELIVERED',
    'READ',
    'UNDELIVERED',
    'UNDELIVERED',
  ]);
  expect([...receipts.keys()]).toEqual(ids.slice(0, 4));
});

describe('the callback', () => {
  const TOKEN = 'AAEEGInventedTokenOfTelegram';
  const NOW = 1_795_000_000;
  const webhook = createTelegramGatewayWebhook({ token: TOKEN }, { now: () => NOW * 1000 });
  const request = (body: string, { time = `${NOW}`, token = TOKEN, of = body } = {}) => ({
    method: 'POST',
    rest: '',
    query: new URLSearchParams(),
    headers: {
      'x-request-timestamp': time,
      'x-request-signature': createHmac('sha256', createHash('sha256').update(token).digest())
        .update(`${time}\n${of}`)
        .digest('hex'),
    },
    body,
  });

  test('is authentic only with the signature of the token over its own body, and only for an hour', () => {
    expect(webhook.isAuthentic(request('{}'))).toBe(true);
    expect(webhook.isAuthentic(request('{}', { token: 'another' }))).toBe(false);
    expect(webhook.isAuthentic(request('{"status":"read"}', { of: '{}' }))).toBe(false);
    expect(webhook.isAuthentic(request('{}', { time: `${NOW - 3_601}` }))).toBe(false);
    expect(webhook.isAuthentic({ ...request('{}'), headers: {} })).toBe(false);
    expect(webhook.isAuthentic({ ...request('{}'), headers: { 'x-request-timestamp': `${NOW}` } })).toBe(false);
  });

  test('reports the status of a message by its ID', () => {
    const body = { request_id: '111', phone_number: '77010000002', delivery_status: { status: 'read' } };
    expect(webhook.receiptsIn(request(JSON.stringify(body)))).toEqual([
      { status: 'READ', channels: ['telegram-gateway'], providerId: '111' },
    ]);
    expect(webhook.receiptsIn(request('{"request_id":"111"}'))).toEqual([]);
    expect(webhook.receiptsIn(request('nothing'))).toBeUndefined();
  });
});

describe('the account', () => {
  test('is accepted with the right token, and the doctor says what it cannot check', async () => {
    expect(await telegramGateway.account?.(settings())).toMatchObject({ usable: true });
    expect((await telegramGateway.check?.(settings()))?.map(({ level }) => level)).toEqual(['ok', 'warning']);
  });

  test('a wrong token and a silent server each have their advice', async () => {
    const [wrong] = (await telegramGateway.check?.({ ...settings(), token: 'another-token' })) ?? [];
    expect(wrong).toMatchObject({ level: 'problem', advice: expect.stringContaining('TELEGRAM_GATEWAY_TOKEN') });
    simulator.fault = 'hang-up';
    const [silent] = (await telegramGateway.check?.(settings())) ?? [];
    expect(silent).toMatchObject({ level: 'problem', advice: expect.stringContaining('TELEGRAM_GATEWAY_URL') });
    expect(await telegramGateway.account?.(settings())).toMatchObject({ usable: false });
  });

  test('is not read when it is not configured', async () => {
    const none = { ...settings(), token: undefined };
    expect(await telegramGateway.account?.(none)).toBeUndefined();
    expect(await telegramGateway.check?.(none)).toEqual([]);
    expect(telegramGateway.create(none, deps)).toEqual([]);
  });
});
