import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createManualClock } from './clock.js';
import { answerOf, fixtureNames, readFixture } from './read-fixture.js';
import {
  type Callback,
  type KavenegarSimulator,
  type KavenegarMessage,
  type KavenegarOptions,
  startKavenegarSimulator,
} from './kavenegar.js';
import { serve } from './serve.js';

const PHONE = '+989120000004';
const OTHER_PHONE = '+989120000005';
const SERVICE = 10004346;
const ADVERTISING = 30004346;
const HOUR = 3_600_000;

type Form = Record<string, string>;

interface Answer {
  status: number;
  contentType: string | undefined;
  text: string;
}

interface Entry {
  messageid: number;
  localid?: string;
  message: string;
  status: number;
  statustext: string;
  sender: string;
  receptor: string;
  cost: number;
}

const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 10_000, interval: 5 });

async function start(options?: KavenegarOptions): Promise<KavenegarSimulator> {
  const simulator = await startKavenegarSimulator(options);
  onTestFinished(() => simulator.close());
  return simulator;
}

/** Not by fetch, which turns 407 into an error without an answer (Fetch standard). */
function sendRequest(url: string, method: string, form?: Form): Promise<Answer> {
  const headers = form ? { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' } : {};
  return new Promise((resolve, reject) => {
    request(url, { method, headers, agent: false }, (response) => {
      const { statusCode: status = 0, headers } = response;
      text(response).then((text) => resolve({ status, contentType: headers['content-type'], text }), reject);
    })
      .on('error', reject)
      .end(form && new URLSearchParams(form).toString());
  });
}

/** Calls a method with the right key. */
const call = (
  simulator: Pick<KavenegarSimulator, 'url' | 'apiKey'>,
  method: string,
  form: Form = {},
): Promise<Answer> => sendRequest(`${simulator.url}/v1/${simulator.apiKey}/${method}.json`, 'POST', form);

/** The result of a call, which its HTTP status repeats. */
async function resultOf(
  simulator: Pick<KavenegarSimulator, 'url' | 'apiKey'>,
  method: string,
  form?: Form,
): Promise<number> {
  const { status, text } = await call(simulator, method, form);
  const envelope = JSON.parse(text) as { return: { status: number }; entries: unknown };
  expect(envelope.return.status).toBe(status);
  if (status !== 200) expect(envelope.entries).toBeNull();
  return status;
}

async function entriesOf(simulator: KavenegarSimulator, method: string, form?: Form): Promise<Entry[]> {
  const { status, text } = await call(simulator, method, form);
  expect(status).toBe(200);
  return (JSON.parse(text) as { entries: Entry[] }).entries;
}

async function statusOf(simulator: KavenegarSimulator, messageid: unknown): Promise<number | undefined> {
  const [entry] = await entriesOf(simulator, 'sms/status', { messageid: String(messageid) });
  return entry?.status;
}

const lookup = { receptor: '09120000004', token: '852596', template: 'myverification' };
const plain = { receptor: '09120000004', sender: String(SERVICE), message: 'کد ورود شما: 852596' };

function messageIn(status: number, more: Partial<KavenegarMessage> = {}): KavenegarMessage {
  return {
    messageid: '85463238',
    receptor: PHONE,
    message: 'کد ورود شما: 852596',
    sender: String(SERVICE),
    status,
    cost: 120,
    at: Date.now(),
    ...more,
  };
}

/** Prepares the simulator for a fixture's answer. Returned fields replace those of the recorded request. */
const PREPARATIONS: Record<string, (simulator: KavenegarSimulator) => Form | void> = {
  'account.config': ({ config }) =>
    void Object.assign(config, { debugmode: 'enabled', defaultsender: '10004535', resendfailed: 'true' }),
  'account.info.err.403': () => ({ key: 'wrong' }),
  'account.info.low': ({ account }) =>
    void Object.assign(account, { remaincredit: 900, expiredate: 13_548_889, type: 'child' }),
  'gateway.html-502'(simulator) {
    const { status, headers, body } = answerOf(readFixture('kavenegar', 'gateway.html-502'));
    simulator.fault = { status, body, contentType: headers['content-type'] ?? '' };
  },
  'lookup.err.400': () => {},
  'lookup.err.402': (simulator) => void (simulator.refusal = 402),
  'lookup.err.403': () => ({ key: 'wrong' }),
  'lookup.err.406': () => {},
  'lookup.err.407': (simulator) => void (simulator.refusal = 407),
  'lookup.err.411': () => {},
  'lookup.err.416': (simulator) => void (simulator.addressMismatch = true),
  'lookup.err.422': (simulator) => void (simulator.refusal = 422),
  'lookup.err.424': () => {},
  'lookup.err.428': () => {},
  'lookup.err.429': (simulator) => void (simulator.refusal = 429),
  'lookup.err.432': ({ templates }) => void templates.set('myverification', { text: '%token2', approved: true }),
  'lookup.err.451': (simulator) => void (simulator.limitPerSecond = 0),
  'lookup.err.607': () => {},
  'lookup.ok': () => {},
  'lookup.ok.call': () => {},
  'lookup.ok.tokens': () => {},
  'method.err.404': () => {},
  'send.err.407': (simulator) => void (simulator.allowed = false),
  'send.err.412': () => {},
  'send.err.413': () => {},
  'send.err.417': () => {},
  'send.err.418': ({ account }) => void (account.remaincredit = 119),
  'send.err.427': ({ lines }) => void lines.set(SERVICE, { active: true, kind: 'service', access: false }),
  'send.err.607': () => ({ tag: 'no-such-tag' }),
  'send.ok': () => {},
  'send.ok.localid-repeated': ({ messages }) => void messages.push(messageIn(10, { localid: '1795176000001' })),
  ...Object.fromEntries(
    [1, 2, 4, 6, 10, 11, 13].map((status) => [
      `status.${status}`,
      ({ messages }: KavenegarSimulator) => void messages.push(messageIn(status)),
    ]),
  ),
  'status.err.414': () => ({ messageid: Array.from({ length: 501 }, () => '85463238').join(',') }),
  'statusbyreceptor.ok': ({ messages }) => void messages.push(messageIn(10, { at: 1_795_100_000_000 })),
  'statuslocal.ok': ({ messages }) => void messages.push(messageIn(10, { localid: '450' })),
};

const FIXTURES = fixtureNames('kavenegar');

async function sendFixture(simulator: KavenegarSimulator, name: string, changes: Form = {}): Promise<Answer> {
  const { url, method, form } = readFixture('kavenegar', name).request;
  const { key = simulator.apiKey, ...fields } = changes;
  const { pathname } = new URL(url.replace('{API-KEY}', key));
  return sendRequest(`${simulator.url}${pathname}`, method, form && { ...form, ...fields });
}

/** Replaces the IDs and times of an answer, which are always new. */
function withoutIds(text: string): string {
  return text.replace(/"messageid":\d+/, 'ID').replace(/"date":\d{10}\b/, 'DATE');
}

describe('a recorded request', () => {
  test('has a preparation, each of them', () => {
    expect(Object.keys(PREPARATIONS).toSorted()).toEqual(FIXTURES.toSorted());
  });

  test.each(FIXTURES)('gets the recorded answer: %s', async (name) => {
    const simulator = await start();
    const { status, headers, body } = answerOf(readFixture('kavenegar', name));
    const answer = await sendFixture(simulator, name, PREPARATIONS[name]?.(simulator) ?? {});
    expect({ ...answer, text: withoutIds(answer.text) }).toEqual({
      status,
      contentType: headers['content-type'],
      text: withoutIds(body),
    });
  });

  test('can be replayed with its bytes and status, without any effect', async () => {
    const simulator = await start();
    for (const name of FIXTURES) simulator.replay(name);
    for (const name of FIXTURES) {
      const { status, headers, body } = answerOf(readFixture('kavenegar', name));
      expect(await call(simulator, 'sms/send', plain)).toEqual({
        status,
        contentType: headers['content-type'],
        text: body,
      });
    }
    expect(simulator.messages).toEqual([]);
    expect(await resultOf(simulator, 'sms/send', plain)).toBe(200);
  });
});

describe('access', () => {
  test('of a disabled account is refused for every method', async () => {
    const simulator = await start();
    simulator.disabled = true;
    expect(await resultOf(simulator, 'verify/lookup', lookup)).toBe(401);
    expect(await resultOf(simulator, 'account/info')).toBe(401);
    expect(await resultOf({ ...simulator, apiKey: 'wrong' }, 'account/info')).toBe(403);
  });

  test('from an unlisted IP address is refused for the account, texts of messages and phones abroad', async () => {
    const simulator = await start();
    simulator.messages.push(messageIn(10));
    simulator.allowed = false;
    expect(await resultOf(simulator, 'account/info')).toBe(407);
    expect(await resultOf(simulator, 'account/config')).toBe(407);
    expect(await resultOf(simulator, 'sms/select', { messageid: '85463238' })).toBe(407);
    expect(await resultOf(simulator, 'sms/latestoutbox')).toBe(407);
    expect(await resultOf(simulator, 'verify/lookup', { ...lookup, receptor: '00996700000003' })).toBe(407);
    expect(await resultOf(simulator, 'verify/lookup', lookup)).toBe(200);
    expect(await statusOf(simulator, '85463238')).toBe(10);
  });

  test('by fetch gets an error for 407 and an answer for 607', async () => {
    const simulator = await start();
    const url = `${simulator.url}/v1/${simulator.apiKey}/verify/lookup.json`;
    simulator.refusal = 407;
    await expect(fetch(url, { method: 'POST', body: new URLSearchParams(lookup) })).rejects.toThrow('fetch failed');
    simulator.refusal = 607;
    const { status } = await fetch(url, { method: 'POST', body: new URLSearchParams(lookup) });
    expect(status).toBe(607);
  });

  test('from a listed IP address includes the texts of messages', async () => {
    const simulator = await start();
    const [sent] = await entriesOf(simulator, 'sms/send', plain);
    const startdate = String(Math.floor(Date.now() / 1000) - 60);
    expect(await entriesOf(simulator, 'sms/select', { messageid: `${sent?.messageid},1` })).toEqual([sent]);
    expect(await entriesOf(simulator, 'sms/selectoutbox', { startdate })).toEqual([sent]);
    await entriesOf(simulator, 'sms/send', { ...plain, sender: String(ADVERTISING) });
    const latest = await entriesOf(simulator, 'sms/latestoutbox', { pagesize: '1' });
    expect(latest).toMatchObject([{ sender: String(ADVERTISING) }]);
    expect(await entriesOf(simulator, 'sms/latestoutbox', { sender: String(SERVICE) })).toEqual([sent]);
  });

  test('to the date needs no key', async () => {
    const simulator = await start();
    simulator.disabled = true;
    const { status, text } = await sendRequest(`${simulator.url}/v1/0/utils/getdate.json`, 'GET');
    const { entries } = JSON.parse(text) as { entries: { unixtime: number } };
    expect(status).toBe(200);
    expect(entries.unixtime).toBeCloseTo(Date.now() / 1000, -1);
  });

  test('is by GET or POST, other verbs get 405, and only a form has fields', async () => {
    const simulator = await start();
    const url = `${simulator.url}/v1/${simulator.apiKey}/verify/lookup.json`;
    expect((await fetch(`${url}?${new URLSearchParams(lookup)}`)).status).toBe(200);
    expect((await fetch(url, { method: 'PUT', body: new URLSearchParams(lookup) })).status).toBe(405);
    expect((await fetch(url, { method: 'POST', body: JSON.stringify(lookup) })).status).toBe(400);
    expect((await fetch(`${simulator.url}/v2/nothing`)).status).toBe(404);
    expect(simulator.calls).toEqual([
      { method: 'verify/lookup', http: 'GET', form: lookup },
      { method: 'verify/lookup', http: 'PUT', form: lookup },
      { method: 'verify/lookup', http: 'POST', form: {} },
    ]);
  });

  test('is refused by 451 above the limit per second, until the second is over', async () => {
    const clock = createManualClock();
    const simulator = await start({ limitPerSecond: 2, clock });
    const results = [];
    for (let time = 0; time < 3; time += 1) results.push(await resultOf(simulator, 'sms/status', { messageid: '1' }));
    expect(results).toEqual([200, 200, 451]);
    clock.advance(999);
    expect(await resultOf(simulator, 'sms/status', { messageid: '1' })).toBe(451);
    clock.advance(1);
    expect(await resultOf(simulator, 'sms/status', { messageid: '1' })).toBe(200);
  });
});

describe('verify/lookup', () => {
  test('sends the template filled in, from the service line', async () => {
    const sent: KavenegarMessage[] = [];
    const simulator = await start({ onMessage: (message) => sent.push(message) });
    simulator.templates.set('login', { text: '%token20 (%token2): %token\n@auth.example.com #%token', approved: true });
    const [entry] = await entriesOf(simulator, 'verify/lookup', {
      ...lookup,
      template: 'login',
      token2: '2',
      token20: 'a b',
    });
    const message = 'a b (2): 852596\n@auth.example.com #852596';
    expect(entry).toMatchObject({ message, status: 5, sender: String(SERVICE), receptor: '09120000004', cost: 120 });
    expect(simulator.sentTo(PHONE)).toMatchObject([{ messageid: String(entry?.messageid), message, status: 5 }]);
    expect(sent).toEqual(simulator.messages);
  });

  test.each<[string, Form, number]>([
    ['no token', { receptor: '09120000004', template: 'myverification' }, 400],
    ['an empty template', { ...lookup, template: '' }, 406],
    ['a space', { ...lookup, token: '852 596' }, 431],
    ['a new line', { ...lookup, token2: '852\n596' }, 431],
    ['an underscore', { ...lookup, token3: '852_596' }, 431],
    ['a comma', { ...lookup, token: '852,596' }, 431],
    ['101 characters', { ...lookup, token: '1'.repeat(101) }, 431],
    ['100 characters', { ...lookup, token: '1'.repeat(100) }, 200],
    ['six spaces in token10', { ...lookup, token10: 'a b c d e f g' }, 431],
    ['five spaces in token10', { ...lookup, token10: 'a b c d e f' }, 200],
    ['nine spaces in token20', { ...lookup, token20: 'a b c d e f g h i j' }, 431],
    ['letters to a landline', { ...lookup, receptor: '02100000000', token: 'ab12' }, 428],
    ['a template that is not approved', { ...lookup, template: 'waiting' }, 424],
    ['a template without a first token', { ...lookup, template: 'other' }, 432],
    ['a tag there is', { ...lookup, tag: 'login' }, 200],
  ])('with %s (%j) gets %i', async (_, form, result) => {
    const simulator = await start();
    simulator.templates.set('waiting', { text: '%token', approved: false });
    simulator.templates.set('other', { text: '%token2 %token20 %token4', approved: true });
    simulator.tags.add('login');
    expect(await resultOf(simulator, 'verify/lookup', form)).toBe(result);
    expect(simulator.messages).toHaveLength(result === 200 ? 1 : 0);
  });

  test('is refused without the advanced service', async () => {
    const simulator = await start();
    simulator.advanced = false;
    expect(await resultOf(simulator, 'verify/lookup', lookup)).toBe(426);
    expect(await resultOf(simulator, 'sms/send', plain)).toBe(200);
  });

  test('calls a landline', async () => {
    const simulator = await start();
    const [entry] = await entriesOf(simulator, 'verify/lookup', { ...lookup, receptor: '02100000000' });
    expect(entry).toMatchObject({ status: 1, sender: 'Call' });
  });
});

describe('sms/send', () => {
  test.each([
    ['09120000004', PHONE],
    ['00989120000004', PHONE],
    ['+989120000004', PHONE],
    ['9120000004', PHONE],
    ['0077010000002', '+77010000002'],
    ['00996700000003', '+996700000003'],
  ])('accepts the phone %s (%s)', async (receptor, e164) => {
    const simulator = await start();
    await entriesOf(simulator, 'sms/send', { ...plain, receptor });
    expect(simulator.sentTo(e164)).toHaveLength(1);
  });

  test.each([
    '989120000004',
    '77010000002',
    '+77010000002',
    '۰۹۱۲۰۰۰۰۰۰۴',
    '0912000000',
    '02100000000',
    '00980120000004',
  ])('refuses the phone %s', async (receptor) => {
    const simulator = await start();
    expect(await resultOf(simulator, 'sms/send', { ...plain, receptor })).toBe(411);
    expect(await resultOf(simulator, 'sms/send', { ...plain, receptor: `09120000004,${receptor}` })).toBe(411);
    expect(simulator.messages).toEqual([]);
  });

  test.each(['+9810004346', '009810004346', '10004346'])('accepts the line %s', async (sender) => {
    const [entry] = await entriesOf(await start(), 'sms/send', { ...plain, sender });
    expect(entry?.sender).toBe('10004346');
  });

  test('sends from the default line if it is active', async () => {
    const simulator = await start();
    simulator.config.defaultsender = String(ADVERTISING);
    const { sender: _, ...form } = plain;
    expect(await entriesOf(simulator, 'sms/send', form)).toMatchObject([{ sender: String(ADVERTISING) }]);
    simulator.lines.set(ADVERTISING, { active: false, kind: 'advertising' });
    expect(await resultOf(simulator, 'sms/send', form)).toBe(412);
  });

  test('accepts at most 200 recipients and 900 characters', async () => {
    const simulator = await start();
    const many = (count: number) => Array.from({ length: count }, () => '09120000004').join(',');
    expect(await resultOf(simulator, 'sms/send', { ...plain, receptor: many(201) })).toBe(414);
    expect(await resultOf(simulator, 'sms/send', { ...plain, message: 'a'.repeat(901) })).toBe(413);
    expect(await entriesOf(simulator, 'sms/send', { ...plain, receptor: many(200) })).toHaveLength(200);
    expect(await resultOf(simulator, 'sms/send', { ...plain, message: 'a'.repeat(900) })).toBe(200);
  });

  test('refuses a link if links are restricted, which a template may hold', async () => {
    const simulator = await start();
    simulator.links = false;
    simulator.templates.set('login', { text: '%token\n@auth.example.com #%token', approved: true });
    expect(await resultOf(simulator, 'sms/send', { ...plain, message: '852596\n@auth.example.com #852596' })).toBe(420);
    expect(await resultOf(simulator, 'sms/send', plain)).toBe(200);
    expect(await resultOf(simulator, 'verify/lookup', { ...lookup, template: 'login' })).toBe(200);
  });

  test('sends at the given date', async () => {
    const clock = createManualClock();
    const simulator = await start({ clock });
    const date = String(Math.floor(clock.now() / 1000) + 20);
    const [entry] = await entriesOf(simulator, 'sms/send', { ...plain, date });
    expect(entry?.status).toBe(2);
    clock.advance(19_000);
    expect(simulator.messages[0]?.status).toBe(2);
    clock.advance(5_000);
    expect(await statusOf(simulator, entry?.messageid)).toBe(10);
  });
});

describe('a localid', () => {
  test('is sent once: a repeated request returns the first message with its current status', async () => {
    const simulator = await start({ speed: 20 });
    const form = { ...plain, localid: '9223372036854775807' };
    const [first] = await entriesOf(simulator, 'sms/send', form);
    await eventually(() => statusOf(simulator, first?.messageid)).toBe(10);
    const [again] = await entriesOf(simulator, 'sms/send', { ...form, message: 'another' });
    expect(again).toEqual({ ...first, status: 10, statustext: 'رسیده به گیرنده' });
    expect(simulator.sentTo(PHONE)).toHaveLength(1);
    expect(simulator.account.remaincredit).toBe(999_880);
  });

  test('costs nothing the second time, even without credit', async () => {
    const simulator = await start();
    simulator.account.remaincredit = 120;
    expect(await resultOf(simulator, 'sms/send', { ...plain, localid: '1' })).toBe(200);
    expect(await resultOf(simulator, 'sms/send', { ...plain, localid: '1' })).toBe(200);
    expect(await resultOf(simulator, 'sms/send', { ...plain, localid: '2' })).toBe(418);
  });

  test('prevents a second message when the answer was lost', async () => {
    const simulator = await start();
    simulator.answersToLose = 1;
    const form = { ...plain, localid: '1' };
    await expect(call(simulator, 'sms/send', form)).rejects.toThrow('socket hang up');
    expect(simulator.sentTo(PHONE)).toHaveLength(1);
    expect(await resultOf(simulator, 'sms/send', form)).toBe(200);
    expect(simulator.sentTo(PHONE)).toHaveLength(1);
  });

  test('is given for each recipient and is a 64-bit integer', async () => {
    const simulator = await start();
    const form = { ...plain, receptor: '09120000004,09120000005' };
    expect(await resultOf(simulator, 'sms/send', { ...form, localid: '1' })).toBe(419);
    expect(await resultOf(simulator, 'sms/send', { ...form, localid: '1,9223372036854775808' })).toBe(400);
    expect(await resultOf(simulator, 'sms/send', { ...form, localid: '1,2' })).toBe(200);
    const received = await entriesOf(simulator, 'sms/statuslocalmessageid', { localid: '2,3' });
    expect(received).toMatchObject([
      { messageid: Number(simulator.sentTo(OTHER_PHONE)[0]?.messageid), localid: '2', status: 1 },
      { localid: '3', status: 100 },
    ]);
  });
});

describe('the credit', () => {
  test.each([
    ['70 Persian characters', 'ک'.repeat(70), 120],
    ['135 Persian characters in parts of 67', 'ک'.repeat(135), 360],
    ['160 Latin characters', 'a'.repeat(160), 120],
    ['307 Latin characters in parts of 153', 'a'.repeat(307), 360],
  ])('is reduced by the price of %s', async (_, message, cost) => {
    const simulator = await start();
    expect(await entriesOf(simulator, 'sms/send', { ...plain, message })).toMatchObject([{ cost }]);
    expect(simulator.account.remaincredit).toBe(1_000_000 - cost);
  });

  test('must cover all recipients', async () => {
    const simulator = await start();
    simulator.account.remaincredit = 239;
    expect(await resultOf(simulator, 'sms/send', { ...plain, receptor: '09120000004,09120000005' })).toBe(418);
    expect(simulator.messages).toEqual([]);
    expect(await resultOf(simulator, 'verify/lookup', lookup)).toBe(200);
    expect(await resultOf(simulator, 'verify/lookup', lookup)).toBe(418);
  });

  test.each([
    [13, 1_000_000],
    [14, 1_000_000],
    [11, 999_880],
  ])('after status %i is %i Rial', async (status, credit) => {
    const simulator = await start({ speed: 100 });
    simulator.statusesByPhone.set(PHONE, [4, status]);
    await resultOf(simulator, 'verify/lookup', lookup);
    await eventually(() => simulator.messages[0]?.status).toBe(status);
    expect(simulator.account.remaincredit).toBe(credit);
  });
});

describe('the delivery of a message', () => {
  test('goes through queued, sent and delivered', async () => {
    const clock = createManualClock();
    const simulator = await start({ clock });
    const [entry] = await entriesOf(simulator, 'sms/send', plain);
    const seen = [entry?.status];
    for (let step = 0; step < 3; step += 1) {
      clock.advance(simulator.statusDelayMs);
      seen.push(await statusOf(simulator, entry?.messageid));
    }
    expect(seen).toEqual([1, 4, 10, 10]);
  });

  test('has the statuses set for its phone', async () => {
    const simulator = await start({ speed: 100 });
    simulator.statusesByPhone.set(PHONE, [6]);
    simulator.statusesByPhone.set(OTHER_PHONE, [4]);
    await resultOf(simulator, 'sms/send', { ...plain, receptor: '09120000004,09120000005,09120000006' });
    await eventually(() => simulator.messages.map(({ status }) => status)).toEqual([6, 4, 10]);
  });

  test('to a phone that blocks advertising succeeds by service lines only', async () => {
    const simulator = await start({ speed: 100 });
    simulator.blockList.add(PHONE);
    for (const sender of [ADVERTISING, SERVICE])
      await resultOf(simulator, 'sms/send', { ...plain, sender: String(sender) });
    await eventually(() => simulator.messages.map(({ status }) => status)).toEqual([14, 10]);
  });

  test('in debug mode ends with status 13, and is neither sent nor charged', async () => {
    const sent: KavenegarMessage[] = [];
    const simulator = await start({ speed: 100, onMessage: (message) => sent.push(message) });
    simulator.config.debugmode = 'enabled';
    simulator.account.remaincredit = 0;
    const [entry] = await entriesOf(simulator, 'verify/lookup', lookup);
    expect(entry).toMatchObject({ status: 5, cost: 120 });
    await eventually(() => statusOf(simulator, entry?.messageid)).toBe(13);
    expect([...sent, ...simulator.sentTo(PHONE)]).toEqual([]);
    expect(simulator.account.remaincredit).toBe(0);
  });
});

describe('a status query', () => {
  test('covers 12 hours by localid and 48 hours by messageid, by the provider’s clock', async () => {
    const clock = createManualClock();
    const simulator = await start({ clock });
    simulator.statusDelayMs = HOUR;
    const [entry] = await entriesOf(simulator, 'sms/send', { ...plain, localid: '450' });
    const byLocalId = async () =>
      (await entriesOf(simulator, 'sms/statuslocalmessageid', { localid: '450' }))[0]?.status;
    clock.advance(12 * HOUR);
    expect(await byLocalId()).toBe(10);
    clock.advance(1);
    expect(await byLocalId()).toBe(100);
    expect(await statusOf(simulator, entry?.messageid)).toBe(10);
    clock.advance(36 * HOUR);
    expect(await statusOf(simulator, entry?.messageid)).toBe(100);
  });

  test('includes messages of 11 and 47 hours and excludes those of 13 and 49 hours', async () => {
    const simulator = await start();
    const now = Date.now();
    simulator.messages.push(
      messageIn(10, { messageid: '1', localid: '1', at: now - 11 * HOUR }),
      messageIn(10, { messageid: '2', localid: '2', at: now - 13 * HOUR }),
      messageIn(10, { messageid: '3', localid: '3', at: now - 47 * HOUR }),
      messageIn(10, { messageid: '4', localid: '4', at: now - 49 * HOUR }),
    );
    const statuses = (entries: Entry[]) => entries.map(({ status }) => status);
    const ids = '1,2,3,4';
    expect(statuses(await entriesOf(simulator, 'sms/statuslocalmessageid', { localid: ids }))).toEqual([
      10, 100, 100, 100,
    ]);
    expect(statuses(await entriesOf(simulator, 'sms/status', { messageid: ids }))).toEqual([10, 10, 10, 100]);
  });

  test('answers status 100 for unknown IDs, up to five hundred at once', async () => {
    const simulator = await start();
    const messageid = Array.from({ length: 500 }, (_, index) => index + 1).join(',');
    const entries = await entriesOf(simulator, 'sms/status', { messageid });
    expect(entries).toHaveLength(500);
    expect(new Set(entries.map(({ status }) => status))).toEqual(new Set([100]));
  });

  test('by phone covers one day', async () => {
    const simulator = await start();
    const startdate = Math.floor(Date.now() / 1000) - 60;
    simulator.messages.push(
      messageIn(10, { messageid: '1' }),
      messageIn(11, { messageid: '2', receptor: OTHER_PHONE }),
      messageIn(10, { messageid: '3', at: (startdate - 1) * 1000 }),
      messageIn(10, { messageid: '4', at: (startdate + 86_401) * 1000 }),
    );
    const form = { receptor: '+989120000004', startdate: String(startdate) };
    expect(await entriesOf(simulator, 'sms/statusbyreceptor', form)).toMatchObject([{ messageid: 1 }]);
    expect(await resultOf(simulator, 'sms/statusbyreceptor', { receptor: '09120000004' })).toBe(400);
    const enddate = String(startdate + 86_401);
    expect(await resultOf(simulator, 'sms/statusbyreceptor', { ...form, enddate })).toBe(417);
  });
});

describe('the ID of a message', () => {
  test('above 2^53 is a number that JSON.parse rounds, and can be queried', async () => {
    const simulator = await start();
    simulator.nextMessageId = 2n ** 53n + 1n;
    const { text } = await call(simulator, 'verify/lookup', lookup);
    expect(text).toContain('"messageid":9007199254740993,');
    expect((JSON.parse(text) as { entries: Entry[] }).entries[0]?.messageid).toBe(9007199254740992);
    const received = await call(simulator, 'sms/status', { messageid: '9007199254740993' });
    expect(received.text).toContain('{"messageid":9007199254740993,"status":5,');
    expect((await call(simulator, 'verify/lookup', lookup)).text).toContain('"messageid":9007199254740994,');
  });

  test('within a text is not changed', async () => {
    const simulator = await start();
    const message = '"messageid":"1"';
    expect(await entriesOf(simulator, 'sms/send', { ...plain, message })).toMatchObject([{ message }]);
  });
});

describe('a callback', () => {
  interface Received {
    method: string | undefined;
    search: string;
    contentType: string | undefined;
    body: string;
  }

  async function receive(encoding: Callback['encoding'], path: string) {
    const received: Received[] = [];
    const receiver = await serve((request, body, response) => {
      const { search } = new URL(request.url ?? '', 'http://localhost');
      received.push({ method: request.method, search, contentType: request.headers['content-type'], body });
      response.writeHead(200).end();
    });
    onTestFinished(() => receiver.close());
    const simulator = await start({ speed: 50 });
    simulator.callback = { url: `${receiver.url}${path}`, encoding };
    simulator.nextMessageId = 2n ** 53n + 1n;
    await resultOf(simulator, 'verify/lookup', lookup);
    await eventually(() => simulator.callbackAnswers).toEqual([200, 200]);
    return received;
  }

  test('by GET has the ID and the status in its query, at each status', async () => {
    expect(await receive('get', '/status?secret=s')).toEqual(
      [4, 10].map((status) => ({
        method: 'GET',
        search: `?secret=s&messageid=9007199254740993&status=${status}`,
        contentType: undefined,
        body: '',
      })),
    );
  });

  test('by a form has all fields', async () => {
    const [, received] = await receive('form', '/status');
    expect(received).toMatchObject({ method: 'POST', search: '', contentType: 'application/x-www-form-urlencoded' });
    expect(Object.fromEntries(new URLSearchParams(received?.body))).toEqual({
      messageid: '9007199254740993',
      status: '10',
      statustext: 'رسیده به گیرنده',
      receptor: '09120000004',
      sender: String(SERVICE),
      date: expect.stringMatching(/^\d{10}$/),
    });
  });

  test('by JSON has the recorded form', async () => {
    const [, received] = await receive('json', '/status');
    const { body } = readFixture('kavenegar', 'callback.status.json').request;
    expect(received).toMatchObject({ method: 'POST', search: '', contentType: 'application/json' });
    expect(withoutIds(received?.body ?? '')).toBe(withoutIds(JSON.stringify(body)));
    expect(received?.body).toContain('"messageid":9007199254740993,');
  });

  test('in flight is aborted when the simulator is closed', async () => {
    const receiver = await serve(() => {});
    onTestFinished(() => receiver.close());
    const simulator = await startKavenegarSimulator({ speed: 50 });
    simulator.callback = { url: receiver.url, encoding: 'json' };
    simulator.defaultStatuses = [4];
    await resultOf(simulator, 'verify/lookup', lookup);
    await eventually(() => simulator.messages[0]?.status).toBe(4);
    await simulator.close();
    await eventually(() => simulator.callbackAnswers).toEqual([0]);
  });

  test('without a receiver does not stop the statuses', async () => {
    const simulator = await start({ speed: 50 });
    const gone = await serve(() => {});
    await gone.close();
    simulator.callback = { url: gone.url, encoding: 'form' };
    await resultOf(simulator, 'verify/lookup', lookup);
    await eventually(() => simulator.callbackAnswers).toEqual([0, 0]);
    expect(simulator.messages[0]?.status).toBe(10);
  });
});

describe('a fault', () => {
  test('is set for all methods or for one, and no message is sent', async () => {
    const simulator = await start();
    const page = '<html>502</html>';
    simulator.fault = { status: 502, body: page, contentType: 'text/html' };
    simulator.faults.set('verify/lookup', 'hang-up').set('sms/status', 'hang');
    expect(await call(simulator, 'sms/send', plain)).toEqual({ status: 502, contentType: 'text/html', text: page });
    await expect(call(simulator, 'verify/lookup', lookup)).rejects.toThrow('socket hang up');
    const url = `${simulator.url}/v1/${simulator.apiKey}/sms/status.json`;
    const abort = new AbortController();
    const silent = fetch(url, { signal: abort.signal });
    await eventually(() => simulator.calls.length).toBe(3);
    abort.abort();
    await expect(silent).rejects.toThrow('abort');
    expect(simulator.messages).toEqual([]);
    expect(simulator.calls.map(({ method }) => method)).toEqual(['sms/send', 'verify/lookup', 'sms/status']);
  });

  test('can delay an answer, which is complete', async () => {
    const simulator = await start();
    simulator.fault = { slowMs: 20 };
    const asked = performance.now();
    expect(await resultOf(simulator, 'verify/lookup', lookup)).toBe(200);
    expect(performance.now() - asked).toBeGreaterThan(15);
  });

  test('does not outlive close: no status changes afterwards', async () => {
    const clock = createManualClock();
    const simulator = await startKavenegarSimulator({ clock });
    await resultOf(simulator, 'verify/lookup', lookup);
    await simulator.close();
    clock.advance(HOUR);
    expect(simulator.messages[0]?.status).toBe(5);
  });
});
