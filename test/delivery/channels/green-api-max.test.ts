import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Channel } from '../../../src/delivery/channels/channel.js';
import { greenApiMax } from '../../../src/delivery/channels/green-api-max/provider.js';
import { createLog } from '../../../src/log.js';
import { type GreenApiMaxSimulator, startGreenApiMaxSimulator } from '../../../simulators/green-api-max.js';
import { CODE, KAZAKH, expectNothingSecret, messageTo } from './message.js';
import { MISBEHAVIOURS } from './misbehaviours.js';

let simulator: GreenApiMaxSimulator;
let channel: Channel;
let state: string | undefined;
const deps = {
  log: createLog('silent'),
  greenApi: undefined,
  instanceState: undefined,
  instanceStateOf: () => ({ current: async () => state }),
  publicUrl: '',
};
const settings = () => ({
  url: simulator.url,
  idInstance: simulator.idInstance,
  token: simulator.token,
  webhookToken: simulator.webhookToken,
});

beforeAll(async () => {
  simulator = await startGreenApiMaxSimulator();
});
afterAll(() => simulator.close());
beforeEach(() => {
  Object.assign(simulator, { fault: undefined, lookUpRefusal: undefined, state: 'authorized' });
  simulator.faults.clear();
  simulator.phonesWithoutMax.clear();
  simulator.calls.length = 0;
  simulator.settings = {
    webhookUrl: 'https://login.example.com/api/webhooks/greenapi/max',
    webhookUrlToken: simulator.webhookToken,
    outgoingWebhook: 'yes',
  };
  state = 'authorized';
  [channel] = greenApiMax.create(settings(), deps) as [Channel];
});

const send = (changes = {}) => channel.send(messageTo(KAZAKH, changes), AbortSignal.timeout(5_000));
const methods = () => simulator.calls.map(({ method }) => method);

describe('sending a code by MAX', () => {
  test('looks up the chat of the phone, and sends our text to it', async () => {
    const result = await send();
    const sent = simulator.messages.at(-1);
    expect(sent).toMatchObject({ phone: KAZAKH.slice(1), text: `Your code: ${CODE}` });
    expect(sent?.chatId).not.toContain(KAZAKH.slice(1));
    expect(result).toEqual({ outcome: 'accepted', providerId: sent?.id });
    expect(methods()).toEqual(['checkAccount', 'sendMessage']);
    expectNothingSecret(result, [simulator.token]);
  });

  test('a phone without MAX gets no message, and the next channel can send at once', async () => {
    simulator.phonesWithoutMax.add(KAZAKH.slice(1));
    expect(await send()).toEqual({ outcome: 'failed', failure: 'not_on_channel', retry: false, detail: 'no account' });
    expect(methods()).toEqual(['checkAccount']);
  });

  test.each(['notAuthorized', 'suspended', 'blocked', 'starting'])(
    'an instance that is %s is not called, because it would keep the code',
    async (reported) => {
      state = reported;
      const refused = { outcome: 'failed', failure: 'channel_down', retry: false, detail: `instance ${reported}` };
      expect(await send()).toEqual(refused);
      expect(await channel.refusal?.()).toEqual(refused);
      expect(simulator.calls).toEqual([]);
    },
  );

  test.each([
    [469, 'rate_limited'],
    [466, 'insufficient_credit'],
    [401, 'authentication'],
    [429, 'rate_limited'],
  ])('a look-up that Green API refuses with HTTP %i is %s, and nothing is sent', async (status, failure) => {
    simulator.lookUpRefusal = status;
    const result = await send();
    expect(result).toMatchObject({ outcome: 'failed', failure, detail: expect.stringContaining(`HTTP ${status}`) });
    expect(methods()).toEqual(['checkAccount']);
    expectNothingSecret(result, [simulator.token]);
  });

  test('a look-up whose connection breaks can be repeated, because nothing was sent', async () => {
    simulator.faults.set('checkAccount', 'hang-up');
    expect(await send()).toMatchObject({ failure: 'channel_down', retry: true });
  });

  test.each([
    ['an unknown form', {}],
    ['a chat of a group', { exist: true, chatId: '-10000000000000' }],
    ['a chat with the form of WhatsApp', { exist: true, chatId: `${KAZAKH.slice(1)}@c.us` }],
    ['no chat', { exist: true }],
  ])('nothing is sent where the look-up answers with %s', async (_, body) => {
    simulator.faults.set('checkAccount', { status: 200, body: JSON.stringify(body) });
    const result = await send();
    expect(result).toEqual({ outcome: 'failed', failure: 'unknown', retry: false, detail: 'unknown chat' });
    expect(methods()).toEqual(['checkAccount']);
  });

  test.each(Object.entries(MISBEHAVIOURS))('the message fails if Green API %s', async (_, { fault, expected }) => {
    simulator.faults.set('sendMessage', fault);
    const result = await send();
    expect(result).toMatchObject({ outcome: 'failed', ...expected });
    expectNothingSecret(result, [simulator.token]);
  });

  test('serves only the countries whose numbers Green API looks up', () => {
    expect((['RU', 'BY', 'KZ', 'IR'] as const).filter((country) => channel.serves(country))).toEqual(['RU', 'BY']);
    expect(channel.serves(undefined)).toBe(false);
  });
});

describe('the webhook', () => {
  const webhook = () => {
    const created = greenApiMax.webhook?.create(settings(), deps);
    if (!created) throw new Error('no webhook');
    return created;
  };
  const request = (body: unknown, authorization?: string, method = 'POST') => ({
    method,
    rest: '',
    query: new URLSearchParams(),
    headers: authorization === undefined ? {} : { authorization },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const event = (changes = {}) => ({
    typeWebhook: 'outgoingMessageStatus',
    chatId: '10000000',
    instanceData: { idInstance: Number(simulator.idInstance), wid: '77010000001@c.us', typeInstance: 'v3' },
    timestamp: 1_763_115_112,
    idMessage: '1763115112345',
    status: 'delivered',
    ...changes,
  });

  test.each([
    ['delivered', [{ status: 'DELIVERED' }]],
    ['read', [{ status: 'READ' }]],
    ['failed', [{ status: 'FAILED', failure: 'unknown', detail: 'failed' }]],
    ['noAccount', [{ status: 'UNDELIVERED', failure: 'not_on_channel', detail: 'noAccount' }]],
    ['pending', []],
  ])('reads the status %s', (status, receipts) => {
    expect(webhook().receiptsIn(request(event({ status })))).toEqual(
      receipts.map((one) => ({ ...one, channels: ['green-api-max'], providerId: '1763115112345' })),
    );
  });

  test.each([
    ['of another instance', () => event({ instanceData: { idInstance: 1101000001, typeInstance: 'whatsapp' } })],
    ['of a message written on the phone', () => event({ sendByApi: false })],
    ['of another type', () => event({ typeWebhook: 'incomingMessageReceived' })],
    ['that is not JSON', () => '<html>'],
  ])('an event %s concerns no message, but has no other answer than 200', (_, body) => {
    expect(webhook().receiptsIn(request(body()))).toEqual([]);
  });

  test('counts only with its own token, with or without a scheme', () => {
    const { webhookToken, token } = simulator;
    for (const header of [webhookToken, `Bearer ${webhookToken}`, `Bearer Bearer ${webhookToken}`])
      expect(webhook().isAuthentic(request('', header)), header).toBe(true);
    for (const header of [undefined, '', 'Bearer', `Bearer ${token}`])
      expect(webhook().isAuthentic(request('', header)), header).toBe(false);
  });

  test('exists only with its token, and without it no receipt is awaited', () => {
    const without = { ...settings(), webhookToken: undefined };
    expect(greenApiMax.webhook?.create(without, deps)).toBeUndefined();
    expect(greenApiMax.create(without, deps)[0]?.hasReceipts).toBe(false);
    expect(channel.hasReceipts).toBe(true);
  });
});

describe('the account', () => {
  test('is shown with its number masked', async () => {
    expect(await greenApiMax.account?.(settings())).toEqual({
      provider: 'green-api-max',
      usable: true,
      facts: { instance: simulator.idInstance, state: 'authorized', number: '+7701*****01', 'messages waiting': 0 },
    });
    expect(await greenApiMax.account?.({ ...settings(), token: 'another_token' })).toEqual({
      provider: 'green-api-max',
      usable: false,
      facts: { failure: 'authentication', detail: 'HTTP 401' },
    });
  });

  const findings = async (changes = {}) =>
    (await greenApiMax.check?.({ ...settings(), ...changes }))?.filter(({ level }) => level !== 'ok');

  test('the doctor finds nothing wrong with a right one', async () => {
    expect(await findings()).toEqual([]);
  });

  test.each<[string, () => object, RegExp]>([
    ['a wrong token', () => ({ token: 'another_token' }), /refuses the instance or its token \(HTTP 401\)/],
    ['another instance', () => ({ idInstance: '3100000009' }), /refuses the instance or its token \(HTTP 403\)/],
    [
      'an account that is signed out',
      () => (Object.assign(simulator, { state: 'notAuthorized' }), {}),
      /notAuthorized/,
    ],
    [
      'an instance of WhatsApp',
      () => (Object.assign(simulator.settings, { typeInstance: 'whatsapp' }), {}),
      /another messenger \(typeInstance "whatsapp"\)/,
    ],
    [
      'another webhook',
      () => (
        Object.assign(simulator.settings, { webhookUrl: 'https://login.example.com/api/webhooks/greenapi/incoming' }),
        {}
      ),
      /webhookUrl must be PUBLIC_URL\/api\/webhooks\/greenapi\/max/,
    ],
    [
      'another webhook token',
      () => (Object.assign(simulator.settings, { webhookUrlToken: 'x' }), {}),
      /webhookUrlToken/,
    ],
    [
      'no statuses',
      () => (Object.assign(simulator.settings, { outgoingWebhook: 'no' }), {}),
      /outgoingWebhook must be "yes"/,
    ],
    ['no webhook token', () => ({ webhookToken: undefined }), /there are no receipts/],
  ])('the doctor names %s', async (_, plant, message) => {
    const found = await findings(plant());
    expect(found).toHaveLength(1);
    expect(found?.[0]?.message).toMatch(message);
    expect(found?.[0]).toHaveProperty('advice');
    expectNothingSecret(found, [simulator.token, simulator.webhookToken]);
  });
});

test.each<[Record<string, string>, RegExp]>([
  [{ GREEN_API_MAX_TOKEN: 'x' }, /GREEN_API_MAX_ID_INSTANCE is missing/],
  [{ GREEN_API_MAX_ID_INSTANCE: '3100000001' }, /GREEN_API_MAX_TOKEN is missing/],
  [{ GREEN_API_MAX_WEBHOOK_TOKEN: 'x' }, /GREEN_API_MAX_ID_INSTANCE is missing/],
  [
    { GREEN_API_MAX_ID_INSTANCE: '1101000001', GREEN_API_MAX_TOKEN: 'x', GREEN_API_ID_INSTANCE: '1101000001' },
    /an instance belongs to one messenger/,
  ],
])('the configuration %j is a mistake', (env, expected) => {
  expect(greenApiMax.problems?.(env)).toEqual([expect.stringMatching(expected)]);
});
