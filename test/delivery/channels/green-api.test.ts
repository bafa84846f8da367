import { afterEach, describe, expect, test } from 'vitest';
import { connectDatabase } from '../../../src/db/database.js';
import { readGreenApiAccount } from '../../../src/delivery/channels/green-api/account.js';
import { type GreenApi, createGreenApi } from '../../../src/delivery/channels/green-api/client.js';
import { createGreenApiChannel } from '../../../src/delivery/channels/green-api/index.js';
import { type InstanceState, createInstanceState } from '../../../src/delivery/channels/green-api/instance-state.js';
import { isFailed } from '../../../src/delivery/channels/http.js';
import { createLog } from '../../../src/log.js';
import { fixtureNames } from '../../../simulators/read-fixture.js';
import { type GreenApiSimulator, startGreenApiSimulator } from '../../../simulators/green-api.js';
import { serve } from '../../../simulators/serve.js';
import { createDatabase } from '../../support/gateway.js';
import { CODE, KAZAKH, KYRGYZ, expectNothingSecret, messageTo } from './message.js';
import { MISBEHAVIOURS } from './misbehaviours.js';

const toClose: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0).toReversed()) await close();
});

const AUTHORIZED: InstanceState = { current: async () => 'authorized', saveState: async () => {} };

async function start(state: (greenApi: GreenApi) => InstanceState = () => AUTHORIZED) {
  const simulator = await startGreenApiSimulator({ limits: false });
  toClose.push(simulator.close);
  const greenApi = createGreenApi({ ...simulator, webhookToken: undefined }) as GreenApi;
  const channel = createGreenApiChannel({ greenApi, instanceState: state(greenApi) });
  return {
    simulator,
    greenApi,
    channel,
    send: (phone = KAZAKH, signal = AbortSignal.timeout(5_000)) => channel.send(messageTo(phone), signal),
  };
}

const secretsOf = (simulator: GreenApiSimulator) => [simulator.token, simulator.url, 'waInstance', '77010000005'];
const methodsOf = ({ calls }: GreenApiSimulator) => calls.map(({ method }) => method);
/** The names of the recorded answers of a method, without the method's name. */
const recorded = (method: string) =>
  fixtureNames('greenapi')
    .filter((name) => name.startsWith(`api.${method}.`))
    .map((name) => name.replace(`api.${method}.`, ''));

describe('sending a WhatsApp message, by recorded answer', () => {
  const accepted = (providerId: string) => ({ outcome: 'accepted', providerId });
  const failed = (failure: string, detail: string, retry = false) => ({ outcome: 'failed', failure, retry, detail });
  const ANSWERS: Record<string, object> = {
    ok: accepted('3EB0C767D097B7C7C030'),
    reply: accepted('3EB0C767D097B7C7C031'),
    '400-chatid': failed('invalid_number', 'HTTP 400: the number is refused'),
    '400-deleted': failed('account_restricted', 'HTTP 400: the instance is expired or deleted'),
    '400-expired': failed('account_restricted', 'HTTP 400: the instance is expired or deleted'),
    '400-json': failed('unknown', 'HTTP 400'),
    '400-length': failed('unknown', 'HTTP 400'),
    '400-notauthorized': failed('channel_down', 'HTTP 400: the instance is not authorized'),
    '401': failed('authentication', 'HTTP 401'),
    '403': failed('authentication', 'HTTP 403'),
    '404': failed('unknown', 'HTTP 404'),
    '429': failed('rate_limited', 'HTTP 429', true),
    '466-correspondents': failed('insufficient_credit', 'HTTP 466: chats of this month'),
    '466-method': failed('insufficient_credit', 'HTTP 466: calls of this month'),
    '499': failed('timeout', 'HTTP 499'),
    '500': failed('channel_down', 'HTTP 500'),
    '502': failed('channel_down', 'HTTP 502', true),
  };

  test('every recorded answer has an expected result', () => {
    expect(recorded('sendMessage').toSorted()).toEqual(Object.keys(ANSWERS).toSorted());
  });

  test.each(Object.entries(ANSWERS))('%s gives the expected result', async (name, expected) => {
    const { simulator, send } = await start();
    simulator.replay(`api.sendMessage.${name}`);
    const result = await send();
    expect(result).toEqual(expected);
    expectNothingSecret(result, secretsOf(simulator));
  });
});

describe('sending a WhatsApp message when Green API', () => {
  test.each(Object.entries(MISBEHAVIOURS))('%s, fails without showing a secret', async (_, { fault, expected }) => {
    const { simulator, send } = await start();
    simulator.fault = fault;
    const result = await send();
    expect(result).toMatchObject({ outcome: 'failed', ...expected });
    expect(methodsOf(simulator)).toEqual(['sendmessage']);
    expectNothingSecret(result, secretsOf(simulator));
  });

  test.each([
    ['an error inside, with 200', { message: 'instance is starting or not authorized', statusCode: 400 }],
    ['an empty ID', { idMessage: '' }],
    ['an ID that is a number', { idMessage: 7 }],
    ['an ID that is too long', { idMessage: 'A'.repeat(129) }],
    ['the request repeated', { chatId: '77010000002@c.us', message: `Your code: ${CODE}` }],
  ])('answers 200 with %s, fails as unreadable', async (_, body) => {
    const { simulator, send } = await start();
    simulator.fault = { status: 200, body: JSON.stringify(body) };
    const result = await send();
    expect(result).toEqual({ outcome: 'failed', failure: 'unknown', retry: false, detail: 'unreadable answer' });
    expectNothingSecret(result, secretsOf(simulator));
  });

  test('never answers, ends with the signal', async () => {
    const { simulator, send } = await start();
    simulator.fault = 'hang';
    const startedAt = performance.now();
    const result = await send(KAZAKH, AbortSignal.timeout(100));
    expect(result).toEqual({ outcome: 'failed', failure: 'timeout', retry: false, detail: 'no answer' });
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });

  test('answers after the signal, fails with a timeout', async () => {
    const { simulator, send } = await start();
    simulator.fault = { slowMs: 300 };
    expect(await send(KAZAKH, AbortSignal.timeout(50))).toMatchObject({ failure: 'timeout' });
  });

  test('cannot be reached, may be retried', async () => {
    const { simulator, send } = await start();
    await simulator.close();
    const result = await send();
    expect(result).toMatchObject({ outcome: 'failed', failure: 'channel_down', retry: true });
    expectNothingSecret(result, secretsOf(simulator));
  });

  test('knows another token or another instance, fails with authentication', async () => {
    const { simulator } = await start();
    const wrong = { ...simulator, webhookToken: undefined };
    for (const config of [
      { ...wrong, token: 'another_token' },
      { ...wrong, idInstance: '1101000002' },
    ]) {
      const channel = createGreenApiChannel({
        greenApi: createGreenApi(config) as GreenApi,
        instanceState: AUTHORIZED,
      });
      const result = await channel.send(messageTo(KAZAKH), AbortSignal.timeout(5_000));
      expect(result).toMatchObject({ outcome: 'failed', failure: 'authentication', retry: false });
      expectNothingSecret(result, [...secretsOf(simulator), 'another_token', '1101000002']);
    }
  });
});

describe('the request for a WhatsApp message', () => {
  test('is a POST of JSON with the token in the path and no query', async () => {
    const seen: { method?: string; url?: string; type?: string; body: unknown }[] = [];
    const { url, close } = await serve((request, body, response) => {
      const { method = '', url = '', headers } = request;
      seen.push({ method, url, type: headers['content-type'] ?? '', body: JSON.parse(body) as unknown });
      response.end('{"idMessage":"3EB0C767D097B7C7C030"}');
    });
    toClose.push(close);
    const config = { url, idInstance: '1101000001', token: 'invented_token', webhookToken: undefined };
    const channel = createGreenApiChannel({ greenApi: createGreenApi(config) as GreenApi, instanceState: AUTHORIZED });
    await channel.send(messageTo(KAZAKH), AbortSignal.timeout(5_000));
    expect(seen).toEqual([
      {
        method: 'POST',
        url: '/waInstance1101000001/sendMessage/invented_token',
        type: 'application/json',
        body: { chatId: '77010000002@c.us', message: `Your code: ${CODE}`, linkPreview: false },
      },
    ]);
  });

  test.each([
    [KAZAKH, '77010000002@c.us'],
    [KYRGYZ, '996700000003@c.us'],
  ])('to phone %s has chat %s', async (phone, chatId) => {
    const { simulator, send } = await start();
    expect(await send(phone)).toMatchObject({ outcome: 'accepted' });
    expect(simulator.sentTo(chatId)).toEqual([`Your code: ${CODE}`]);
    expect(simulator.calls).toHaveLength(1);
  });
});

describe('the state of the instance', () => {
  /** Requests the state for each message, without a cache. */
  const asking = (greenApi: GreenApi): InstanceState => ({
    async current() {
      const state = await greenApi.stateInstance();
      return isFailed(state) ? undefined : state.state;
    },
    saveState: async () => {},
  });
  const STATES = ['authorized', 'blocked', 'notAuthorized', 'null', 'sleepMode', 'starting', 'suspended', 'yellowCard'];

  test('every recorded state has a test', () => {
    expect(recorded('getStateInstance').toSorted()).toEqual(STATES);
  });

  test.each(STATES)('%s decides whether a message is sent', async (state) => {
    const { simulator, send } = await start(asking);
    simulator.replay(`api.getStateInstance.${state}`);
    const result = await send();
    if (state === 'authorized') {
      expect(result).toMatchObject({ outcome: 'accepted' });
      return;
    }
    // The code would wait in the queue for a day.
    expect(result).toEqual({ outcome: 'failed', failure: 'channel_down', retry: false, detail: `instance ${state}` });
    expect(methodsOf(simulator)).toEqual(['getstateinstance']);
  });

  test.each([
    'hang-up',
    { status: 502, body: '<html></html>' },
    { status: 429, body: '{}' },
    { status: 200, body: '[]' },
  ] as const)('does not stop a message when it is unknown: %j', async (fault) => {
    const { simulator, send } = await start(asking);
    simulator.faults.set('getstateinstance', fault);
    expect(await send()).toMatchObject({ outcome: 'accepted' });
  });

  test('is requested once for many messages of several gateways', async () => {
    const table = await createDatabase();
    toClose.push(table.drop);
    const log = createLog('silent');
    const databases = [connectDatabase(table.url, log), connectDatabase(table.url, log)];
    for (const database of databases) toClose.push(() => database.close());
    const { simulator, greenApi } = await start();
    simulator.setState('notAuthorized');
    const sendAs = databases.map((database) => {
      const channel = createGreenApiChannel({
        greenApi,
        instanceState: createInstanceState({ greenApi, database, releaseQueued: async () => {}, log }),
      });
      return () => channel.send(messageTo(KAZAKH), AbortSignal.timeout(5_000));
    });
    await sendAs[0]?.(); // saves the answer in the database
    const results = await Promise.all(Array.from({ length: 10 }, () => sendAs.map((send) => send())).flat());
    expect(results).toHaveLength(20);
    expect(methodsOf(simulator)).toEqual(['getstateinstance']);
    for (const result of results) expect(result).toMatchObject({ detail: 'instance notAuthorized' });
  });

  test('is taken from a webhook at once and logged when it changes', async () => {
    const table = await createDatabase();
    toClose.push(table.drop);
    const lines: string[] = [];
    const log = createLog('info', { write: (line: string) => void lines.push(line) });
    const database = connectDatabase(table.url, log);
    toClose.push(() => database.close());
    const { simulator, greenApi } = await start();
    const state = createInstanceState({ greenApi, database, releaseQueued: async () => {}, log });
    const channel = createGreenApiChannel({ greenApi, instanceState: state });
    const send = () => channel.send(messageTo(KAZAKH), AbortSignal.timeout(5_000));
    expect(await send()).toMatchObject({ outcome: 'accepted' });
    await state.saveState('suspended');
    expect(await send()).toMatchObject({ failure: 'channel_down', detail: 'instance suspended' });
    await state.saveState('suspended');
    await state.saveState('authorized');
    expect(await send()).toMatchObject({ outcome: 'accepted' });
    expect(simulator.calls.filter(({ method }) => method === 'getstateinstance')).toHaveLength(1);
    const logged = lines.map((line) => JSON.parse(line) as { level: string; state: string });
    expect(logged.map(({ level, state: word }) => [level, word])).toEqual([
      ['info', 'authorized'],
      ['error', 'suspended'],
      ['info', 'authorized'],
    ]);
  });

  test('is unknown without a database, and messages are sent', async () => {
    const log = createLog('silent');
    const database = connectDatabase('postgresql://nobody@127.0.0.1:1/none', log);
    toClose.push(() => database.close());
    const { greenApi } = await start();
    const channel = createGreenApiChannel({
      greenApi,
      instanceState: createInstanceState({ greenApi, database, releaseQueued: async () => {}, log }),
    });
    expect(await channel.send(messageTo(KAZAKH), AbortSignal.timeout(5_000))).toMatchObject({ outcome: 'accepted' });
  });
});

describe('phoneOf a hidden ID', () => {
  const PHONES: Record<string, object | 'hidden' | RegExp> = {
    'chatid.ok': { digits: '77010000002', checkedAt: expect.any(Date) as Date },
    'lid.ok': { digits: '77010000002', checkedAt: expect.any(Date) as Date },
    'lid.hidden': 'hidden',
    'chatid.no': 'hidden',
    'old.ok': 'hidden',
    'old.no': 'hidden',
    '400-length': /HTTP 400: the number is refused$/,
    '400-timeout': /HTTP 400/,
    '466': /HTTP 466: calls of this month$/,
  };

  test('every recorded answer has an expected result', () => {
    expect(recorded('checkWhatsapp').toSorted()).toEqual(Object.keys(PHONES).toSorted());
  });

  test.each(Object.entries(PHONES))('reads the recorded answer %s', async (name, expected) => {
    const { simulator, greenApi } = await start();
    simulator.replay(`api.checkWhatsapp.${name}`);
    const phone = greenApi.phoneOf('155508384256027@lid');
    if (!(expected instanceof RegExp)) {
      expect(await phone).toEqual(expected);
      return;
    }
    const error: unknown = await phone.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toMatch(expected);
    expectNothingSecret(String(error), secretsOf(simulator));
  });

  test.each([
    ['null', 'null'],
    ['a list', '[]'],
    ['a page', '<html></html>'],
  ])('throws and does not return hidden when the answer is %s', async (_, body) => {
    const { simulator, greenApi } = await start();
    simulator.fault = { status: 200, body };
    await expect(greenApi.phoneOf('155508384256027@lid')).rejects.toThrow();
  });

  test.each(['155508384256027@lid', '0077010000002', '770100000021111177@c.us', '77010000002@g.us', ' '])(
    'is hidden when the answer holds no phone: %s',
    async (phoneNumber) => {
      const { simulator, greenApi } = await start();
      simulator.fault = { status: 200, body: JSON.stringify({ existsWhatsapp: true, phoneNumber }) };
      expect(await greenApi.phoneOf('155508384256027@lid')).toBe('hidden');
    },
  );
});

describe('readGreenApiAccount', () => {
  const READ = [
    'getStateInstance.authorized',
    'getWaSettings.ok',
    'getSettings',
    'showMessagesQueue.new',
    'lastIncomingMessages',
  ];
  const readWith = async (change: Record<string, string>) => {
    const { simulator, greenApi } = await start();
    for (const name of READ) simulator.replay(`api.${change[name.split('.')[0] ?? ''] ?? name}`);
    const account = await readGreenApiAccount(greenApi);
    expectNothingSecret(account, [simulator.token, simulator.url]);
    return account;
  };

  test('reads the account without the texts of messages', async () => {
    expect(await readWith({})).toEqual({
      state: 'authorized',
      messenger: 'whatsapp',
      number: '77010000001',
      settings: expect.objectContaining({ incomingWebhook: 'yes', enableLidMode: 'no' }) as unknown,
      queued: 2,
      incomingAt: [new Date(1_795_176_000_000), new Date(1_795_175_995_000)],
    });
  });

  test.each<[Record<string, string>, object]>([
    [{ getWaSettings: 'getWaSettings.notAuthorized' }, { number: undefined }],
    [{ getWaSettings: 'getWaSettings.suspended' }, { number: '77010000001' }],
    [
      { getSettings: 'getSettings.fresh' },
      { settings: expect.objectContaining({ webhookUrl: '', incomingWebhook: 'no' }) as unknown },
    ],
    [{ showMessagesQueue: 'showMessagesQueue.empty' }, { queued: 0 }],
    [{ showMessagesQueue: 'showMessagesQueue.legacy' }, { queued: 2 }],
    [{ lastIncomingMessages: 'showMessagesQueue.empty' }, { incomingAt: [] }],
    [{ getSettings: 'sendMessage.502' }, { settings: undefined, queued: 2 }],
    [{ showMessagesQueue: 'sendMessage.429' }, { queued: undefined, number: '77010000001' }],
    [{ getStateInstance: 'getStateInstance.null' }, { state: 'null' }],
    [{ getStateInstance: 'sendMessage.401' }, { outcome: 'failed', failure: 'authentication' }],
  ])('reads the recorded answers %j', async (change, expected) => {
    expect(await readWith(change)).toMatchObject(expected);
  });

  test('setSettings sends the settings', async () => {
    const { simulator, greenApi } = await start();
    simulator.replay('api.setSettings.ok');
    const answer = await greenApi.call('setSettings', { incomingWebhook: 'yes' }, AbortSignal.timeout(5_000));
    expect(answer).toEqual({ body: { saveSettings: true } });
    expect(simulator.calls).toMatchObject([{ method: 'setsettings', body: { incomingWebhook: 'yes' } }]);
  });
});

test.each([
  [undefined, 'invented_token'],
  ['1101000001', undefined],
])('there is no Green API client with the instance %s and the token %s', (idInstance, token) => {
  expect(createGreenApi({ url: 'http://127.0.0.1:1', idInstance, token, webhookToken: undefined })).toBeUndefined();
});
