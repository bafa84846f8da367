import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
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
const NEIGHBOUR = '+989120000005';
const SERVICE = 10004346;
const ADVERTISING = 30004346;
const HOUR = 3_600_000;

type Form = Record<string, string>;

interface Heard {
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

async function start(options?: KavenegarOptions): Promise<KavenegarSimulator> {
  const simulator = await startKavenegarSimulator(options);
  onTestFinished(() => simulator.close());
  return simulator;
}

/** Not by fetch, whose specification makes of 407 an error without an answer. */
function converse(url: string, method: string, form?: Form): Promise<Heard> {
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

const call = (simulator: KavenegarSimulator, method: string, form: Form = {}, key = simulator.apiKey): Promise<Heard> =>
  converse(`${simulator.url}/v1/${key}/${method}.json`, 'POST', form);

async function resultOf(simulator: KavenegarSimulator, method: string, form?: Form, key?: string): Promise<number> {
  const { status, text } = await call(simulator, method, form, key);
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

/** What has to be so for a fixture's answer; what is returned goes into the request in place of what is recorded. */
const CIRCUMSTANCES: Record<string, (simulator: KavenegarSimulator) => Form | void> = {
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

const ANSWERED = fixtureNames('kavenegar');

async function ask(simulator: KavenegarSimulator, name: string, changes: Form = {}): Promise<Heard> {
  const { url, method, form } = readFixture('kavenegar', name).request;
  const { key = simulator.apiKey, ...fields } = changes;
  const { pathname } = new URL(url.replace('{API-KEY}', key));
  return converse(`${simulator.url}${pathname}`, method, form && { ...form, ...fields });
}

/** An answer but for the ids and times, which are new each time. */
function shape(text: string): string {
  return text.replace(/"messageid":\d+/, 'ID').replace(/"date":\d{10}\b/, 'DATE');
}

describe('what was recorded', () => {
  test('every exchange has its circumstances', () => {
    expect(Object.keys(CIRCUMSTANCES).toSorted()).toEqual(ANSWERED.toSorted());
  });

  test.each(ANSWERED)('%s is answered alike', async (name) => {
    const simulator = await start();
    const { status, headers, body } = answerOf(readFixture('kavenegar', name));
    const heard = await ask(simulator, name, CIRCUMSTANCES[name]?.(simulator) ?? {});
    expect({ ...heard, text: shape(heard.text) }).toEqual({
      status,
      contentType: headers['content-type'],
      text: shape(body),
    });
  });

  test('a replay gives the very bytes, its own status, and does nothing', async () => {
    const simulator = await start();
    for (const name of ANSWERED) simulator.replay(name);
    for (const name of ANSWERED) {
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

describe('who may call', () => {
  test('a disabled account is told so, whatever it asks for', async () => {
    const simulator = await start();
    simulator.disabled = true;
    expect(await resultOf(simulator, 'verify/lookup', lookup)).toBe(401);
    expect(await resultOf(simulator, 'account/info')).toBe(401);
    expect(await resultOf(simulator, 'account/info', {}, 'wrong')).toBe(403);
  });

  test('off the list of addresses nothing is told of the account or of messages, and nothing goes abroad', async () => {
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

  test('fetch gets no answer out of 407, and every one out of 607', async () => {
    const simulator = await start();
    const url = `${simulator.url}/v1/${simulator.apiKey}/verify/lookup.json`;
    simulator.refusal = 407;
    await expect(fetch(url, { method: 'POST', body: new URLSearchParams(lookup) })).rejects.toThrow('fetch failed');
    simulator.refusal = 607;
    const { status } = await fetch(url, { method: 'POST', body: new URLSearchParams(lookup) });
    expect(status).toBe(607);
  });

  test('on the list, messages are told as they were sent', async () => {
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

  test('the date is told without a key', async () => {
    const simulator = await start();
    simulator.disabled = true;
    const { status, text } = await converse(`${simulator.url}/v1/0/utils/getdate.json`, 'GET');
    const { entries } = JSON.parse(text) as { entries: { unixtime: number } };
    expect(status).toBe(200);
    expect(entries.unixtime).toBeCloseTo(Date.now() / 1000, -1);
  });

  test('GET does as POST does, anything else is 405, and a body that is no form holds no fields', async () => {
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

  test('more calls than a second allows are 451, until the provider’s second is over', async () => {
    const simulator = await start({ limitPerSecond: 2, speed: 5 });
    const results = [];
    for (let time = 0; time < 3; time += 1) results.push(await resultOf(simulator, 'sms/status', { messageid: '1' }));
    expect(results).toEqual([200, 200, 451]);
    await expect.poll(() => resultOf(simulator, 'sms/status', { messageid: '1' })).toBe(200);
  });
});

describe('a lookup', () => {
  test('reaches the phone with its template filled in, on the service line', async () => {
    const heard: KavenegarMessage[] = [];
    const simulator = await start({ onMessage: (message) => heard.push(message) });
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
    expect(heard).toEqual(simulator.messages);
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
  ])('with %s', async (_, form, result) => {
    const simulator = await start();
    simulator.templates.set('waiting', { text: '%token', approved: false });
    simulator.templates.set('other', { text: '%token2 %token20 %token4', approved: true });
    simulator.tags.add('login');
    expect(await resultOf(simulator, 'verify/lookup', form)).toBe(result);
    expect(simulator.messages).toHaveLength(result === 200 ? 1 : 0);
  });

  test('needs the advanced service', async () => {
    const simulator = await start();
    simulator.advanced = false;
    expect(await resultOf(simulator, 'verify/lookup', lookup)).toBe(426);
    expect(await resultOf(simulator, 'sms/send', plain)).toBe(200);
  });

  test('to a landline is a call', async () => {
    const simulator = await start();
    const [entry] = await entriesOf(simulator, 'verify/lookup', { ...lookup, receptor: '02100000000' });
    expect(entry).toMatchObject({ status: 1, sender: 'Call' });
  });
});

describe('a text of ours', () => {
  test.each([
    ['09120000004', PHONE],
    ['00989120000004', PHONE],
    ['+989120000004', PHONE],
    ['9120000004', PHONE],
    ['0077010000002', '+77010000002'],
    ['00996700000003', '+996700000003'],
  ])('%s is a recipient', async (receptor, e164) => {
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
  ])('%s is none', async (receptor) => {
    const simulator = await start();
    expect(await resultOf(simulator, 'sms/send', { ...plain, receptor })).toBe(411);
    expect(await resultOf(simulator, 'sms/send', { ...plain, receptor: `09120000004,${receptor}` })).toBe(411);
    expect(simulator.messages).toEqual([]);
  });

  test.each(['+9810004346', '009810004346', '10004346'])('%s is the line', async (sender) => {
    const [entry] = await entriesOf(await start(), 'sms/send', { ...plain, sender });
    expect(entry?.sender).toBe('10004346');
  });

  test('goes out on the default line, when that is awake', async () => {
    const simulator = await start();
    simulator.config.defaultsender = String(ADVERTISING);
    const { sender: _, ...form } = plain;
    expect(await entriesOf(simulator, 'sms/send', form)).toMatchObject([{ sender: String(ADVERTISING) }]);
    simulator.lines.set(ADVERTISING, { active: false, kind: 'advertising' });
    expect(await resultOf(simulator, 'sms/send', form)).toBe(412);
  });

  test('takes 200 recipients and 900 characters, and no more', async () => {
    const simulator = await start();
    const many = (count: number) => Array.from({ length: count }, () => '09120000004').join(',');
    expect(await resultOf(simulator, 'sms/send', { ...plain, receptor: many(201) })).toBe(414);
    expect(await resultOf(simulator, 'sms/send', { ...plain, message: 'a'.repeat(901) })).toBe(413);
    expect(await entriesOf(simulator, 'sms/send', { ...plain, receptor: many(200) })).toHaveLength(200);
    expect(await resultOf(simulator, 'sms/send', { ...plain, message: 'a'.repeat(900) })).toBe(200);
  });

  test('may have no link where links are restricted; a template may', async () => {
    const simulator = await start();
    simulator.links = false;
    simulator.templates.set('login', { text: '%token\n@auth.example.com #%token', approved: true });
    expect(await resultOf(simulator, 'sms/send', { ...plain, message: '852596\n@auth.example.com #852596' })).toBe(420);
    expect(await resultOf(simulator, 'sms/send', plain)).toBe(200);
    expect(await resultOf(simulator, 'verify/lookup', { ...lookup, template: 'login' })).toBe(200);
  });

  test('waits for its date', async () => {
    const simulator = await start({ speed: 100 });
    const asked = performance.now();
    const date = String(Math.floor(Date.now() / 1000) + 20);
    const [entry] = await entriesOf(simulator, 'sms/send', { ...plain, date });
    expect(entry?.status).toBe(2);
    await expect.poll(() => statusOf(simulator, entry?.messageid)).toBe(10);
    expect(performance.now() - asked).toBeGreaterThan(180); // a second of that may be lost in rounding
  });
});

describe('a localid', () => {
  test('is sent once: again it brings the old record, as it stands by now', async () => {
    const simulator = await start({ speed: 20 });
    const form = { ...plain, localid: '9223372036854775807' };
    const [first] = await entriesOf(simulator, 'sms/send', form);
    await expect.poll(() => statusOf(simulator, first?.messageid)).toBe(10);
    const [again] = await entriesOf(simulator, 'sms/send', { ...form, message: 'another' });
    expect(again).toEqual({ ...first, status: 10, statustext: 'رسیده به گیرنده' });
    expect(simulator.sentTo(PHONE)).toHaveLength(1);
    expect(simulator.account.remaincredit).toBe(999_880);
  });

  test('costs nothing the second time, even when nothing is left', async () => {
    const simulator = await start();
    simulator.account.remaincredit = 120;
    expect(await resultOf(simulator, 'sms/send', { ...plain, localid: '1' })).toBe(200);
    expect(await resultOf(simulator, 'sms/send', { ...plain, localid: '1' })).toBe(200);
    expect(await resultOf(simulator, 'sms/send', { ...plain, localid: '2' })).toBe(418);
  });

  test('saves from sending twice when the answer is lost', async () => {
    const simulator = await start();
    simulator.answersToLose = 1;
    const form = { ...plain, localid: '1' };
    await expect(call(simulator, 'sms/send', form)).rejects.toThrow('socket hang up');
    expect(simulator.sentTo(PHONE)).toHaveLength(1);
    expect(await resultOf(simulator, 'sms/send', form)).toBe(200);
    expect(simulator.sentTo(PHONE)).toHaveLength(1);
  });

  test('belongs to each recipient, and is a Long', async () => {
    const simulator = await start();
    const form = { ...plain, receptor: '09120000004,09120000005' };
    expect(await resultOf(simulator, 'sms/send', { ...form, localid: '1' })).toBe(419);
    expect(await resultOf(simulator, 'sms/send', { ...form, localid: '1,9223372036854775808' })).toBe(400);
    expect(await resultOf(simulator, 'sms/send', { ...form, localid: '1,2' })).toBe(200);
    const told = await entriesOf(simulator, 'sms/statuslocalmessageid', { localid: '2,3' });
    expect(told).toMatchObject([
      { messageid: Number(simulator.sentTo(NEIGHBOUR)[0]?.messageid), localid: '2', status: 1 },
      { localid: '3', status: 100 },
    ]);
  });
});

describe('credit', () => {
  test.each([
    ['70 Persian characters', 'ک'.repeat(70), 120],
    ['135, which go in parts of 67', 'ک'.repeat(135), 360],
    ['160 Latin ones', 'a'.repeat(160), 120],
    ['307, which go in parts of 153', 'a'.repeat(307), 360],
  ])('pays for %s', async (_, message, cost) => {
    const simulator = await start();
    expect(await entriesOf(simulator, 'sms/send', { ...plain, message })).toMatchObject([{ cost }]);
    expect(simulator.account.remaincredit).toBe(1_000_000 - cost);
  });

  test('has to last for every recipient', async () => {
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
  ])('after status %i is %i', async (status, credit) => {
    const simulator = await start({ speed: 100 });
    simulator.statusesByPhone.set(PHONE, [4, status]);
    await resultOf(simulator, 'verify/lookup', lookup);
    await expect.poll(() => simulator.messages[0]?.status).toBe(status);
    expect(simulator.account.remaincredit).toBe(credit);
  });
});

describe('on the way to the phone', () => {
  test('a message is in the queue, with telecom, then delivered', async () => {
    const simulator = await start({ speed: 10 });
    const [entry] = await entriesOf(simulator, 'sms/send', plain);
    const seen = [entry?.status];
    while (seen.at(-1) !== 10) seen.push(await statusOf(simulator, entry?.messageid));
    expect([...new Set(seen)]).toEqual([1, 4, 10]);
  });

  test('a fate holds for its phone alone', async () => {
    const simulator = await start({ speed: 100 });
    simulator.statusesByPhone.set(PHONE, [6]);
    simulator.statusesByPhone.set(NEIGHBOUR, [4]);
    await resultOf(simulator, 'sms/send', { ...plain, receptor: '09120000004,09120000005,09120000006' });
    await expect.poll(() => simulator.messages.map(({ status }) => status)).toEqual([6, 4, 10]);
  });

  test('who has blocked advertising is reached by service lines only', async () => {
    const simulator = await start({ speed: 100 });
    simulator.blockList.add(PHONE);
    for (const sender of [ADVERTISING, SERVICE])
      await resultOf(simulator, 'sms/send', { ...plain, sender: String(sender) });
    await expect.poll(() => simulator.messages.map(({ status }) => status)).toEqual([14, 10]);
  });

  test('in debug mode all is well, nobody gets anything, nothing is paid, and it ends in 13', async () => {
    const heard: KavenegarMessage[] = [];
    const simulator = await start({ speed: 100, onMessage: (message) => heard.push(message) });
    simulator.config.debugmode = 'enabled';
    simulator.account.remaincredit = 0;
    const [entry] = await entriesOf(simulator, 'verify/lookup', lookup);
    expect(entry).toMatchObject({ status: 5, cost: 120 });
    await expect.poll(() => statusOf(simulator, entry?.messageid)).toBe(13);
    expect([...heard, ...simulator.sentTo(PHONE)]).toEqual([]);
    expect(simulator.account.remaincredit).toBe(0);
  });
});

describe('how far back is told', () => {
  /** 55 hours in a second of ours. */
  const speed = 200_000;

  test('12 hours by localid, and 48 by messageid', async () => {
    const simulator = await start({ speed });
    simulator.statusDelayMs = HOUR;
    const [entry] = await entriesOf(simulator, 'sms/send', { ...plain, localid: '450' });
    const byLocalId = async () =>
      (await entriesOf(simulator, 'sms/statuslocalmessageid', { localid: '450' }))[0]?.status;
    await expect.poll(byLocalId, { interval: 5 }).toBe(10);
    await expect.poll(byLocalId, { interval: 5 }).toBe(100);
    expect(await statusOf(simulator, entry?.messageid)).toBe(10);
    await expect.poll(() => statusOf(simulator, entry?.messageid), { interval: 5 }).toBe(100);
  });

  test('the hour before is told, the hour after is not', async () => {
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

  test('an id nobody gave out is 100 and no error, five hundred at once', async () => {
    const simulator = await start();
    const messageid = Array.from({ length: 500 }, (_, index) => index + 1).join(',');
    const entries = await entriesOf(simulator, 'sms/status', { messageid });
    expect(entries).toHaveLength(500);
    expect(new Set(entries.map(({ status }) => status))).toEqual(new Set([100]));
  });

  test('of a phone, the messages of one day', async () => {
    const simulator = await start();
    const startdate = Math.floor(Date.now() / 1000) - 60;
    simulator.messages.push(
      messageIn(10, { messageid: '1' }),
      messageIn(11, { messageid: '2', receptor: NEIGHBOUR }),
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

describe('ids', () => {
  test('beyond 2^53 are bare numbers that JSON.parse spoils, and are found all the same', async () => {
    const simulator = await start();
    simulator.nextMessageId = 2n ** 53n + 1n;
    const { text } = await call(simulator, 'verify/lookup', lookup);
    expect(text).toContain('"messageid":9007199254740993,');
    expect((JSON.parse(text) as { entries: Entry[] }).entries[0]?.messageid).toBe(9007199254740992);
    const told = await call(simulator, 'sms/status', { messageid: '9007199254740993' });
    expect(told.text).toContain('{"messageid":9007199254740993,"status":5,');
    expect((await call(simulator, 'verify/lookup', lookup)).text).toContain('"messageid":9007199254740994,');
  });

  test('in a message’s text stay as they were written', async () => {
    const simulator = await start();
    const message = '"messageid":"1"';
    expect(await entriesOf(simulator, 'sms/send', { ...plain, message })).toMatchObject([{ message }]);
  });
});

describe('callbacks', () => {
  interface Told {
    method: string | undefined;
    search: string;
    contentType: string | undefined;
    body: string;
  }

  async function receive(encoding: Callback['encoding'], path: string) {
    const told: Told[] = [];
    const receiver = await serve((request, body, response) => {
      const { search } = new URL(request.url ?? '', 'http://localhost');
      told.push({ method: request.method, search, contentType: request.headers['content-type'], body });
      response.writeHead(200).end();
    });
    onTestFinished(() => receiver.close());
    const simulator = await start({ speed: 50 });
    simulator.callback = { url: `${receiver.url}${path}`, encoding };
    simulator.nextMessageId = 2n ** 53n + 1n;
    await resultOf(simulator, 'verify/lookup', lookup);
    await expect.poll(() => simulator.callbackAnswers).toEqual([200, 200]);
    return told;
  }

  test('in a query hold the id and the status of each step', async () => {
    expect(await receive('get', '/status?secret=s')).toEqual(
      [4, 10].map((status) => ({
        method: 'GET',
        search: `?secret=s&messageid=9007199254740993&status=${status}`,
        contentType: undefined,
        body: '',
      })),
    );
  });

  test('in a form hold more than that', async () => {
    const [, told] = await receive('form', '/status');
    expect(told).toMatchObject({ method: 'POST', search: '', contentType: 'application/x-www-form-urlencoded' });
    expect(Object.fromEntries(new URLSearchParams(told?.body))).toEqual({
      messageid: '9007199254740993',
      status: '10',
      statustext: 'رسیده به گیرنده',
      receptor: '09120000004',
      sender: String(SERVICE),
      date: expect.stringMatching(/^\d{10}$/),
    });
  });

  test('in JSON are as the recorded one is', async () => {
    const [, told] = await receive('json', '/status');
    const { body } = readFixture('kavenegar', 'callback.status.json').request;
    expect(told).toMatchObject({ method: 'POST', search: '', contentType: 'application/json' });
    expect(shape(told?.body ?? '')).toBe(shape(JSON.stringify(body)));
    expect(told?.body).toContain('"messageid":9007199254740993,');
  });

  test('still under way are given up when it is closed', async () => {
    const receiver = await serve(() => {});
    onTestFinished(() => receiver.close());
    const simulator = await startKavenegarSimulator({ speed: 50 });
    simulator.callback = { url: receiver.url, encoding: 'json' };
    simulator.defaultStatuses = [4];
    await resultOf(simulator, 'verify/lookup', lookup);
    await expect.poll(() => simulator.messages[0]?.status).toBe(4);
    await simulator.close();
    await expect.poll(() => simulator.callbackAnswers).toEqual([0]);
  });

  test('that nobody takes hold nothing up', async () => {
    const simulator = await start({ speed: 50 });
    const gone = await serve(() => {});
    await gone.close();
    simulator.callback = { url: gone.url, encoding: 'form' };
    await resultOf(simulator, 'verify/lookup', lookup);
    await expect.poll(() => simulator.callbackAnswers).toEqual([0, 0]);
    expect(simulator.messages[0]?.status).toBe(10);
  });
});

describe('when it fails', () => {
  test('a page, a hang-up and silence come as they are set, method by method, and send nothing', async () => {
    const simulator = await start();
    const page = '<html>502</html>';
    simulator.fault = { status: 502, body: page, contentType: 'text/html' };
    simulator.faults.set('verify/lookup', 'hang-up').set('sms/status', 'hang');
    expect(await call(simulator, 'sms/send', plain)).toEqual({ status: 502, contentType: 'text/html', text: page });
    await expect(call(simulator, 'verify/lookup', lookup)).rejects.toThrow('socket hang up');
    const url = `${simulator.url}/v1/${simulator.apiKey}/sms/status.json`;
    await expect(fetch(url, { signal: AbortSignal.timeout(50) })).rejects.toThrow('timeout');
    expect(simulator.messages).toEqual([]);
    expect(simulator.calls.map(({ method }) => method)).toEqual(['sms/send', 'verify/lookup', 'sms/status']);
  });

  test('a slow answer is a whole one', async () => {
    const simulator = await start();
    simulator.fault = { slowMs: 20 };
    const asked = performance.now();
    expect(await resultOf(simulator, 'verify/lookup', lookup)).toBe(200);
    expect(performance.now() - asked).toBeGreaterThan(15);
  });

  test('nothing moves once it is closed', async () => {
    const simulator = await startKavenegarSimulator({ speed: 1000 });
    simulator.statusDelayMs = 50_000;
    await resultOf(simulator, 'verify/lookup', lookup);
    await simulator.close();
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(simulator.messages[0]?.status).toBe(5);
  });
});
