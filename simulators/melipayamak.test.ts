import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createManualClock } from './clock.js';
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

interface Answer {
  status: number;
  contentType: string | null;
  text: string;
}

const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 10_000, interval: 5 });

async function start(options?: MelipayamakOptions): Promise<MelipayamakSimulator> {
  const simulator = await startMelipayamakSimulator(options);
  onTestFinished(() => simulator.close());
  return simulator;
}

async function readAnswer(response: Response): Promise<Answer> {
  return { status: response.status, contentType: response.headers.get('content-type'), text: await response.text() };
}

/** A call to the REST API, with valid credentials unless others are given. */
async function rest(
  simulator: MelipayamakSimulator,
  method: string,
  fields: Record<string, string> = {},
): Promise<Answer> {
  const { username, apiKey: password } = simulator;
  const body = new URLSearchParams({ username, password, ...fields });
  return readAnswer(await fetch(`${simulator.url}/api/SendSMS/${method}`, { method: 'POST', body }));
}

async function value(
  simulator: MelipayamakSimulator,
  method: string,
  fields: Record<string, string> = {},
): Promise<string> {
  return (JSON.parse((await rest(simulator, method, fields)).text) as { Value: string }).Value;
}

/** A call to the console API, with the right token unless another is given. */
async function console(
  simulator: Pick<MelipayamakSimulator, 'url' | 'consoleToken'>,
  path: string,
  body: unknown,
): Promise<Answer> {
  const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return readAnswer(await fetch(`${simulator.url}/api/${path}/${simulator.consoleToken}`, { ...json, body: text }));
}

const pattern = { bodyId: '524', to: '09120000004', text: '852596' };
const plain = { from: ADVERTISING, to: '09120000004', text: 'کد ورود شما: 852596\nلغو11', isFlash: 'false' };
const shared = { bodyId: 524, to: '09120000004', args: ['852596'] };

function messageIn(state: number, recId = '3741437414374143741'): MelipayamakMessage {
  return { recId, to: PHONE, text: '852596', from: SERVICE, kind: 'pattern', state, at: Date.now() };
}

/** Prepares the simulator for a fixture's answer. Returned fields replace those of the recorded request. */
const PREPARATIONS: Record<string, (simulator: MelipayamakSimulator) => Record<string, string> | void> = {
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

/** The recorded exchanges in which the gateway sends the request. */
const FIXTURES = fixtureNames('melipayamak').filter((name) => !name.startsWith('inbound.'));

async function sendFixture(
  simulator: MelipayamakSimulator,
  name: string,
  changes: Record<string, string> = {},
): Promise<Answer> {
  const { url, method, form, body } = readFixture('melipayamak', name).request;
  const { pathname } = new URL(url.replace('{token}', changes['token'] ?? simulator.consoleToken));
  return readAnswer(
    await fetch(
      `${simulator.url}${pathname}`,
      form
        ? { method, body: new URLSearchParams({ ...form, ...changes }) }
        : { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
    ),
  );
}

/** Replaces the IDs and codes of an answer, which are always new. */
function withoutIds(text: string): string {
  return text.replaceAll(/\d{19}/g, 'RECID').replaceAll(/"code":"\d{6}"/g, 'CODE');
}

describe('a recorded request', () => {
  test('has a preparation, each of them', () => {
    expect(Object.keys(PREPARATIONS).toSorted()).toEqual(FIXTURES.toSorted());
  });

  test.each(FIXTURES)('gets the recorded answer: %s', async (name) => {
    const simulator = await start();
    const { status, headers, body } = answerOf(readFixture('melipayamak', name));
    const answer = await sendFixture(simulator, name, PREPARATIONS[name]?.(simulator) ?? {});
    expect({ ...answer, text: withoutIds(answer.text) }).toEqual({
      status,
      contentType: headers['content-type'],
      text: withoutIds(body),
    });
  });

  test('can be replayed: the bytes and the status of the fixture', async () => {
    const simulator = await start();
    for (const name of FIXTURES) simulator.replay(name);
    for (const name of FIXTURES) {
      const { status, headers, body } = answerOf(readFixture('melipayamak', name));
      expect(await rest(simulator, 'GetCredit')).toEqual({ status, contentType: headers['content-type'], text: body });
    }
    expect(await value(simulator, 'GetCredit')).toBe('37414.5');
  });
});

describe('sending', () => {
  test('fills in a pattern, sends it from the service line and costs one SMS', async () => {
    const sent: MelipayamakMessage[] = [];
    const simulator = await start({ onMessage: (message) => sent.push(message) });
    simulator.patterns.set(9, { approved: true, text: '{0}: {1}\n@auth.example.com #{1}' });
    const recId = await value(simulator, 'BaseServiceNumber', { ...pattern, bodyId: '9', text: 'کد;852596' });
    expect(recId).toMatch(/^\d{19}$/);
    expect(simulator.messages).toMatchObject([{ recId, to: PHONE, from: SERVICE, kind: 'pattern', state: 400 }]);
    expect(simulator.sentTo(PHONE)).toEqual(['کد: 852596\n@auth.example.com #852596']);
    expect(sent).toEqual(simulator.messages);
    expect(await value(simulator, 'GetCredit')).toBe('37413.5');
  });

  test('accepts JSON as well as a form', async () => {
    const simulator = await start();
    const { username, password } = simulator;
    const body = JSON.stringify({ ...pattern, bodyId: 524, username, password });
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const response = await fetch(`${simulator.url}/api/SendSMS/BaseServiceNumber`, { method: 'POST', headers, body });
    expect(await response.json()).toMatchObject({ RetStatus: 1, StrRetStatus: 'Ok' });
    expect(simulator.calls).toMatchObject([{ method: 'BaseServiceNumber', body: { bodyId: 524 } }]);
  });

  test('to several recipients returns an ID and costs one SMS for each', async () => {
    const simulator = await start();
    const ids = (await value(simulator, 'SendSMS', { ...plain, to: '09120000004,09120000005' })).split(',');
    expect(simulator.messages.map(({ recId, to }) => [recId, to])).toEqual([
      [ids[0], PHONE],
      [ids[1], '+989120000005'],
    ]);
    expect(simulator.credit).toBe(37_412.5);
  });

  test('bills a long Persian text in parts of 67 characters', async () => {
    const simulator = await start();
    await value(simulator, 'SendSMS', { ...plain, from: SERVICE, text: 'ک'.repeat(71) });
    expect(simulator.credit).toBe(37_412.5);
  });

  test('by SendOtp sends the code from the given line', async () => {
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
  ])('refuses the phone %s with %s', async (to, code) => {
    const simulator = await start();
    expect(await value(simulator, 'BaseServiceNumber', { ...pattern, to })).toBe(code);
    expect(await value(simulator, 'SendSMS', { ...plain, to })).toBe(code);
    expect(simulator.messages).toEqual([]);
  });

  test('requires لغو11 at the end from an advertising line, and to several recipients from any line', async () => {
    const simulator = await start();
    const text = 'کد 852596';
    expect(await value(simulator, 'SendSMS', { ...plain, text })).toBe('15');
    expect(await value(simulator, 'SendSMS', { ...plain, text, from: SERVICE })).toMatch(/^\d{19}$/);
    const two = { ...plain, text, from: SERVICE, to: '09120000004,09120000005' };
    expect(await value(simulator, 'SendSMS', two)).toBe('15');
  });

  test('refuses a full stop as a link from an advertising line only', async () => {
    const simulator = await start();
    const text = 'Code 852596.\nلغو11';
    expect(await value(simulator, 'SendSMS', { ...plain, text })).toBe('13');
    expect(await value(simulator, 'SendSMS', { ...plain, text, from: SERVICE })).toMatch(/^\d{19}$/);
  });

  test('refuses a link in a variable, a pattern without approval and an account without a service line', async () => {
    const simulator = await start();
    expect(await value(simulator, 'BaseServiceNumber', { ...pattern, text: 'auth.example.com' })).toBe('-10');
    simulator.patterns.set(524, { approved: false, text: '{0}' });
    expect(await value(simulator, 'BaseServiceNumber', pattern)).toBe('-4');
    simulator.lines.clear();
    simulator.patterns.set(524, { approved: true, text: '{0}' });
    expect(await value(simulator, 'BaseServiceNumber', pattern)).toBe('-3');
  });

  test('with `trap` answers Ok and sends no message', async () => {
    const simulator = await start();
    simulator.trap = true;
    const { text } = await rest(simulator, 'BaseServiceNumber', pattern);
    expect(text).toBe('{"Value":"11","RetStatus":1,"StrRetStatus":"Ok"}');
    expect((await console(simulator, 'send/shared', shared)).text).toContain('"recId":0,');
    expect(simulator.messages).toEqual([]);
    expect(simulator.credit).toBe(37_414.5);
  });
});

describe('access', () => {
  test('is by password or API key, or by API key only', async () => {
    const simulator = await start({ username: '9120000005', password: 'another-invented-password' });
    const { username, password } = simulator;
    expect(await value(simulator, 'GetCredit', { username, password })).toBe('37414.5');
    simulator.flags.apiKeyOnly = true;
    expect(await value(simulator, 'GetCredit', { username, password })).toBe('-110');
    expect(await value(simulator, 'GetCredit')).toBe('37414.5');
  });

  test('from a blocked IP address is refused, with right and with wrong credentials', async () => {
    const simulator = await start();
    simulator.flags.blockedIp = true;
    expect(await value(simulator, 'GetCredit')).toBe('-108');
    expect(await value(simulator, 'GetCredit', { password: 'wrong' })).toBe('-108');
  });

  test('with wrong credentials gets no delivery state', async () => {
    const simulator = await start();
    expect((await rest(simulator, 'GetDeliveries2', { recId: '1', username: 'nobody' })).text).toBe(
      '{"Value":"0","RetStatus":0,"StrRetStatus":"InvalidData"}',
    );
  });

  test('with incomplete documents allows queries but no messages', async () => {
    const simulator = await start();
    simulator.flags.documents = true;
    expect(await value(simulator, 'BaseServiceNumber', pattern)).toBe('12');
    expect((await console(simulator, 'send/shared', shared)).text).toContain('"recId":0,');
    expect(await value(simulator, 'GetBasePrice')).toBe('145');
  });
});

describe('the delivery of a message', () => {
  test('goes through queued, sent to telecom, received by telecom and delivered', async () => {
    const clock = createManualClock();
    const simulator = await start({ clock });
    const recId = await value(simulator, 'BaseServiceNumber', pattern);
    const states: string[] = [];
    for (let step = 0; step < 5; step += 1) {
      states.push(await value(simulator, 'GetDeliveries2', { recId }));
      clock.advance(simulator.statusDelayMs);
    }
    expect(states).toEqual(['400', '0', '8', '1', '1']);
  });

  test('has the states set for its phone', async () => {
    const simulator = await start({ speed: 100 });
    simulator.statusesByPhone.set(PHONE, [0, 35]);
    simulator.statusesByPhone.set('+989120000005', [0]);
    await value(simulator, 'SendSMS', { ...plain, to: '09120000004,09120000005,09120000006' });
    await eventually(() => simulator.messages.map(({ state }) => state)).toEqual([35, 0, 1]);
  });

  test('is unknown for an unknown recId', async () => {
    expect(await value(await start(), 'GetDeliveries2', { recId: '1234567890123456789' })).toBe('100');
  });
});

describe('at night', () => {
  afterEach(() => void vi.useRealTimers());

  test('an advertising line accepts but does not deliver, and a service line delivers', async () => {
    const simulator = await start({ speed: 100 });
    simulator.night = true;
    simulator.statusesByPhone.set('+989120000005', [0, 2]);
    const to = '09120000004,09120000005';
    expect(await value(simulator, 'SendSMS', { ...plain, to })).toMatch(/^\d{19},\d{19}$/);
    await value(simulator, 'BaseServiceNumber', pattern);
    await eventually(() => simulator.messages.map(({ state }) => state)).toEqual([16, 2, 1]);
    expect(simulator.messages.map(({ from }) => from)).toEqual([ADVERTISING, ADVERTISING, SERVICE]);
  });

  test.each([
    ['2026-11-20T04:29:59Z', true], // 07:59:59 in Tehran, UTC+3:30
    ['2026-11-20T04:30:00Z', false],
    ['2026-11-20T18:29:59Z', false],
    ['2026-11-20T18:30:00Z', true],
    ['2026-11-20T20:30:00Z', true],
  ])('isNight at %s is %s', (at, waiting) => {
    expect(isNight(Date.parse(at))).toBe(waiting);
  });

  test.each([
    ['2026-11-20T12:00:00Z', 1],
    ['2026-11-20T22:00:00Z', 16],
  ])('by the clock, a message at %s ends in state %i', async (at, state) => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date(at) });
    const simulator = await start({ speed: 100 });
    simulator.night = 'by clock';
    await value(simulator, 'SendSMS', plain);
    await eventually(() => simulator.messages[0]?.state).toBe(state);
  });
});

describe('the console API', () => {
  test('returns a recId as a number that JSON.parse rounds', async () => {
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

  test('accepts IDs as strings and as numbers', async () => {
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

  test('returns at most a hundred states at once', async () => {
    const simulator = await start();
    const recIds = Array.from({ length: 101 }, () => '3741437414374143741');
    expect((await console(simulator, 'receive/status', { recIds })).text).toContain('"resultsAsCode":[],');
    expect((await console(simulator, 'receive/status', { recIds: recIds.slice(1) })).text).toContain('100');
  });

  test('answers 200 and recId 0 to a bodyId in quotes, wrong variables or a wrong phone', async () => {
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

  test('send/otp makes the code that it sends', async () => {
    const simulator = await start();
    const { code } = JSON.parse((await console(simulator, 'send/otp', { to: '09120000004' })).text) as { code: string };
    expect(simulator.sentTo(PHONE)).toEqual([expect.stringContaining(code)]);
  });

  test('returns the credit by GET', async () => {
    const simulator = await start();
    const url = `${simulator.url}/api/receive/credit/${simulator.consoleToken}`;
    expect((await readAnswer(await fetch(url))).text).toBe('{"amount":37414,"status":""}');
    expect((await fetch(url, { method: 'POST' })).status).toBe(405);
  });

  test('answers a wrong token with 401 and a page, and sends no message', async () => {
    const simulator = await start();
    const { status, contentType, text } = await console({ ...simulator, consoleToken: 'wrong' }, 'send/shared', shared);
    expect({ status, contentType }).toEqual({ status: 401, contentType: 'text/html; charset=utf-8' });
    expect(text).toContain('<html>');
    expect(simulator.messages).toEqual([]);
    expect(simulator.calls).toEqual([{ method: 'send/shared', body: shared }]);
  });
});

describe('a fault', () => {
  test('is set for all methods or for one, and no message is sent', async () => {
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

  test('takes precedence over a replay', async () => {
    const simulator = await start();
    simulator.replay('BaseServiceNumber.err.m4');
    simulator.fault = 'hang-up';
    await expect(rest(simulator, 'BaseServiceNumber', pattern)).rejects.toThrow('fetch failed');
    simulator.fault = { slowMs: 5 };
    expect(await value(simulator, 'BaseServiceNumber', pattern)).toBe('-4');
    expect(await value(simulator, 'BaseServiceNumber', pattern)).toMatch(/^\d{19}$/);
  });

  test('is 404 for an unknown method and 405 for a wrong verb', async () => {
    const simulator = await start();
    expect((await rest(simulator, 'NoSuchMethod')).status).toBe(404);
    expect((await console(simulator, 'send/toString', {})).status).toBe(404);
    expect((await fetch(`${simulator.url}/api/SendSMS/SendSMS`)).status).toBe(405);
  });
});
