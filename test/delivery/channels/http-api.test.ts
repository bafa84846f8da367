import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Failed, mayHaveBeenSent } from '../../../src/delivery/channels/channel.js';
import { parseJson } from '../../../src/delivery/channels/http.js';
import { parseXml, textAt } from '../../../src/delivery/channels/http-api/read-value.js';
import { http } from '../../../src/delivery/channels/http-api/provider.js';
import { resultOf } from '../../../src/delivery/channels/http-api/results.js';
import { readHttpChannels } from '../../../src/delivery/channels/http-api/settings.js';
import { createHttpWebhook } from '../../../src/delivery/channels/http-api/webhook.js';
import { createLog } from '../../../src/log.js';
import { type SmsByHttpSimulator, startSmsByHttpSimulator } from '../../../simulators/sms-by-http.js';
import { CODE, IRANIAN, KAZAKH, KYRGYZ, expectNothingSecret, messageTo } from './message.js';
import { MISBEHAVIOURS } from './misbehaviours.js';

const EXAMPLES = new URL('../../../docs/providers/http-channels/', import.meta.url);
const SECRETS = {
  'mobizon.apiKey': 'kz0123456789abcdef',
  'smspro.login': 'shop',
  'smspro.password': 'pa&ss',
  'smspro.sender': 'SHOP',
  'smsc.login': 'shop',
  'smsc.password': 'pa&ss',
  'smsc.callback': 'VRcKdAuDtGN76ia5Fbvq29pZ',
  'eskiz.email': 'shop@example.com',
  'eskiz.password': 'pa&ss',
  'smsru.apiId': 'kz0123456789abcdef',
  'smsir.apiKey': 'kz0123456789abcdef',
};
const NAMES = ['mobizon', 'smspro', 'smsc', 'eskiz', 'smsru', 'smsir'];

let simulator: SmsByHttpSimulator;
let folder: string;

beforeAll(async () => {
  simulator = await startSmsByHttpSimulator();
  folder = mkdtempSync(join(tmpdir(), 'channels-'));
  // The files of the documentation, at the simulator.
  for (const name of NAMES) {
    const text = readFileSync(new URL(`${name}.json`, EXAMPLES), 'utf8');
    writeFileSync(join(folder, `${name}.json`), text.replaceAll(/https:\/\/[a-z.]+(?=\/)/g, simulator.url));
  }
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await simulator.close();
});
beforeEach(() => {
  simulator.fault = undefined;
  simulator.refusal = undefined;
});

const settingsOf = (secrets: Record<string, string> = SECRETS) => {
  const { channels, problems } = readHttpChannels({ names: NAMES, folder, secrets: new Map(Object.entries(secrets)) });
  expect(problems).toEqual([]);
  return { channels };
};
function channelOf(name: string, secrets = SECRETS) {
  const deps = { log: createLog('silent'), greenApi: undefined, instanceState: undefined, publicUrl: '' };
  const channel = http.create(settingsOf(secrets), deps).find((one) => one?.name === `http:${name}`);
  if (!channel) throw new Error(name);
  return channel;
}
const send = (name: string, phone: string, secrets = SECRETS) =>
  channelOf(name, secrets).send(messageTo(phone, { text: `Код & <${CODE}>` }), AbortSignal.timeout(5_000));

describe('the examples of the documentation', () => {
  test.each([
    ['mobizon', KAZAKH, `Код & <${CODE}>`],
    ['smspro', KYRGYZ, `Код &amp; &lt;${CODE}&gt;`],
    ['smsc', KAZAKH, `Код & <${CODE}>`],
    ['eskiz', KAZAKH, `Код & <${CODE}>`],
    ['smsru', KAZAKH, `Код & <${CODE}>`],
    ['smsir', IRANIAN, CODE], // its template has the text
  ])('%s gets the message with the phone and our text, and its ID is kept exactly', async (name, phone, text) => {
    const result = await send(name, phone);
    expect(simulator.messages.at(-1)).toMatchObject({ phone: phone.slice(1), text });
    expect(result).toMatchObject({ outcome: 'accepted', providerId: simulator.messages.at(-1)?.id });
    expectNothingSecret(result, Object.values(SECRETS));
  });

  test.each([
    ['mobizon', '15', 'rate_limited'],
    ['mobizon', '3', 'channel_down'],
    ['mobizon', '12', 'unknown'],
    ['smspro', '4', 'insufficient_credit'],
    ['smspro', '5', 'sender_rejected'],
    ['smspro', '7', 'not_on_channel'],
    ['smsc', '3', 'insufficient_credit'],
    ['smsc', '6', 'template_rejected'],
    ['smsc', '8', 'not_on_channel'],
    ['smsru', '201', 'insufficient_credit'],
    ['smsru', '204', 'sender_rejected'],
    ['smsru', '230', 'rate_limited'],
    ['smsru', '203', 'unknown'],
    ['smsir', '102', 'insufficient_credit'],
    ['smsir', '113', 'template_rejected'],
    ['smsir', '115', 'not_on_channel'],
  ])('%s: its code %s is the failure %s', async (name, code, failure) => {
    simulator.refusal = code;
    expect(await send(name, KAZAKH)).toEqual({ outcome: 'failed', failure, retry: false, detail: `code ${code}` });
  });

  test.each(NAMES)('%s: wrong credentials are named as such', async (name) => {
    const credentials = Object.keys(SECRETS).filter((key) => key !== 'smsc.callback');
    const wrong = { ...SECRETS, ...Object.fromEntries(credentials.map((key) => [key, 'wrong'])) };
    expect(await send(name, KAZAKH, wrong)).toMatchObject({ outcome: 'failed', failure: 'authentication' });
  });

  test.each([
    [
      'mobizon',
      [
        ['DELIVRD', 'DELIVERED'],
        ['UNDELIV', 'UNDELIVERED'],
        ['REJECTD', 'FAILED'],
      ],
    ],
    [
      'smspro',
      [
        ['1', 'SENT'],
        ['3', 'DELIVERED'],
        ['4', 'UNDELIVERED'],
      ],
    ],
    [
      'smsru',
      [
        ['102', 'SENT'],
        ['103', 'DELIVERED'],
        ['104', 'UNDELIVERED'],
      ],
    ],
    [
      'smsir',
      [
        ['5', 'SENT'],
        ['1', 'DELIVERED'],
        ['7', 'UNDELIVERED'],
      ],
    ],
  ] as const)('%s is polled for the status of messages', async (name, statuses) => {
    const channel = channelOf(name);
    for (const [written, status] of statuses) {
      const message = messageTo(name === 'smsir' ? IRANIAN : KAZAKH, {
        deliveryId: `019abc00-0000-7000-8000-${written.padEnd(12, '0').slice(0, 12)}`,
      });
      await channel.send(message, AbortSignal.timeout(5_000));
      const sent = simulator.messages.at(-1);
      Object.assign(sent ?? {}, { status: written });
      const receipts = await channel.receiptsOf?.([sent?.id ?? '']);
      expect(receipts?.get(sent?.id ?? '')?.status).toBe(status);
    }
  });

  test('the doctor and the account view read the credit where a file says how', async () => {
    const names = ['mobizon', 'eskiz', 'smsru', 'smsir'];
    const only = { channels: settingsOf().channels.filter(({ name }) => names.includes(name)) };
    expect(await http.accounts?.(only)).toEqual([
      { provider: 'http:mobizon', usable: true, facts: { credit: 2500.5 } },
      { provider: 'http:smsru', usable: true, facts: { credit: 4122.56 } },
      { provider: 'http:smsir', usable: true, facts: { credit: 1586.5 } },
    ]);
    expect((await http.check?.(only))?.map(({ about, level }) => [about, level])).toEqual(
      names.map((name) => [`http:${name}`, 'ok']),
    );
  });
});

test.each([
  ['mobizon', 'code 8'],
  ['smsru', 'code 200'],
  ['smsir', 'code 10'],
])('%s: the doctor and the account view name wrong credentials', async (name, detail) => {
  const wrong = { ...SECRETS, [`${name}.apiKey`]: 'x', [`${name}.apiId`]: 'x' };
  const only = { channels: settingsOf(wrong).channels.filter((one) => one.name === name) };
  expect(await http.accounts?.(only)).toMatchObject([{ usable: false, facts: { failure: 'authentication', detail } }]);
  expect(await http.check?.(only)).toMatchObject([
    { level: 'problem', message: expect.stringContaining(`authentication (${detail})`) },
  ]);
});

describe.each(Object.entries(MISBEHAVIOURS))('a provider that %s', (_, { fault, expected }) => {
  test.each(['mobizon', 'smspro', 'smsc'])('fails the message by %s as by every other channel', async (name) => {
    simulator.fault = fault;
    const result = await send(name, KAZAKH);
    expect(result).toMatchObject({ outcome: 'failed', ...expected });
    expectNothingSecret(result, Object.values(SECRETS));
  });
});

describe('a token that the provider issues', () => {
  test('is requested once for many messages, and again when the provider refuses it', async () => {
    const channel = channelOf('eskiz');
    const before = simulator.calls.length;
    const logins = () => simulator.calls.slice(before).filter(({ path }) => path === '/api/auth/login').length;
    const sendOne = () => channel.send(messageTo(KAZAKH), AbortSignal.timeout(5_000));
    await Promise.all([sendOne(), sendOne(), sendOne()]);
    expect(logins()).toBe(1);
    simulator.token = 'eskiz-token-2';
    expect(await sendOne()).toMatchObject({ outcome: 'accepted' });
    expect(logins()).toBe(2);
  });

  test('is not lost to all others when the time of the first message that waits for it ends', async () => {
    const channel = channelOf('eskiz');
    simulator.token = 'eskiz-token-3';
    simulator.fault = { slowMs: 300 };
    const sendWithin = (ms: number) => channel.send(messageTo(KAZAKH), AbortSignal.timeout(ms));
    const [hurried, patient] = await Promise.all([sendWithin(100), sendWithin(5_000)]);
    expect(hurried).toMatchObject({ outcome: 'failed', failure: 'timeout' });
    expect(patient).toMatchObject({ outcome: 'accepted' });
  });

  test.each(['hang', 'hang-up'] as const)(
    'that does not come because of a %s: the message was not sent, and counts as such',
    async (fault) => {
      simulator.fault = fault;
      const result = await channelOf('eskiz').send(messageTo(KAZAKH), AbortSignal.timeout(300));
      expect(result).toMatchObject({ outcome: 'failed' });
      expect(mayHaveBeenSent(result as Failed)).toBe(false);
    },
  );
});

describe('a report to the webhook', () => {
  const secret = SECRETS['smsc.callback'];
  const report = (body: string, rest = `smsc/${secret}`, query = '') => ({
    method: 'POST',
    rest,
    query: new URLSearchParams(query),
    headers: {},
    body,
  });
  const webhook = () => createHttpWebhook(settingsOf().channels);

  test('counts only with the secret of its own channel', () => {
    expect(webhook()?.isAuthentic(report(''))).toBe(true);
    for (const rest of ['smsc/wrong', 'smsc', '', `mobizon/${secret}`, `other/${secret}`])
      expect(webhook()?.isAuthentic(report('', rest)), rest).toBe(false);
  });

  test.each([
    ['a form', 'id=77&status=1', ''],
    ['JSON', '{"id":77,"status":1}', ''],
    ['the query', '', 'id=77&status=1'],
  ])('is read from %s', (_, body, query) => {
    expect(webhook()?.receiptsIn(report(body, undefined, query))).toEqual([
      { status: 'DELIVERED', channels: ['http:smsc'], providerId: '77' },
    ]);
  });

  test('with an ID that cannot be one has an unknown form', () => {
    for (const id of ['a\u0000b', 'x'.repeat(129), 'two words'])
      expect(webhook()?.receiptsIn(report(JSON.stringify({ id, status: '1' })))).toBeUndefined();
  });

  test('with an unknown status changes nothing, and without an ID it has an unknown form', () => {
    expect(webhook()?.receiptsIn(report('id=77&status=99'))).toEqual([]);
    expect(webhook()?.receiptsIn(report('status=1'))).toBeUndefined();
  });
});

describe('a file that is not right', () => {
  const problemsOf = (definition: unknown, secrets: Record<string, string> = {}) => {
    writeFileSync(join(folder, 'own.json'), typeof definition === 'string' ? definition : JSON.stringify(definition));
    return readHttpChannels({ names: ['own'], folder, secrets: new Map(Object.entries(secrets)) }).problems.join('\n');
  };
  const price = { currency: 'USD', amounts: { '*': '0.01' } };
  const request = { url: 'https://example.com/sms', json: { to: '{phone}' } };

  test.each<[string, unknown, RegExp]>([
    ['is not JSON', 'nothing', /own\.json is not JSON/],
    ['has an unknown field', { price, send: { request }, sned: 1 }, /own\.json is not right/],
    ['has no price', { send: { request } }, /at price/],
    [
      'has two bodies',
      { price, send: { request: { ...request, form: {} } } },
      /at send\.request: must have at most one/,
    ],
    [
      'has a placeholder in the host',
      { price, send: { request: { url: 'https://{phone}.example.com/' } } },
      /at send\.request\.url/,
    ],
    ['uses an unknown placeholder', { price, send: { request: { ...request, json: '{fone}' } } }, /uses \{fone\}/],
    [
      'uses in a pointer a placeholder without a value there',
      { price, send: { request, id: '/sms/{code}/{id}' } },
      /uses \{id\}, which has no value there/,
    ],
    [
      'uses a secret that is not set',
      { price, send: { request: { ...request, json: '{secret.key}' } } },
      /uses \{secret\.key\}, but HTTP_SECRETS/,
    ],
    ...['', 'abc', 'changeme-changeme-changeme', 'k8Wq/ZrT5vNb3XyP7cJd'].map((secret): [string, object, RegExp] => [
      `protects its webhook with "${secret}"`,
      {
        price,
        send: { request, id: '/id' },
        receipts: { webhook: { secret, id: '/id', status: '/status', values: { 1: 'DELIVERED' } } },
      },
      /own\.json has a secret for receipts\.webhook that/,
    ]),
    [
      'has receipts, but no ID of a message that they could name',
      { price, send: { request }, receipts: { poll: { request, status: '/status', values: { 1: 'DELIVERED' } } } },
      /at send\.id: must say where/,
    ],
    [
      'names an unknown failure',
      { price, send: { request, errors: { pointer: '/a', values: { 1: 'oops' } } } },
      /at send\.errors\.values/,
    ],
  ])('%s: the message says where', (_, definition, expected) => {
    expect(problemsOf(definition)).toMatch(expected);
  });

  test('has all of its mistakes named at once', () => {
    const errors = { pointer: '/a', values: { 1: 'oops' } };
    const found = problemsOf({ price: { currency: 'KZT', amounts: { KZ: '18' } }, send: { request, errors } });
    expect(found.split('\n').map((line) => /at ([\w.]+)/.exec(line)?.[1])).toEqual([
      'price.currency',
      'price.amounts',
      'send.errors.values.1',
    ]);
  });

  test('or is missing, is named with the variable of its folder', () => {
    const { problems } = readHttpChannels({ names: ['none'], folder, secrets: new Map([['other.key', 'x']]) });
    expect(problems.join('\n')).toMatch(/none\.json cannot be read \(ENOENT\).*HTTP_CHANNELS_FOLDER/);
    expect(problems.join('\n')).toMatch(/HTTP_SECRETS has other\.key/);
  });
});

test('the files in the page of the documentation are right', () => {
  const page = readFileSync(new URL('../http-channels.md', EXAMPLES), 'utf8');
  const files = [...page.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(([, json = '']) => json);
  expect(files.length).toBe(2);
  const secrets = new Map([
    ['own.key', 'x'],
    ['own.token', 'x'],
    ['own.callback', SECRETS['smsc.callback']],
  ]);
  for (const file of files) {
    writeFileSync(join(folder, 'own.json'), file);
    expect(readHttpChannels({ names: ['own'], folder, secrets }).problems).toEqual([]);
  }
});

test.each([true, 'true'])('an answer is compared as text: %j is the JSON value true', (accepted) => {
  writeFileSync(
    join(folder, 'own.json'),
    JSON.stringify({
      price: { currency: 'USD', amounts: { '*': '0' } },
      send: { request: { url: 'https://example.com/' }, success: { pointer: '/ok', equals: [accepted] } },
    }),
  );
  const { channels, problems } = readHttpChannels({ names: ['own'], folder, secrets: new Map() });
  expect(problems).toEqual([]);
  const send = channels[0]?.definition.send;
  if (!send) throw new Error('no definition');
  expect(resultOf({ status: 200, text: '{"ok":true}' }, send, {})).toMatchObject({ outcome: 'accepted' });
  expect(resultOf({ status: 200, text: '{"ok":false}' }, send, {})).toMatchObject({ outcome: 'failed' });
});

test('a value with a slash or a tilde stays one step of a pointer', () => {
  const answer = { status: 200, text: '{"messages":{"a/b~c":{"id":"m1"}}}' };
  const send = settingsOf().channels[0]?.definition.send;
  if (!send) throw new Error('no definition');
  const definition = { ...send, success: {}, errors: undefined, id: '/messages/{deliveryId}/id' };
  expect(resultOf(answer, definition, { deliveryId: 'a/b~c' })).toEqual({ outcome: 'accepted', providerId: 'm1' });
});

test('an endpoint of one’s own gets JSON with a signature over the body', async () => {
  const definition = {
    price: { currency: 'USD', amounts: { '*': '0' } },
    send: {
      request: {
        url: `${simulator.url}/own`,
        json: { to: '{phone}', type: 'sign-in', payload: { code: '{code}' }, locale: '{locale}', id: '{deliveryId}' },
        signature: { header: 'X-Signature', secret: '{secret.key}' },
      },
    },
  };
  writeFileSync(join(folder, 'own.json'), JSON.stringify(definition));
  const { channels } = readHttpChannels({ names: ['own'], folder, secrets: new Map([['own.key', 'a-key']]) });
  const deps = { log: createLog('silent'), greenApi: undefined, instanceState: undefined, publicUrl: '' };
  simulator.fault = { status: 204, body: '' };
  const [channel] = http.create({ channels }, deps);
  expect(await channel?.send(messageTo(KAZAKH, { locale: 'kk' }), AbortSignal.timeout(5_000))).toMatchObject({
    outcome: 'accepted',
    providerId: null,
  });
  const last = simulator.calls.at(-1);
  const body = last?.body ?? '';
  expect(JSON.parse(body)).toMatchObject({ to: KAZAKH, payload: { code: CODE }, locale: 'kk' });
  expect(last?.headers['x-signature']).toBe(`sha256=${createHmac('sha256', 'a-key').update(body).digest('hex')}`);
});

describe('XML', () => {
  test('is read as if it were JSON', () => {
    const xml = '<?xml version="1.0"?><a:r xmlns:a="x"><b>1 &amp; 2</b><c><d>3</d><d>4</d></c><e/></a:r>';
    expect(parseXml(xml)).toEqual({ r: { b: '1 & 2', c: { d: '3' }, e: '' } });
    expect(textAt(parseXml(xml), '/r/c/d')).toBe('3');
  });

  test.each(['<a>', '<a></b>', '</a>', 'text', '', '<!DOCTYPE a [<!ENTITY x "y">]>', '<a>'.repeat(50)])(
    'that is not complete is nothing: %s',
    (text) => {
      expect(parseXml(text)).toBeUndefined();
    },
  );

  test.each(['<a>' + '<!--'.repeat(40_000), '<a>' + '<?'.repeat(40_000), '<'.repeat(80_000)])(
    'that never ends is nothing soon: %#',
    (text) => {
      const startedAt = performance.now();
      expect(parseXml(text)).toBeUndefined();
      expect(performance.now() - startedAt).toBeLessThan(2_000);
    },
  );
});

test.each(['"' + '\\"'.repeat(80_000), '["' + '\\"'.repeat(80_000) + '1234567890123456'])(
  'JSON that never ends is nothing soon: %#',
  (text) => {
    const startedAt = performance.now();
    expect(parseJson(text)).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  },
);
