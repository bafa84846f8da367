import { afterEach, describe, expect, test, vi } from 'vitest';
import { createManualClock } from './clock.js';
import { type Fixture, fixtureNames, readFixture } from './read-fixture.js';
import { createRateLimits } from './green-api/rate-limits.js';
import { createUsage } from './green-api/usage.js';
import {
  type GreenApiSimulator,
  FRESH_SETTINGS,
  type GreenApiOptions,
  type Method,
  startGreenApiSimulator,
} from './green-api.js';
import { serve } from './serve.js';

const KAZAKH = '77010000002';
const KYRGYZ = '996700000003';
const IRANIAN = '989120000004';
const LID = '155508384256027@lid';
const chatOf = (digits: string) => `${digits}@c.us`;

const toClose: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(toClose.splice(0).map((close) => close()));
});

async function start(options: GreenApiOptions = {}): Promise<GreenApiSimulator> {
  const api = await startGreenApiSimulator({ limits: false, ...options });
  toClose.push(api.close);
  return api;
}

interface Answer {
  status: number;
  headers: Headers;
  text: string;
  body: unknown;
}

async function request(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  let body: unknown;
  if (text.startsWith('<') || text === '') body = undefined;
  else body = JSON.parse(text);
  return { status: response.status, headers: response.headers, text, body };
}

const post = (body: unknown): RequestInit => ({
  method: 'POST',
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

/** A call with the right token, by POST if it has a body. */
const call = (api: GreenApiSimulator, method: string, body?: unknown) =>
  request(`${api.url}/waInstance${api.idInstance}/${method}/${api.token}`, body === undefined ? undefined : post(body));

const send = (api: GreenApiSimulator, digits: string, message = 'Your code: 482913') =>
  call(api, 'sendMessage', { chatId: chatOf(digits), message, linkPreview: false });

/** A server that receives webhooks. It answers with the next status of `answers`, or 200. */
async function startReceiver() {
  const received: { text: string; body: Record<string, unknown>; authorization: string | undefined; at: number }[] = [];
  const answers: (number | 'hang')[] = [];
  const { url, close } = await serve((request, text, response) => {
    const { authorization } = request.headers;
    received.push({ text, body: readJson(text), authorization, at: Date.now() });
    const answer = answers.shift() ?? 200;
    if (answer !== 'hang') response.writeHead(answer, { location: '/elsewhere' }).end();
  });
  toClose.push(close);
  return { url, received, answers, kinds: () => received.map(({ body }) => body['status'] ?? body['typeWebhook']) };
}

function readJson(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** An instance with the webhooks that a gateway needs, and their receiver. */
async function startWithReceiver(options: GreenApiOptions = {}) {
  const receiver = await startReceiver();
  const flags = { incomingWebhook: 'yes', outgoingWebhook: 'yes', stateWebhook: 'yes' } as const;
  const settings = { webhookUrl: receiver.url, ...flags, ...options.settings };
  return { receiver, api: await start({ speed: 1000, ...options, settings }) };
}

const eventually = <T>(check: () => T) => vi.waitFor(check, { timeout: 10_000, interval: 5 });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The types of a value's fields. Of a list, only the first item counts. */
function shapeOf(value: unknown): unknown {
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== 'object') return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]));
}

function sendFixture(api: GreenApiSimulator, { request: recorded }: Fixture): Promise<Answer> {
  const url = recorded.url
    .replace('{apiUrl}', api.url)
    .replace('{idInstance}', api.idInstance)
    .replace('{apiTokenInstance}', api.token)
    .replace('{receiptId}', '1234567');
  const body = recorded.body === undefined ? {} : { body: JSON.stringify(recorded.body) };
  return request(url, { method: recorded.method, ...body });
}

describe('a recorded request', () => {
  const testedBelow = new Set(['api.getMessage', 'api.showMessagesQueue.legacy']);
  const names = fixtureNames('greenapi').filter(
    (name) => readFixture('greenapi', name).response.status === 200 && !testedBelow.has(name),
  );
  const sendOne = async (api: GreenApiSimulator) => {
    await send(api, KAZAKH);
  };
  const prepare: Record<string, (api: GreenApiSimulator) => unknown> = {
    'api.checkWhatsapp.chatid.no': (api) => api.statusesByPhone.set('77010000099', ['noAccount']),
    'api.checkWhatsapp.old.no': (api) => api.statusesByPhone.set('77010000099', ['noAccount']),
    'api.checkWhatsapp.chatid.ok': (api) => api.phonesByLid.set(LID, KAZAKH),
    'api.checkWhatsapp.lid.ok': (api) => api.phonesByLid.set(LID, KAZAKH),
    'api.checkWhatsapp.lid.hidden': (api) => api.phonesByLid.set(LID, ''),
    'api.deleteNotification.ok': (api) => api.emit({ typeWebhook: 'test' }),
    'api.getStateInstanceHistory': (api) => api.setState('notAuthorized'),
    'api.getWaSettings.notAuthorized': (api) => api.setState('notAuthorized'),
    'api.getWaSettings.suspended': (api) => api.setState('suspended'),
    'api.qr': (api) => api.setState('notAuthorized'),
    'api.lastIncomingMessages': (api) => api.receiveMessage({ from: KAZAKH, text: 'Hello' }),
    'api.lastOutgoingMessages': async (api) => {
      await sendOne(api);
      await eventually(() => expect(api.messages).toHaveLength(1));
    },
    'api.receiveNotification.message': (api) => {
      api.configure({ incomingWebhook: 'yes' });
      api.receiveMessage({ from: KAZAKH, text: 'Hello' });
    },
    'api.showMessagesQueue.new': (api) => {
      api.setState('notAuthorized');
      return sendOne(api);
    },
  };

  test('exists for more than thirty methods', () => expect(names.length).toBeGreaterThan(30));

  test.each(names)('gets an answer of the recorded form: %s', async (name) => {
    const fixture = readFixture('greenapi', name);
    const api = await start({ speed: 100 });
    const state = /^api\.getStateInstance\.(\w+)$/.exec(name)?.[1];
    if (state) api.setState(state === 'null' ? null : (state as 'starting'));
    await prepare[name]?.(api);
    const { status, headers, body } = await sendFixture(api, fixture);
    const expected = structuredClone(fixture.response.body);
    // Only users who have a username get this field.
    if (name === 'api.checkWhatsapp.lid.hidden') delete (expected as { username?: string }).username;
    expect([status, headers.get('content-type')]).toEqual([200, fixture.response.headers['content-type']]);
    expect({ answer: shapeOf(body) }).toMatchObject({ answer: shapeOf(expected) });
  });

  test.each(['chatid.ok', 'chatid.no', 'old.ok', 'lid.ok'])(
    'gets exactly the recorded answer: checkWhatsapp.%s',
    async (name) => {
      const api = await start();
      await prepare[`api.checkWhatsapp.${name}`]?.(api);
      const fixture = readFixture('greenapi', `api.checkWhatsapp.${name}`);
      expect((await sendFixture(api, fixture)).body).toEqual(fixture.response.body);
    },
  );

  test('getSettings gets the recorded settings of a new instance', async () => {
    const api = await start({ state: 'notAuthorized' });
    const { body } = await call(api, 'getSettings');
    expect(body).toMatchObject(readFixture('greenapi', 'api.getSettings.fresh').response.body as object);
    expect(FRESH_SETTINGS.webhookUrl).toBe('');
  });

  test('getMessage gets an answer of the recorded form', async () => {
    const api = await start();
    const { idMessage } = (await send(api, KAZAKH)).body as { idMessage: string };
    expect(idMessage).toMatch(/^3EB0[0-9A-F]{16}$/);
    await eventually(() => expect(api.messages).toHaveLength(1));
    const { body } = await call(api, 'getMessage', { chatId: chatOf(KAZAKH), idMessage });
    expect(shapeOf(body)).toMatchObject(shapeOf(readFixture('greenapi', 'api.getMessage').response.body) as object);
    expect((await call(api, 'getMessage', { chatId: chatOf(KYRGYZ), idMessage })).status).toBe(400);
  });
});

describe('a refusal', () => {
  const code = { chatId: chatOf(KAZAKH), message: 'Your code: 482913' };
  const cases: [string, GreenApiOptions, (api: GreenApiSimulator) => Promise<Answer>][] = [
    ['sendMessage.400-chatid', {}, (api) => call(api, 'sendMessage', { ...code, chatId: '+77010000002' })],
    ['sendMessage.400-length', {}, (api) => call(api, 'sendMessage', { ...code, message: 'x'.repeat(20_001) })],
    ['sendMessage.400-json', {}, (api) => call(api, 'sendMessage', '{"chatId":  _')],
    ['sendMessage.500', {}, (api) => call(api, 'sendMessage', { ...code, message: 'x'.repeat(103_000) })],
    [
      'sendMessage.403',
      {},
      ({ url, token }) => request(`${url}/waInstance1101000002/sendMessage/${token}`, post(code)),
    ],
    ['sendMessage.404', {}, (api) => call(api, 'sendMesage', code)],
    ['sendMessage.429', { limits: { sendmessage: 1 } }, (api) => twice(() => call(api, 'sendMessage', code))],
    ['sendMessage.466-method', { quotas: { sendmessage: 1 } }, (api) => twice(() => call(api, 'sendMessage', code))],
    ['sendMessage.466-correspondents', { quotas: { chats: 0 } }, (api) => call(api, 'sendMessage', code)],
    ['checkWhatsapp.400-length', {}, (api) => call(api, 'checkWhatsapp', { phoneNumber: 7701 })],
    ['checkWhatsapp.466', { quotas: { checkwhatsapp: 0 } }, (api) => call(api, 'checkWhatsapp', { phoneNumber: 1 })],
    [
      'receiveNotification.400-webhook-set',
      { settings: { webhookUrl: 'http://127.0.0.1:9/' } },
      (api) => call(api, 'receiveNotification'),
    ],
  ];
  async function twice(act: () => Promise<Answer>) {
    await act();
    return act();
  }

  test.each(cases)('has the recorded form: %s', async (name, options, provoke) => {
    const { response } = readFixture('greenapi', `api.${name}`);
    const answer = await provoke(await start(options));
    expect(answer.status).toBe(response.status);
    expect(shapeOf(answer.body)).toEqual(shapeOf(response.body));
    const texts = JSON.stringify(response.body).match(/"(message|description|status|code)":"[^"]*?(?=:? \d|")/g);
    for (const text of texts ?? []) expect(answer.text).toContain(text);
  });

  test('of a wrong token is 401 with an empty body and a JSON header', async () => {
    const { url, idInstance, calls } = await start();
    const { status, text, headers } = await request(`${url}/waInstance${idInstance}/getStateInstance/wrong`);
    expect([status, text]).toEqual([401, '']);
    expect([headers.get('content-type'), headers.get('content-length')]).toEqual(['application/json', '0']);
    expect(calls).toEqual([]);
  });

  test('of a bad request shows the path with the token', async () => {
    const api = await start();
    expect((await call(api, 'sendMessage', {})).body).toMatchObject({
      path: `/waInstance${api.idInstance}/sendMessage/${api.token}`,
      message: "Validation failed. Details: 'chatId' is required",
    });
  });

  test.each<[string, unknown, string]>([
    ['sendMessage', { ...code, message: '' }, "'message' is not allowed to be empty"],
    ['sendMessage', { ...code, text: 'x' }, "'text' is not allowed"],
    ['sendMessage', [], "'value' must be of type object"],
    ['checkWhatsapp', {}, "'value' must have at least 1 key"],
    ['checkWhatsapp', { phoneNumber: '+7701' }, "'phoneNumber' must contain only digits"],
    ['checkWhatsapp', { chatId: chatOf(KAZAKH), phoneNumber: 77010000002 }, 'conflict'],
    ['setSettings', {}, "'value' must have at least 1 key"],
    ['setSettings', { incomingWebhook: true }, "'incomingWebhook' must be one of [yes, no]"],
    ['setSettings', { delaySendMessagesMilliseconds: 499 }, 'greater than or equal to 500'],
    ['setSettings', { outgoingMessageStatusWebhook: 'yes' }, "'outgoingMessageStatusWebhook' is not allowed"],
  ])('of %s with %j says: %s', async (method, body, details) => {
    const answer = await call(await start(), method, body);
    expect(answer.status).toBe(400);
    expect((answer.body as { message: string }).message).toContain(details);
  });
});

describe('the path of a call', () => {
  test('accepts a method in any letter case, and only its own HTTP verb', async () => {
    const api = await start();
    expect((await call(api, 'GETSTATEinstance')).body).toEqual({ stateInstance: 'authorized' });
    expect((await call(api, 'getStateInstance', {})).status).toBe(404);
    expect((await call(api, 'sendMessage')).status).toBe(404);
    expect((await request(`${api.url}/`)).status).toBe(404);
  });
});

describe('limits', () => {
  test('allow the calls of one second at once, then refill evenly', () => {
    const clock = createManualClock();
    const countCall = createRateLimits(clock, {});
    const countMany = (times: number) => Array.from({ length: times }, () => countCall('checkwhatsapp').allowed);
    expect(countMany(12).filter(Boolean)).toHaveLength(10);
    clock.advance(200);
    expect(countMany(5).filter(Boolean)).toHaveLength(2);
    expect(countCall('getstateinstance').allowed).toBe(true);
    expect(countCall('getstateinstancehistory')).toEqual({ allowed: true, headers: {} });
  });

  test('allow one getStateInstance a second, and the headers say so', async () => {
    const api = await start({ limits: {} });
    expect((await call(api, 'getStateInstance')).headers.get('x-ratelimit-remaining')).toBe('0');
    const refused = await call(api, 'getStateInstance');
    expect([refused.status, refused.headers.get('x-ratelimit-replenish-rate')]).toEqual([429, '1']);
  });

  test('start again each month', () => {
    const clock = createManualClock();
    const usage = createUsage(clock, { chats: 1, checkwhatsapp: 1 });
    expect([usage.admit('a'), usage.admit('a'), usage.admit('b')?.used]).toEqual([undefined, undefined, 1]);
    expect([usage.spend('checkwhatsapp').status, usage.spend('checkwhatsapp').status]).toEqual([
      'QUOTE_ALLOWED',
      'QUOTE_EXCEEDED',
    ]);
    clock.advance(31 * 24 * 60 * 60_000);
    expect([usage.admit('b'), usage.spend('checkwhatsapp').status]).toEqual([undefined, 'QUOTE_ALLOWED']);
  });

  test('count chats in both directions: a further chat is neither sent to nor received from', async () => {
    const { api, receiver } = await startWithReceiver({ quotas: { chats: 2 } });
    expect((await send(api, KAZAKH)).status).toBe(200);
    api.receiveMessage({ from: KYRGYZ, text: 'Hello' });
    expect((await send(api, KYRGYZ)).status).toBe(200);
    const { status, body } = await send(api, IRANIAN);
    expect([status, body]).toMatchObject([
      466,
      {
        invokeStatus: { status: 'QUOTE_ALLOWED' },
        correspondentsStatus: { used: 2, total: 2, status: 'CORRESPONDENTS_QUOTE_EXCEEDED' },
      },
    ]);
    api.receiveMessage({ from: IRANIAN, text: 'Hello' });
    await eventually(() => expect(receiver.kinds().filter((kind) => kind === 'quotaExceeded')).toHaveLength(2));
    expect(receiver.received.filter(({ text }) => text.includes(`"sender":"${IRANIAN}`))).toEqual([]);
  });
});

describe('the queue', () => {
  test('sends one message each half second, in order', async () => {
    const sent: string[] = [];
    const api = await start({ speed: 10, onMessage: ({ message }) => sent.push(message) });
    for (const text of ['1', '2', '3']) await send(api, KAZAKH, text);
    await eventually(() => expect(sent).toEqual(['1', '2', '3']));
    const [first, second, third] = api.messages.map(({ at }) => at);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(490);
    expect((third ?? 0) - (second ?? 0)).toBeGreaterThanOrEqual(490);
  });

  test.each(['notAuthorized', 'starting', 'blocked', 'suspended'] as const)(
    'keeps messages while %s and sends them when authorized',
    async (state) => {
      const api = await start({ state, speed: 1000 });
      expect((await send(api, KAZAKH)).status).toBe(200);
      await pause(20);
      expect(api.messages).toEqual([]);
      expect((await call(api, 'showMessagesQueue')).body).toMatchObject([{ body: { chatId: chatOf(KAZAKH) } }]);
      api.setState('authorized');
      await eventually(() => expect(api.messages).toMatchObject([{ chatId: chatOf(KAZAKH) }]));
      expect((await call(api, 'showMessagesQueue')).body).toEqual([]);
    },
  );

  test('drops messages that are cleared or a day old', async () => {
    const clock = createManualClock();
    const api = await start({ state: 'notAuthorized', clock });
    await send(api, KAZAKH, 'old');
    clock.advance(25 * 60 * 60_000);
    await send(api, KAZAKH, 'new');
    api.setState('authorized');
    clock.advance(1_000);
    expect(api.messages.map(({ message }) => message)).toEqual(['new']);
    api.setState('notAuthorized');
    await send(api, KAZAKH, 'cleared');
    expect((await call(api, 'clearMessagesQueue')).body).toEqual({ isCleared: true });
    api.setState('authorized');
    clock.advance(1_000);
    expect(api.messages).toHaveLength(1);
  });

  test('refuses messages while the instance is being created', async () => {
    expect((await send(await start({ state: null }), KAZAKH)).body).toMatchObject({
      message: 'instance in starting process try later',
    });
  });
});

describe('the statuses of a message', () => {
  test('are those of its recipient, and are in webhooks and in the journal', async () => {
    const { api, receiver } = await startWithReceiver();
    api.statusesByPhone.set(KYRGYZ, ['sent', 'delivered', 'read']);
    const { idMessage } = (await send(api, KYRGYZ)).body as { idMessage: string };
    await eventually(() => expect(receiver.kinds()).toEqual(['sent', 'delivered', 'read']));
    expect(receiver.received[2]?.body).toMatchObject({ chatId: chatOf(KYRGYZ), idMessage, sendByApi: true });
    expect(api.messages[0]?.statuses).toEqual(['sent', 'delivered', 'read']);
    expect((await call(api, 'lastOutgoingMessages')).body).toMatchObject([{ idMessage, statusMessage: 'read' }]);
    const { body: status } = receiver.received[0] ?? { body: undefined };
    expect(shapeOf(status)).toEqual(shapeOf(readWebhook('status.sent')));
  });

  test('are sent and delivered by default, and only sent to the account itself', async () => {
    const { api } = await startWithReceiver();
    api.statusesByPhone.set(KYRGYZ, []);
    await send(api, KYRGYZ);
    await send(api, '77010000001');
    await send(api, KAZAKH);
    await eventually(() => expect(api.messages.at(-1)?.statuses).toEqual(['sent', 'delivered']));
    expect(api.messages.map(({ statuses }) => statuses)).toEqual([[], ['sent'], ['sent', 'delivered']]);
  });

  test('include noAccount even if outgoingWebhook is off', async () => {
    const { api, receiver } = await startWithReceiver({ settings: { outgoingWebhook: 'no' } });
    api.statusesByPhone.set(KYRGYZ, ['noAccount']);
    await send(api, KAZAKH);
    await send(api, KYRGYZ);
    await eventually(() => expect(receiver.kinds()).toEqual(['noAccount']));
    expect((await call(api, 'checkWhatsapp', { chatId: chatOf(KYRGYZ) })).body).toEqual({ existsWhatsapp: false });
  });

  test('follow the echo, an extended text, if outgoingAPIMessageWebhook is on', async () => {
    const { api, receiver } = await startWithReceiver({ settings: { outgoingAPIMessageWebhook: 'yes' } });
    await send(api, KAZAKH);
    await eventually(() => expect(receiver.kinds()).toEqual(['outgoingAPIMessageReceived', 'sent', 'delivered']));
    expect(receiver.received[0]?.body).toMatchObject({
      senderData: { chatId: chatOf(KAZAKH), sender: '77010000001@c.us' },
      messageData: { typeMessage: 'extendedTextMessage', extendedTextMessageData: { text: 'Your code: 482913' } },
    });
  });

  test('are the same for a lid and its phone', async () => {
    const api = await start({ speed: 1000 });
    api.phonesByLid.set(LID, KYRGYZ).set('100508384256027@lid', '');
    api.statusesByPhone.set(KYRGYZ, ['failed']).set('100508384256027@lid', ['sent']);
    await call(api, 'sendMessage', { chatId: LID, message: '1' });
    await call(api, 'sendMessage', { chatId: '100508384256027@lid', message: '2' });
    await eventually(() => expect(api.messages.map(({ statuses }) => statuses)).toEqual([['failed'], ['sent']]));
  });
});

function readWebhook(name: string): unknown {
  return readFixture('greenapi', `webhook.${name}`);
}

describe('a webhook', () => {
  test('is posted unchanged, with the token unchanged in the header, or no header without a token', async () => {
    const { api, receiver } = await startWithReceiver({ settings: { webhookUrlToken: 'Bearer s3cr3t' } });
    api.emit({ typeWebhook: 'test' });
    api.emit('{"typeWebhook": 12345678901234567890}');
    await eventually(() => expect(receiver.received).toHaveLength(2));
    expect(receiver.received.map(({ text }) => text)).toEqual([
      '{"typeWebhook":"test"}',
      '{"typeWebhook": 12345678901234567890}',
    ]);
    api.configure({ webhookUrlToken: '' });
    api.emit({});
    await eventually(() => expect(receiver.received.map((one) => one.authorization)).toHaveLength(3));
    expect(receiver.received.map((one) => one.authorization)).toEqual(['Bearer s3cr3t', 'Bearer s3cr3t', undefined]);
  });

  test('that is not answered 200 is sent again after a minute and blocks all others', async () => {
    const { api, receiver } = await startWithReceiver();
    receiver.answers.push(201, 302, 503);
    api.emit({ typeWebhook: 'first' });
    api.emit({ typeWebhook: 'second' });
    await eventually(() => expect(receiver.kinds()).toEqual(['first', 'first', 'first', 'first', 'second']));
    const pauses = receiver.received.slice(1, 4).map(({ at }, index) => at - (receiver.received[index]?.at ?? 0));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(58);
    await eventually(() => expect(api.webhook.delivered).toBe(2));
    expect(api.webhook).toMatchObject({ refused: 3, waiting: 0, statuses: [201, 302, 503, 200, 200] });
  });

  test('without an answer is aborted after three minutes and sent again', async () => {
    const clock = createManualClock();
    const { api, receiver } = await startWithReceiver({ clock });
    receiver.answers.push('hang');
    api.emit({ typeWebhook: 'first' });
    await eventually(() => expect(receiver.received).toHaveLength(1));
    clock.advance(179_999);
    await pause(20);
    expect(api.webhook.statuses).toEqual([]);
    clock.advance(1);
    await eventually(() => expect(api.webhook.statuses).toEqual([0]));
    clock.advance(60_000);
    await eventually(() => expect(api.webhook.statuses).toEqual([0, 200]));
    expect(receiver.kinds()).toEqual(['first', 'first']);
  });

  test('that is refused for a day expires', async () => {
    const api = await start({ speed: 500_000, settings: { webhookUrl: 'http://127.0.0.1:1/' } });
    api.emit({ typeWebhook: 'first' });
    await eventually(() => expect(api.webhook).toMatchObject({ expired: 1, delivered: 0, waiting: 0 }));
  });

  test('can be duplicated at once and redelivered later', async () => {
    const { api, receiver } = await startWithReceiver({ duplicates: 1, redeliverAfterMs: 100_000 });
    const idMessage = api.receiveMessage({ from: KAZAKH, text: 'Hello' });
    await eventually(() => expect(receiver.received).toHaveLength(4));
    await pause(150);
    expect(receiver.received.map(({ body }) => body['idMessage'])).toEqual(Array(4).fill(idMessage));
  });

  test('waits until webhookUrl is set', async () => {
    const receiver = await startReceiver();
    const api = await start({ settings: { incomingWebhook: 'yes' } });
    api.receiveMessage({ from: KAZAKH, text: 'Hello' });
    await call(api, 'setSettings', { webhookUrl: receiver.url });
    await eventually(() => expect(receiver.kinds()).toEqual(['incomingMessageReceived']));
  });

  test('can be injected over HTTP, and sent messages can be read', async () => {
    const { api, receiver } = await startWithReceiver();
    await request(`${api.url}/_inject`, post(readWebhook('quotaExceeded')));
    await eventually(() => expect(receiver.received[0]?.body).toEqual(readWebhook('quotaExceeded')));
    await send(api, KAZAKH, 'Hello');
    await eventually(() => expect(api.messages).toHaveLength(1));
    expect((await request(`${api.url}/_messages`)).body).toMatchObject([{ chatId: chatOf(KAZAKH), message: 'Hello' }]);
  });
});

describe('receiveNotification', () => {
  test('returns the same event until it is deleted, then the next, then null', async () => {
    const api = await start({ speed: 100 });
    const receive = async () =>
      (await request(`${api.url}/waInstance${api.idInstance}/receiveNotification/${api.token}?receiveTimeout=5`))
        .body as { receiptId: number; body: unknown } | null;
    const remove = async (receiptId: unknown) =>
      request(`${api.url}/waInstance${api.idInstance}/deleteNotification/${api.token}/${String(receiptId)}`, {
        method: 'DELETE',
      });
    api.emit({ typeWebhook: 'first' });
    api.emit({ typeWebhook: 'second' });
    const first = await receive();
    expect(first?.body).toEqual({ typeWebhook: 'first' });
    expect(await receive()).toEqual(first);
    expect((await remove(first?.receiptId)).body).toEqual({ result: true });
    expect((await remove(first?.receiptId)).body).toEqual({ result: false });
    const second = await receive();
    expect(second?.body).toEqual({ typeWebhook: 'second' });
    await remove(second?.receiptId);
    expect(await receive()).toBeNull();
    expect((await remove('x')).body).toMatchObject({ message: 'Parameter receiptId must be a Number!' });
  });

  test('waits for an event', async () => {
    const api = await start();
    const waiting = call(api, 'receiveNotification');
    await pause(20);
    api.emit({ typeWebhook: 'late' });
    const answer = await waiting;
    expect(answer.body).toMatchObject({ body: { typeWebhook: 'late' } });
    const before = Date.now();
    expect((await call(api, 'receiveNotification')).body).toEqual(answer.body);
    // An event that is there already is returned without waiting, which would take five seconds.
    expect(Date.now() - before).toBeLessThan(4_000);
  });
});

describe('a message from a user', () => {
  test('arrives in the recorded form and is in the journal', async () => {
    const { api, receiver } = await startWithReceiver();
    const idMessage = api.receiveMessage({ from: KAZAKH, text: 'Hello' });
    await eventually(() => expect(receiver.received).toHaveLength(1));
    expect(shapeOf(receiver.received[0]?.body)).toEqual(shapeOf(readWebhook('incoming.text')));
    expect(receiver.received[0]?.body).toMatchObject({ idMessage, senderData: { sender: chatOf(KAZAKH) } });
    expect((await call(api, 'lastIncomingMessages')).body).toMatchObject([{ idMessage, senderId: chatOf(KAZAKH) }]);
    expect((await call(api, 'getChatHistory', { chatId: chatOf(KAZAKH), count: 1 })).body).toMatchObject([
      { textMessage: 'Hello' },
    ]);
  });

  test('with a link, or forwarded, arrives as an extended text', async () => {
    const { api, receiver } = await startWithReceiver();
    api.receiveMessage({ from: KAZAKH, text: 'https://example.com' });
    api.receiveMessage({ from: KAZAKH, text: 'Hello', forwarded: true });
    await eventually(() => expect(receiver.received).toHaveLength(2));
    expect(shapeOf(receiver.received[0]?.body)).toEqual(shapeOf(readWebhook('incoming.extended.login')));
    expect(receiver.received[1]?.body).toMatchObject({
      messageData: { extendedTextMessageData: { isForwarded: true, forwardingScore: 1 } },
    });
  });

  test.each([
    ['no', chatOf(KAZAKH), chatOf(KAZAKH)],
    ['yes', LID, LID],
    ['leak', LID, chatOf(KAZAKH)],
  ] as const)('with lidMode "%s" has the chat %s and the sender %s', async (lidMode, chatId, sender) => {
    const { api, receiver } = await startWithReceiver({ lidMode });
    api.phonesByLid.set(LID, KAZAKH);
    api.receiveMessage({ from: KAZAKH, text: 'Hello' });
    await eventually(() => expect(receiver.received[0]?.body['senderData']).toMatchObject({ chatId, sender }));
  });

  test('has a lid after enableLidMode and a new scan of the QR code', async () => {
    const { api, receiver } = await startWithReceiver({ settings: { stateWebhook: 'no' } });
    api.phonesByLid.set(LID, KAZAKH);
    await call(api, 'setSettings', { enableLidMode: 'yes' });
    api.receiveMessage({ from: KAZAKH, text: 'before' });
    await call(api, 'logout');
    api.setState('authorized');
    api.receiveMessage({ from: KAZAKH, text: 'after' });
    await eventually(() => expect(receiver.received).toHaveLength(2));
    expect(receiver.received.map(({ body }) => body['senderData'])).toMatchObject([
      { sender: chatOf(KAZAKH) },
      { sender: LID },
    ]);
  });

  test('from a hidden phone has a lid, and checkWhatsapp hides the phone too', async () => {
    const { api, receiver } = await startWithReceiver();
    api.receiveMessage({ from: KAZAKH, text: 'Hello', hidden: true });
    await eventually(() => expect(receiver.received).toHaveLength(1));
    expect(receiver.received[0]?.text).not.toContain(KAZAKH);
    const [sender = ''] = /\d+@lid/.exec(receiver.received[0]?.text ?? '') ?? [];
    expect(sender).toMatch(/^\d{15}@lid$/);
    const hidden = { existsWhatsapp: true, chatId: sender, phoneNumber: '' };
    expect((await call(api, 'checkWhatsapp', { chatId: sender })).body).toEqual(hidden);
    expect((await call(api, 'checkWhatsapp', { chatId: chatOf(KAZAKH) })).body).toEqual(hidden);
    expect(api.lookUpsOf(sender)).toBe(1);
  });

  test('can arrive as {{SWE001}} first, then with its text and the same ID', async () => {
    const { api, receiver } = await startWithReceiver({ sweFirst: true });
    const first = api.receiveMessage({ from: KAZAKH, text: 'Hello' });
    const second = api.receiveMessage({ from: KAZAKH, text: 'Hello again' });
    await eventually(() => expect(receiver.received).toHaveLength(3));
    expect(receiver.received.map(({ body }) => body['idMessage'])).toEqual([first, first, second]);
    expect(receiver.received[0]?.text).toContain('{{SWE001}}');
  });

  test('arrives when the instance is authorized again', async () => {
    const { api, receiver } = await startWithReceiver({ state: 'starting', settings: { stateWebhook: 'no' } });
    api.receiveMessage({ from: KAZAKH, text: 'Hello' });
    await pause(20);
    expect(receiver.received).toEqual([]);
    api.setState('authorized');
    await eventually(() => expect(receiver.kinds()).toEqual(['incomingMessageReceived']));
  });

  test('sends no webhook while incomingWebhook is off', async () => {
    const { api, receiver } = await startWithReceiver({ settings: { incomingWebhook: 'no' } });
    api.receiveMessage({ from: KAZAKH, text: 'Hello' });
    api.emit({ typeWebhook: 'last' });
    await eventually(() => expect(receiver.kinds()).toEqual(['last']));
    expect((await call(api, 'lastIncomingMessages')).body).toHaveLength(1);
  });
});

describe('the state of the instance', () => {
  test('is sent by webhook in the recorded form, without a number when logged out', async () => {
    const { api, receiver } = await startWithReceiver();
    api.setState('suspended');
    await call(api, 'logout');
    await eventually(() => expect(receiver.received).toHaveLength(2));
    const [suspended, loggedOut] = receiver.received.map(({ body }) => body);
    expect(shapeOf(suspended)).toEqual(shapeOf(readWebhook('state.suspended')));
    expect(loggedOut).toMatchObject({ stateInstance: 'notAuthorized', instanceData: { wid: '' } });
    expect((await call(api, 'getStateInstanceHistory')).body).toMatchObject([
      { stateInstance: 'notAuthorized' },
      { stateInstance: 'suspended' },
      { stateInstance: 'authorized', phoneNumber: 77010000001 },
    ]);
  });

  test('notAuthorized makes checkWhatsapp fail', async () => {
    const api = await start({ state: 'notAuthorized' });
    expect((await call(api, 'checkWhatsapp', { chatId: chatOf(KAZAKH) })).body).toMatchObject({
      message: 'instance is starting or not authorized',
    });
    expect((await call(api, 'getStatusInstance')).body).toEqual({ statusInstance: 'offline' });
  });
});

describe('setSettings', () => {
  test('takes effect at once by default and changes only the given keys', async () => {
    const api = await start();
    expect((await call(api, 'setSettings', { incomingWebhook: 'yes' })).body).toEqual({ saveSettings: true });
    await call(api, 'setSettings', { stateWebhook: 'yes' });
    expect(api.settings).toMatchObject({ incomingWebhook: 'yes', stateWebhook: 'yes', outgoingWebhook: 'no' });
    expect(() => Object.assign(api.settings, { incomingWebhook: 'no' })).toThrow(TypeError);
  });

  test('restarts the instance and takes effect after settingsDelayMs', async () => {
    const clock = createManualClock();
    const api = await start({ clock, settingsDelayMs: 5 * 60_000 });
    await call(api, 'setSettings', { incomingWebhook: 'yes' });
    clock.advance(2 * 60_000);
    await call(api, 'setSettings', { outgoingWebhook: 'yes' });
    clock.advance(4 * 60_000);
    expect([api.state, api.settings.incomingWebhook, api.settings.outgoingWebhook]).toEqual(['starting', 'yes', 'no']);
    clock.advance(60_000);
    expect([api.state, api.settings.outgoingWebhook]).toEqual(['authorized', 'yes']);
    const states = (await call(api, 'getStateInstanceHistory')).body as { stateInstance: string }[];
    expect(states.map(({ stateInstance }) => stateInstance)).toEqual(['authorized', 'starting', 'authorized']);
    await call(api, 'reboot');
    expect(api.state).toBe('starting');
    clock.advance(5 * 60_000);
    expect(api.state).toBe('authorized');
  });
});

describe('a fault', () => {
  test('of one method does not affect others; a fault of all affects all', async () => {
    const api = await start();
    api.faults.set('sendmessage', { status: 502, body: '<html>', contentType: 'text/html' });
    expect((await send(api, KAZAKH)).status).toBe(502);
    expect((await call(api, 'getStateInstance')).status).toBe(200);
    api.fault = { status: 499, body: '' };
    expect((await call(api, 'getStateInstance')).status).toBe(499);
    api.faults.clear();
    api.fault = undefined;
    expect((await send(api, KAZAKH)).status).toBe(200);
    expect(api.calls.map(({ method, status }) => [method, status])).toEqual([
      ['sendmessage', 502],
      ['getstateinstance', 200],
      ['getstateinstance', 499],
      ['sendmessage', 200],
    ] satisfies [Method, number][]);
    expect(api.sentTo(chatOf(KAZAKH))).toHaveLength(2);
  });

  test('can be silence or a closed connection', async () => {
    const api = await start();
    const url = `${api.url}/waInstance${api.idInstance}/getStateInstance/${api.token}`;
    api.fault = 'hang';
    const abort = new AbortController();
    const silent = fetch(url, { signal: abort.signal });
    await eventually(() => expect(api.calls).toHaveLength(1));
    abort.abort();
    await expect(silent).rejects.toThrow();
    api.fault = 'hang-up';
    await expect(fetch(url)).rejects.toThrow();
    expect(api.calls.map(({ status }) => status)).toEqual([undefined, undefined]);
  });

  test('can be slowness: the message is sent although the client has given up', async () => {
    const api = await start();
    api.fault = { slowMs: 60 };
    const abort = new AbortController();
    const slow = fetch(`${api.url}/waInstance${api.idInstance}/sendMessage/${api.token}`, {
      ...post({ chatId: chatOf(KAZAKH), message: 'Hello' }),
      signal: abort.signal,
    });
    await eventually(() => expect(api.calls).toHaveLength(1));
    abort.abort();
    await expect(slow).rejects.toThrow();
    await eventually(() => expect(api.messages).toHaveLength(1));
  });

  test('can be any recorded answer, each once and in order', async () => {
    const api = await start();
    const names = ['400-expired', '466-correspondents', '502', '401'].map((name) => `api.sendMessage.${name}`);
    for (const name of names) api.replay(name);
    for (const name of names) {
      const { response } = readFixture('greenapi', name);
      const answer = await send(api, KAZAKH);
      expect(answer.status).toBe(response.status);
      expect(answer.headers.get('content-type')).toBe(response.headers['content-type']);
      if (response.bodyText === undefined) expect(answer.body).toEqual(response.body);
      else expect(answer.text).toBe(response.bodyText);
    }
    expect((await send(api, KAZAKH)).status).toBe(200);
  });
});
