import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { answerOf, fixtureNames, readFixture } from './read-fixture.js';
import {
  type MelipayamakSimulator,
  type MelipayamakMessage,
  type MelipayamakOptions,
  startMelipayamakSimulator,
} from './melipayamak.js';
import { isNight } from './melipayamak/is-night.js';
import { newRecId } from './melipayamak/rec-id.js';

const PHONE = '+989120000004';
const ADVERTISING = '50004000000001';
const SERVICE = '10009000000001';

interface Heard {
  status: number;
  contentType: string | null;
  text: string;
}

async function start(options?: MelipayamakOptions): Promise<MelipayamakSimulator> {
  const simulator = await startMelipayamakSimulator(options);
  onTestFinished(() => simulator.close());
  return simulator;
}

async function hear(response: Response): Promise<Heard> {
  return { status: response.status, contentType: response.headers.get('content-type'), text: await response.text() };
}

/** A call to the REST interface, with good credentials unless others are given. */
async function rest(
  simulator: MelipayamakSimulator,
  method: string,
  fields: Record<string, string> = {},
): Promise<Heard> {
  const { username, apiKey: password } = simulator;
  const body = new URLSearchParams({ username, password, ...fields });
  return hear(await fetch(`${simulator.url}/api/SendSMS/${method}`, { method: 'POST', body }));
}

async function value(
  simulator: MelipayamakSimulator,
  method: string,
  fields: Record<string, string> = {},
): Promise<string> {
  return (JSON.parse((await rest(simulator, method, fields)).text) as { Value: string }).Value;
}

async function console(
  simulator: MelipayamakSimulator,
  path: string,
  body: unknown,
  token = simulator.consoleToken,
): Promise<Heard> {
  const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return hear(await fetch(`${simulator.url}/api/${path}/${token}`, { ...json, body: text }));
}

const pattern = { bodyId: '524', to: '09120000004', text: '852596' };
const plain = { from: ADVERTISING, to: '09120000004', text: 'کد ورود شما: 852596\nلغو11', isFlash: 'false' };
const shared = { bodyId: 524, to: '09120000004', args: ['852596'] };

function messageIn(state: number, recId = '3741437414374143741'): MelipayamakMessage {
  return { recId, to: PHONE, text: '852596', from: SERVICE, kind: 'pattern', state, at: Date.now() };
}

/** What has to be so for a fixture's answer; what is returned goes into the request in place of what is recorded. */
const CIRCUMSTANCES: Record<string, (simulator: MelipayamakSimulator) => Record<string, string> | void> = {
  'BaseServiceNumber.ok': () => {},
  'BaseServiceNumber.err.0': () => ({ password: 'wrong' }),
  'BaseServiceNumber.err.m1': ({ flags }) => void (flags.disabled = true),
  'BaseServiceNumber.err.m2': () => ({ to: '09120000004,09120000005' }),
  'BaseServiceNumber.err.m4': ({ patterns }) => patterns.clear(),
  'BaseServiceNumber.err.m5': () => ({ text: '852596;1' }),
  'BaseServiceNumber.err.m7': (simulator) => void (simulator.refusal = -7),
  'BaseServiceNumber.err.m108': ({ flags }) => void (flags.blockedIp = true),
  'BaseServiceNumber.err.m109': ({ flags }) => void (flags.allowedIp = 'unset'),
  'BaseServiceNumber.err.m111': ({ flags }) => void (flags.allowedIp = 'other'),
  'GetBasePrice.ok': () => {},
  'GetCredit.badcreds': () => ({ password: 'wrong' }),
  ...Object.fromEntries(
    [0, 1, 2, 3, 5, 8, 16, 300, 400].map((state) => [
      `GetDeliveries2.${state}`,
      ({ messages }: MelipayamakSimulator) => void messages.push(messageIn(state)),
    ]),
  ),
  'GetUserNumbers.ok': () => {},
  'SendSMS.err.2': (simulator) => void (simulator.credit = 0.5),
  'SendSMS.err.3': (simulator) => void (simulator.refusal = 3),
  'SendSMS.err.4': (simulator) => void (simulator.refusal = 4),
  'SendSMS.err.5': ({ lines }) => void lines.delete(ADVERTISING),
  'SendSMS.err.7': ({ filteredWords }) => void filteredWords.add('ورود'),
  'SendSMS.err.9': ({ lines }) => void lines.set(ADVERTISING, 'public'),
  'SendSMS.err.10': ({ flags }) => void (flags.inactive = true),
  'SendSMS.err.11': (simulator) => void (simulator.refusal = 11),
  'SendSMS.err.13': () => ({ text: 'کد ورود شما: 852596.\nلغو11' }),
  'SendSMS.err.14': () => ({ text: 'https://auth.example.com\nلغو11' }),
  'SendSMS.err.16': () => ({ to: '' }),
  'SendSMS.err.17': () => ({ text: '' }),
  'SendSMS.ok.multi': () => {},
  'SendSMS.trap.value11': (simulator) => void (simulator.trap = true),
  'console.messages.ok'({ inbox }) {
    inbox.push({ number: ADVERTISING, sender: '09120000004', body: 'سلام', sendDate: '2026-11-20T15:30:00.123' });
  },
  'console.otp.fail': () => ({ token: 'wrong' }),
  'console.otp.ok': () => {},
  'console.shared.fail': (simulator) => void (simulator.refusal = 11),
  'console.shared.ok': () => {},
  'console.simple.fail.recipient': () => {},
  'console.status.ok': ({ messages }) => void messages.push(messageIn(1, '4964357668335355040')),
};

/** The recorded exchanges in which the provider is the one who answers. */
const ANSWERED = fixtureNames('melipayamak').filter((name) => !name.startsWith('inbound.'));

async function ask(
  simulator: MelipayamakSimulator,
  name: string,
  changes: Record<string, string> = {},
): Promise<Heard> {
  const { url, method, form, body } = readFixture('melipayamak', name).request;
  const { pathname } = new URL(url.replace('{token}', changes['token'] ?? simulator.consoleToken));
  return hear(
    await fetch(
      `${simulator.url}${pathname}`,
      form
        ? { method, body: new URLSearchParams({ ...form, ...changes }) }
        : { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
    ),
  );
}

/** An answer but for the ids and codes, which are new each time. */
function shape(text: string): string {
  return text.replaceAll(/\d{19}/g, 'RECID').replaceAll(/"code":"\d{6}"/g, 'CODE');
}

describe('what was recorded', () => {
  test('every exchange has its circumstances', () => {
    expect(Object.keys(CIRCUMSTANCES).toSorted()).toEqual(ANSWERED.toSorted());
  });

  test.each(ANSWERED)('%s is answered alike', async (name) => {
    const simulator = await start();
    const { status, headers, body } = answerOf(readFixture('melipayamak', name));
    const heard = await ask(simulator, name, CIRCUMSTANCES[name]?.(simulator) ?? {});
    expect({ ...heard, text: shape(heard.text) }).toEqual({
      status,
      contentType: headers['content-type'],
      text: shape(body),
    });
  });

  test('a replay gives the very bytes, and its own status', async () => {
    const simulator = await start();
    for (const name of ANSWERED) simulator.replay(name);
    for (const name of ANSWERED) {
      const { status, headers, body } = answerOf(readFixture('melipayamak', name));
      expect(await rest(simulator, 'GetCredit')).toEqual({ status, contentType: headers['content-type'], text: body });
    }
    expect(await value(simulator, 'GetCredit')).toBe('37414.5');
  });
});

describe('sending', () => {
  test('a pattern reaches the phone filled in, on the service line, and costs one SMS', async () => {
    const heard: MelipayamakMessage[] = [];
    const simulator = await start({ onMessage: (message) => heard.push(message) });
    simulator.patterns.set(9, { approved: true, text: '{0}: {1}\n@auth.example.com #{1}' });
    const recId = await value(simulator, 'BaseServiceNumber', { ...pattern, bodyId: '9', text: 'کد;852596' });
    expect(recId).toMatch(/^\d{19}$/);
    expect(simulator.messages).toMatchObject([{ recId, to: PHONE, from: SERVICE, kind: 'pattern', state: 400 }]);
    expect(simulator.sentTo(PHONE)).toEqual(['کد: 852596\n@auth.example.com #852596']);
    expect(heard).toEqual(simulator.messages);
    expect(await value(simulator, 'GetCredit')).toBe('37413.5');
  });

  test('JSON is taken as a form is', async () => {
    const simulator = await start();
    const { username, password } = simulator;
    const body = JSON.stringify({ ...pattern, bodyId: 524, username, password });
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const response = await fetch(`${simulator.url}/api/SendSMS/BaseServiceNumber`, { method: 'POST', headers, body });
    expect(await response.json()).toMatchObject({ RetStatus: 1, StrRetStatus: 'Ok' });
    expect(simulator.calls).toMatchObject([{ method: 'BaseServiceNumber', body: { bodyId: 524 } }]);
  });

  test('each of several recipients has an id and pays', async () => {
    const simulator = await start();
    const ids = (await value(simulator, 'SendSMS', { ...plain, to: '09120000004,09120000005' })).split(',');
    expect(simulator.messages.map(({ recId, to }) => [recId, to])).toEqual([
      [ids[0], PHONE],
      [ids[1], '+989120000005'],
    ]);
    expect(simulator.credit).toBe(37_412.5);
  });

  test('a long text in Persian is paid by the part of 67', async () => {
    const simulator = await start();
    await value(simulator, 'SendSMS', { ...plain, from: SERVICE, text: 'ک'.repeat(71) });
    expect(simulator.credit).toBe(37_412.5);
  });

  test('SendOtp brings our code from our line', async () => {
    const simulator = await start();
    const otp = { from: SERVICE, to: '09120000004', code: '852596' };
    await value(simulator, 'SendOtp', otp);
    expect(simulator.sentTo(PHONE)).toEqual([expect.stringContaining('852596')]);
    simulator.lines.delete(SERVICE);
    expect(await value(simulator, 'SendOtp', otp)).toBe('5');
  });

  test.each([
    ['+989120000004', '18'],
    ['989120000004', '18'],
    ['۰۹۱۲۰۰۰۰۰۰۴', '18'],
    ['09120000004,', '18'],
    ['77010000002', '18'],
  ])('%s is no mobile number here', async (to, code) => {
    const simulator = await start();
    expect(await value(simulator, 'BaseServiceNumber', { ...pattern, to })).toBe(code);
    expect(await value(simulator, 'SendSMS', { ...plain, to })).toBe(code);
    expect(simulator.messages).toEqual([]);
  });

  test('an advertising line wants لغو11 at the end, and so do several recipients on any line', async () => {
    const simulator = await start();
    const text = 'کد 852596';
    expect(await value(simulator, 'SendSMS', { ...plain, text })).toBe('15');
    expect(await value(simulator, 'SendSMS', { ...plain, text, from: SERVICE })).toMatch(/^\d{19}$/);
    const two = { ...plain, text, from: SERVICE, to: '09120000004,09120000005' };
    expect(await value(simulator, 'SendSMS', two)).toBe('15');
  });

  test('a full stop is a link on an advertising line only', async () => {
    const simulator = await start();
    const text = 'Code 852596.\nلغو11';
    expect(await value(simulator, 'SendSMS', { ...plain, text })).toBe('13');
    expect(await value(simulator, 'SendSMS', { ...plain, text, from: SERVICE })).toMatch(/^\d{19}$/);
  });

  test('a pattern takes neither a link in a variable, nor an approval that has not come', async () => {
    const simulator = await start();
    expect(await value(simulator, 'BaseServiceNumber', { ...pattern, text: 'auth.example.com' })).toBe('-10');
    simulator.patterns.set(524, { approved: false, text: '{0}' });
    expect(await value(simulator, 'BaseServiceNumber', pattern)).toBe('-4');
    simulator.lines.clear();
    simulator.patterns.set(524, { approved: true, text: '{0}' });
    expect(await value(simulator, 'BaseServiceNumber', pattern)).toBe('-3');
  });

  test('the trap says Ok and sends nothing', async () => {
    const simulator = await start();
    simulator.trap = true;
    const { text } = await rest(simulator, 'BaseServiceNumber', pattern);
    expect(text).toBe('{"Value":"11","RetStatus":1,"StrRetStatus":"Ok"}');
    expect((await console(simulator, 'send/shared', shared)).text).toContain('"recId":0,');
    expect(simulator.messages).toEqual([]);
    expect(simulator.credit).toBe(37_414.5);
  });
});

describe('the account', () => {
  test('the password opens as the API key does, until only the key may', async () => {
    const simulator = await start({ username: '9120000005', password: 'another-invented-password' });
    const { username, password } = simulator;
    expect(await value(simulator, 'GetCredit', { username, password })).toBe('37414.5');
    simulator.flags.apiKeyOnly = true;
    expect(await value(simulator, 'GetCredit', { username, password })).toBe('-110');
    expect(await value(simulator, 'GetCredit')).toBe('37414.5');
  });

  test('a blocked address hears nothing of whether its credentials are right', async () => {
    const simulator = await start();
    simulator.flags.blockedIp = true;
    expect(await value(simulator, 'GetCredit')).toBe('-108');
    expect(await value(simulator, 'GetCredit', { password: 'wrong' })).toBe('-108');
  });

  test('wrong credentials have no state to tell', async () => {
    const simulator = await start();
    expect((await rest(simulator, 'GetDeliveries2', { recId: '1', username: 'nobody' })).text).toBe(
      '{"Value":"0","RetStatus":0,"StrRetStatus":"InvalidData"}',
    );
  });

  test('incomplete documents stop sending, not asking', async () => {
    const simulator = await start();
    simulator.flags.documents = true;
    expect(await value(simulator, 'BaseServiceNumber', pattern)).toBe('12');
    expect((await console(simulator, 'send/shared', shared)).text).toContain('"recId":0,');
    expect(await value(simulator, 'GetBasePrice')).toBe('145');
  });
});

describe('on the way to the phone', () => {
  test('a message is in the list, with telecom, then delivered', async () => {
    const simulator = await start({ speed: 5 });
    const recId = await value(simulator, 'BaseServiceNumber', pattern);
    const states: string[] = [];
    while (states.at(-1) !== '1') states.push(await value(simulator, 'GetDeliveries2', { recId }));
    expect([...new Set(states)]).toEqual(['400', '0', '8', '1']);
  });

  test('a fate holds for its phone alone', async () => {
    const simulator = await start({ speed: 100 });
    simulator.statusesByPhone.set(PHONE, [0, 35]);
    simulator.statusesByPhone.set('+989120000005', [0]);
    await value(simulator, 'SendSMS', { ...plain, to: '09120000004,09120000005,09120000006' });
    await expect.poll(() => simulator.messages.map(({ state }) => state)).toEqual([35, 0, 1]);
  });

  test('of a recId nobody gave out nothing is known', async () => {
    expect(await value(await start(), 'GetDeliveries2', { recId: '1234567890123456789' })).toBe('100');
  });
});

describe('at night', () => {
  afterEach(() => void vi.useRealTimers());

  test('an advertising line accepts and never delivers; a service line delivers', async () => {
    const simulator = await start({ speed: 100 });
    simulator.night = true;
    simulator.statusesByPhone.set('+989120000005', [0, 2]);
    const to = '09120000004,09120000005';
    expect(await value(simulator, 'SendSMS', { ...plain, to })).toMatch(/^\d{19},\d{19}$/);
    await value(simulator, 'BaseServiceNumber', pattern);
    await expect.poll(() => simulator.messages.map(({ state }) => state)).toEqual([16, 2, 1]);
    expect(simulator.messages.map(({ from }) => from)).toEqual([ADVERTISING, ADVERTISING, SERVICE]);
  });

  test.each([
    ['2026-11-20T04:29:59Z', true], // 07:59:59 in Tehran, UTC+3:30
    ['2026-11-20T04:30:00Z', false],
    ['2026-11-20T18:29:59Z', false],
    ['2026-11-20T18:30:00Z', true],
    ['2026-11-20T20:30:00Z', true],
  ])('%s: waiting is %s', (at, waiting) => {
    expect(isNight(Date.parse(at))).toBe(waiting);
  });

  test.each([
    ['2026-11-20T12:00:00Z', 1],
    ['2026-11-20T22:00:00Z', 16],
  ])('by the clock, a message of %s ends in state %i', async (at, state) => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date(at) });
    const simulator = await start({ speed: 100 });
    simulator.night = 'by clock';
    await value(simulator, 'SendSMS', plain);
    await expect.poll(() => simulator.messages[0]?.state).toBe(state);
  });
});

describe('the console', () => {
  test('the recId is a bare number that JSON.parse spoils', async () => {
    const simulator = await start();
    const { text } = await console(simulator, 'send/shared', shared);
    const recId = simulator.messages[0]?.recId;
    expect(text).toBe(`{"recId":${recId},"status":"عملیات موفق"}`);
    expect(String(BigInt((JSON.parse(text) as { recId: number }).recId))).not.toBe(recId);
    expect(simulator.sentTo(PHONE)).toEqual(['کد ورود: 852596']);
    const ids = Array.from({ length: 300 }, newRecId);
    expect(ids.filter((id) => BigInt(Number(id)) === BigInt(id))).toEqual([]);
    expect(new Set(ids).size).toBe(300);
  });

  test('states are told of text ids and of bare ones', async () => {
    const simulator = await start();
    simulator.messages.push(messageIn(8), messageIn(35, '4964357668335355040'));
    const { text } = await console(
      simulator,
      'receive/status',
      '{"recIds":["3741437414374143741",4964357668335355040,"1234567890123456789"]}',
    );
    expect(text).toBe(
      '{"results":["رسیده به مخابرات","لیست سیاه","نامشخص"],"resultsAsCode":[8,35,100],"status":"عملیات موفق"}',
    );
  });

  test('no more than a hundred states are told at once', async () => {
    const simulator = await start();
    const recIds = Array.from({ length: 101 }, () => '3741437414374143741');
    expect((await console(simulator, 'receive/status', { recIds })).text).toContain('"resultsAsCode":[],');
    expect((await console(simulator, 'receive/status', { recIds: recIds.slice(1) })).text).toContain('100');
  });

  test('a bodyId in quotes and variables that do not fit are refused with 200 and recId 0', async () => {
    const simulator = await start();
    for (const wrong of [{ bodyId: '524' }, { args: [] }, { args: ['1', '2'] }, { to: '+989120000004' }]) {
      const { status, text } = await console(simulator, 'send/shared', { ...shared, ...wrong });
      expect({ status, text }).toEqual({
        status: 200,
        text: expect.stringMatching(/^\{"recId":0,"status":"[^"]+"\}$/),
      });
    }
    expect(simulator.messages).toEqual([]);
  });

  test('send/otp invents the code it sends', async () => {
    const simulator = await start();
    const { code } = JSON.parse((await console(simulator, 'send/otp', { to: '09120000004' })).text) as { code: string };
    expect(simulator.sentTo(PHONE)).toEqual([expect.stringContaining(code)]);
  });

  test('the credit is asked for with GET', async () => {
    const simulator = await start();
    const url = `${simulator.url}/api/receive/credit/${simulator.consoleToken}`;
    expect((await hear(await fetch(url))).text).toBe('{"amount":37414,"status":""}');
    expect((await fetch(url, { method: 'POST' })).status).toBe(405);
  });

  test('a wrong token gets 401 and a page, and sends nothing', async () => {
    const simulator = await start();
    const { status, contentType, text } = await console(simulator, 'send/shared', shared, 'wrong');
    expect({ status, contentType }).toEqual({ status: 401, contentType: 'text/html; charset=utf-8' });
    expect(text).toContain('<html>');
    expect(simulator.messages).toEqual([]);
    expect(simulator.calls).toEqual([{ method: 'send/shared', body: shared }]);
  });
});

describe('when it fails', () => {
  test('a page, an empty body and a hang-up come as they are set, method by method, and send nothing', async () => {
    const simulator = await start();
    const page = '<html>502</html>';
    simulator.fault = { status: 502, body: page, contentType: 'text/html' };
    simulator.faults.set('BaseServiceNumber', { status: 200, body: '' });
    simulator.faults.set('SendSMS', 'hang-up');
    expect(await rest(simulator, 'GetCredit')).toEqual({ status: 502, contentType: 'text/html', text: page });
    expect(await rest(simulator, 'BaseServiceNumber', pattern)).toMatchObject({ status: 200, text: '' });
    await expect(rest(simulator, 'SendSMS', plain)).rejects.toThrow('fetch failed');
    expect(simulator.messages).toEqual([]);
    expect(simulator.calls.map(({ method }) => method)).toEqual(['GetCredit', 'BaseServiceNumber', 'SendSMS']);
  });

  test('a replay waits for a call that no fault takes', async () => {
    const simulator = await start();
    simulator.replay('BaseServiceNumber.err.m4');
    simulator.fault = 'hang-up';
    await expect(rest(simulator, 'BaseServiceNumber', pattern)).rejects.toThrow('fetch failed');
    simulator.fault = { slowMs: 5 };
    expect(await value(simulator, 'BaseServiceNumber', pattern)).toBe('-4');
    expect(await value(simulator, 'BaseServiceNumber', pattern)).toMatch(/^\d{19}$/);
  });

  test('a method nobody offers is not found', async () => {
    const simulator = await start();
    expect((await rest(simulator, 'NoSuchMethod')).status).toBe(404);
    expect((await console(simulator, 'send/toString', {})).status).toBe(404);
    expect((await fetch(`${simulator.url}/api/SendSMS/SendSMS`)).status).toBe(405);
  });
});
