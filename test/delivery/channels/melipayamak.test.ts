import { afterEach, describe, expect, test } from 'vitest';
import type { Config } from '../../../src/config/config.js';
import type { Channel } from '../../../src/delivery/channels/channel.js';
import { readMelipayamakAccount } from '../../../src/delivery/channels/melipayamak/account.js';
import { createMelipayamakChannel } from '../../../src/delivery/channels/melipayamak/index.js';
import { fixtureNames } from '../../../simulators/read-fixture.js';
import { type MelipayamakSimulator, startMelipayamakSimulator } from '../../../simulators/melipayamak.js';
import { serve } from '../../../simulators/serve.js';
import { CODE, IRANIAN, expectNothingSecret, messageTo } from './message.js';
import { MISBEHAVIOURS } from './misbehaviours.js';

const toClose: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(toClose.splice(0).map((close) => close()));
});

const DAY = () => new Date('2026-11-20T08:00:00Z'); // 11:30 in Tehran
const NIGHT = () => new Date('2026-11-20T20:00:00Z'); // 23:30
const ADVERTISING_LINE = '50004000000001';

/** The ways to configure the channel. */
type Setup = 'pattern' | 'plain' | 'pattern, else plain' | 'console' | 'console, else REST';

function configOf(
  simulator: Pick<MelipayamakSimulator, 'url' | 'username' | 'password' | 'consoleToken'>,
  setup: Setup,
) {
  const hasRest = setup !== 'console';
  const byConsole = setup.startsWith('console');
  const hasLine = setup.includes('plain') || setup === 'console, else REST';
  return {
    url: simulator.url,
    consoleUrl: simulator.url,
    username: hasRest ? simulator.username : undefined,
    password: hasRest ? simulator.password : undefined,
    consoleToken: byConsole ? simulator.consoleToken : undefined,
    bodyId: setup === 'plain' ? undefined : '524',
    sender: hasLine ? ADVERTISING_LINE : undefined,
  } satisfies Config['melipayamak'];
}

async function start(setup: Setup = 'pattern', now = DAY) {
  const simulator = await startMelipayamakSimulator();
  toClose.push(simulator.close);
  return { simulator, channel: createMelipayamakChannel(configOf(simulator, setup), { now }) as Channel };
}

const send = (channel: Channel, message = messageTo(IRANIAN), signal = AbortSignal.timeout(5_000)) =>
  channel.send(message, signal);
const receiptsOf = (channel: Channel, ids: string[]) => channel.receiptsOf?.(ids) ?? Promise.reject(new Error('none'));
const secretsOf = ({ url, username, password, consoleToken }: MelipayamakSimulator) => [
  url,
  username,
  password,
  consoleToken,
];
const methodsOf = ({ calls }: MelipayamakSimulator) => calls.map(({ method }) => method);
const recorded = (method: string) => fixtureNames('melipayamak').filter((name) => name.startsWith(`${method}.`));
const refused = (failure: string, detail: string, retry = false) => ({ outcome: 'failed', failure, retry, detail });

describe('sending a code by pattern, by recorded answer', () => {
  const ANSWERS: Record<string, object> = {
    'BaseServiceNumber.ok': { outcome: 'accepted', providerId: '3741437414374143741', template: '524' },
    'BaseServiceNumber.err.0': refused('authentication', '0'),
    'BaseServiceNumber.err.m1': refused('account_restricted', '-1'),
    'BaseServiceNumber.err.m2': refused('unknown', '-2'),
    'BaseServiceNumber.err.m4': refused('template_rejected', '-4'),
    'BaseServiceNumber.err.m5': refused('template_rejected', '-5'),
    'BaseServiceNumber.err.m7': refused('sender_rejected', '-7'),
    'BaseServiceNumber.err.m108': refused('account_restricted', '-108'),
    'BaseServiceNumber.err.m109': refused('account_restricted', '-109'),
    'BaseServiceNumber.err.m111': refused('account_restricted', '-111'),
  };

  test('every recorded answer has an expected result', () => {
    expect(Object.keys(ANSWERS).toSorted()).toEqual(recorded('BaseServiceNumber').toSorted());
  });

  test.each(Object.entries(ANSWERS))('%s gives the expected result', async (name, expected) => {
    const { simulator, channel } = await start('pattern');
    simulator.replay(name);
    const result = await send(channel);
    expect(result).toEqual(expected);
    expect(methodsOf(simulator)).toEqual(['BaseServiceNumber']);
    expectNothingSecret(result, secretsOf(simulator));
  });
});

describe('sending a plain text, by recorded answer', () => {
  const ANSWERS: Record<string, object> = {
    'SendSMS.ok.multi': refused('unknown', 'unreadable answer'), // an answer to several recipients
    'SendSMS.trap.value11': refused('unknown', '11'), // RetStatus 1 and "Ok", but not sent
    'SendSMS.err.2': refused('insufficient_credit', '2'),
    'SendSMS.err.3': refused('rate_limited', '3'),
    'SendSMS.err.4': refused('rate_limited', '4'),
    'SendSMS.err.5': refused('sender_rejected', '5'),
    'SendSMS.err.7': refused('template_rejected', '7'),
    'SendSMS.err.9': refused('sender_rejected', '9'),
    'SendSMS.err.10': refused('account_restricted', '10'),
    'SendSMS.err.11': refused('unknown', '11'),
    'SendSMS.err.13': refused('template_rejected', '13'),
    'SendSMS.err.14': refused('template_rejected', '14'),
    'SendSMS.err.16': refused('unknown', '16'),
    'SendSMS.err.17': refused('template_rejected', '17'),
    // Both methods have the same codes.
    'BaseServiceNumber.ok': { outcome: 'accepted', providerId: '3741437414374143741', segments: 1 },
    'BaseServiceNumber.err.m1': refused('account_restricted', '-1'),
  };

  test('every recorded answer has an expected result', () => {
    expect(Object.keys(ANSWERS)).toEqual(expect.arrayContaining(recorded('SendSMS')));
  });

  test.each(Object.entries(ANSWERS))('%s gives the expected result', async (name, expected) => {
    const { simulator, channel } = await start('plain');
    simulator.replay(name);
    const result = await send(channel);
    expect(result).toEqual(expected);
    expect(methodsOf(simulator)).toEqual(['SendSMS']);
    expectNothingSecret(result, secretsOf(simulator));
  });
});

describe('sending by the console, by recorded answer', () => {
  test.each([
    ['console.shared.ok', { outcome: 'accepted', providerId: '4964357668335355040', template: '524' }],
    ['console.shared.fail', refused('unknown', 'refused without a code')],
    ['console.simple.fail.recipient', refused('unknown', 'refused without a code')],
    ['console.otp.fail', refused('unknown', 'unreadable answer')],
    ['console.otp.ok', refused('unknown', 'unreadable answer')],
  ])('%s gives the expected result', async (name, expected) => {
    const { simulator, channel } = await start('console');
    simulator.replay(name);
    const result = await send(channel);
    expect(result).toEqual(expected);
    expect(methodsOf(simulator)).toEqual(['send/shared']);
    expectNothingSecret(result, [...secretsOf(simulator), '852596']);
  });
});

describe.each<Setup>(['pattern', 'plain', 'console'])('sending by %s when Melipayamak', (setup) => {
  test.each(Object.entries(MISBEHAVIOURS))('%s, fails without showing a secret', async (_, { fault, expected }) => {
    const { simulator, channel } = await start(setup);
    simulator.fault = fault;
    const result = await send(channel);
    expect(result).toMatchObject({ outcome: 'failed', ...expected });
    expect(simulator.calls).toHaveLength(1);
    expectNothingSecret(result, secretsOf(simulator));
  });

  test.each([401, 403])('answers HTTP %i, fails with authentication', async (status) => {
    const { simulator, channel } = await start(setup);
    simulator.fault = { status, body: '' };
    expect(await send(channel)).toEqual(refused('authentication', `HTTP ${status}`));
  });

  test('never answers, ends with the signal', async () => {
    const { simulator, channel } = await start(setup);
    simulator.fault = 'hang';
    const startedAt = performance.now();
    expect(await send(channel, messageTo(IRANIAN), AbortSignal.timeout(100))).toEqual(refused('timeout', 'no answer'));
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });

  test('cannot be reached, may be retried', async () => {
    const { simulator, channel } = await start(setup);
    await simulator.close();
    const result = await send(channel);
    expect(result).toMatchObject({ outcome: 'failed', failure: 'channel_down', retry: true });
    expectNothingSecret(result, secretsOf(simulator));
  });

  test.each([
    ['null', { Value: null, RetStatus: 1, StrRetStatus: 'Ok', recId: null }],
    ['the code', { Value: CODE, RetStatus: 1, StrRetStatus: 'Ok', recId: 0, status: CODE, code: CODE }],
    ['the text', { Value: `Your code: ${CODE}`, RetStatus: 35, StrRetStatus: CODE, recId: -1 }],
    ['the name of a property of every object', { Value: 'constructor', RetStatus: 1, recId: 'constructor' }],
  ])('answers with %s instead of an ID, fails without showing a secret', async (_, body) => {
    const { simulator, channel } = await start(setup);
    simulator.fault = { status: 200, body: JSON.stringify(body) };
    const result = await send(channel);
    expect(result).toMatchObject({ outcome: 'failed', failure: 'unknown', retry: false });
    expectNothingSecret(result, secretsOf(simulator));
  });

  test('answers with an ID of 19 digits, keeps it exactly', async () => {
    const { simulator, channel } = await start(setup);
    const result = await send(channel);
    expect(result).toMatchObject({ outcome: 'accepted', providerId: simulator.messages[0]?.recId });
    expect(simulator.messages[0]?.recId).toMatch(/^\d{19}$/);
  });
});

describe('sending by REST', () => {
  test.each([
    [
      'accepts a bare number, as old versions answer',
      '3741437414374143741',
      { outcome: 'accepted', providerId: '3741437414374143741' },
    ],
    [
      'accepts a bare number in quotes, as old versions answer',
      '"3741437414374143741"',
      { providerId: '3741437414374143741' },
    ],
    ['reads a bare code, as old versions answer', '2', refused('insufficient_credit', '2')],
    [
      'accepts an ID without quotes',
      '{"Value":3741437414374143741,"RetStatus":1}',
      { providerId: '3741437414374143741' },
    ],
    [
      'accepts an ID with spaces',
      '{"Value":" 3741437414374143741\\r\\n","RetStatus":1}',
      { providerId: '3741437414374143741' },
    ],
    ['may be retried during an update', '{"Value":"6","RetStatus":6}', refused('channel_down', '6', true)],
    ['may be retried after an internal error', '{"Value":"-6","RetStatus":35}', refused('channel_down', '-6', true)],
    ['reads an invalid phone', '{"Value":"18","RetStatus":18}', refused('invalid_number', '18')],
  ])('%s', async (_, body, expected) => {
    const { simulator, channel } = await start('pattern');
    simulator.fault = { status: 200, body };
    expect(await send(channel)).toMatchObject(expected);
  });
});

describe('the request', () => {
  async function seenBy(setup: Setup, changes: Parameters<typeof messageTo>[1] = {}) {
    const seen: { method?: string; url?: string; type?: string; body: string }[] = [];
    const { url, close } = await serve((request, body, response) => {
      const { method = '', url = '', headers } = request;
      seen.push({ method, url, type: headers['content-type'] ?? '', body });
      response.end('{}');
    });
    toClose.push(close);
    const config = configOf({ url, username: 'user', password: 'pass & word', consoleToken: 'token' }, setup);
    await send(createMelipayamakChannel(config, { now: DAY }) as Channel, messageTo(IRANIAN, changes));
    return seen.map(({ body, ...rest }) => ({
      ...rest,
      body: setup === 'console' ? (JSON.parse(body) as unknown) : Object.fromEntries(new URLSearchParams(body)),
    }));
  }
  const FORM = 'application/x-www-form-urlencoded; charset=utf-8';
  const account = { username: 'user', password: 'pass & word' };

  test('for a pattern is a POST of a form with the code', async () => {
    expect(await seenBy('pattern')).toEqual([
      {
        method: 'POST',
        url: '/api/SendSMS/BaseServiceNumber',
        type: FORM,
        body: { ...account, text: CODE, to: '09120000004', bodyId: '524' },
      },
    ]);
  });

  test('for a plain text follows the rules of advertising lines', async () => {
    expect(await seenBy('plain', { text: `کد ورود: ${CODE}. به کسی نگویید.` })).toEqual([
      {
        method: 'POST',
        url: '/api/SendSMS/SendSMS',
        type: FORM,
        body: {
          ...account,
          to: '09120000004',
          from: ADVERTISING_LINE,
          text: `کد ورود: ${CODE}\nبه کسی نگویید\nلغو11`,
          isFlash: 'false',
        },
      },
    ]);
  });

  test('to the console is a POST of JSON with the token in the path', async () => {
    expect(await seenBy('console')).toEqual([
      {
        method: 'POST',
        url: '/api/send/shared/token',
        type: 'application/json',
        body: { bodyId: 524, to: '09120000004', args: [CODE] },
      },
    ]);
  });

  test.each<[Setup, unknown]>([
    ['pattern', '777'],
    ['console', 777],
  ])("uses the message's own pattern and returns its number: %s", async (setup, bodyId) => {
    const { simulator, channel } = await start(setup);
    simulator.patterns.set(777, { approved: true, text: 'Your code is {0}' });
    expect(await send(channel, messageTo(IRANIAN, { providerTemplate: '777' }))).toMatchObject({
      outcome: 'accepted',
      template: '777',
    });
    expect(simulator.calls[0]?.body['bodyId']).toBe(bodyId);
    expect(simulator.sentTo(IRANIAN)).toEqual([`Your code is ${CODE}`]);
  });
});

describe('after a refused pattern,', () => {
  test.each([
    [
      'a pattern that is not approved',
      (simulator: MelipayamakSimulator) => void simulator.patterns.set(524, { approved: false, text: '{0}' }),
      '-4',
    ],
    [
      'a pattern of two variables',
      (simulator: MelipayamakSimulator) => void simulator.patterns.set(524, { approved: true, text: '{0} {1}' }),
      '-5',
    ],
    ['no service line', (simulator: MelipayamakSimulator) => void simulator.lines.delete('10009000000001'), '-3'],
  ])('a plain text is sent by day: %s', async (_, spoil, code) => {
    const { simulator, channel } = await start('pattern, else plain');
    spoil(simulator);
    const result = await send(channel, messageTo(IRANIAN, { text: `کد ورود: ${CODE}.` }));
    expect(result).toEqual({
      outcome: 'accepted',
      providerId: simulator.messages[0]?.recId,
      segments: 1,
      afterRefusal: expect.objectContaining({ outcome: 'failed', detail: code }),
    });
    expect(methodsOf(simulator)).toEqual(['BaseServiceNumber', 'SendSMS']);
    expect(simulator.messages).toMatchObject([
      { kind: 'plain', from: ADVERTISING_LINE, text: `کد ورود: ${CODE}\nلغو11` },
    ]);

    const alone = createMelipayamakChannel(configOf(simulator, 'pattern'), { now: DAY }) as Channel;
    expect(await send(alone)).toMatchObject({ outcome: 'failed', detail: code });
  });

  test('no plain text is sent by night, when lines accept but do not deliver', async () => {
    const { simulator, channel } = await start('pattern, else plain', NIGHT);
    simulator.patterns.clear();
    expect(await send(channel)).toMatchObject({ outcome: 'failed', retry: false });
    expect(methodsOf(simulator)).toEqual(['BaseServiceNumber']);
  });

  test('no plain text is sent if it holds a link', async () => {
    const { simulator, channel } = await start('pattern, else plain');
    simulator.patterns.clear();
    const message = messageTo(IRANIAN, { text: `Code ${CODE}\n@app.example.com #${CODE}` });
    expect(await send(channel, message)).toMatchObject({ outcome: 'failed', failure: 'template_rejected' });
    expect(methodsOf(simulator)).toEqual(['BaseServiceNumber']);
  });

  test.each([
    ['BaseServiceNumber.err.0', 'authentication'],
    ['BaseServiceNumber.err.m1', 'account_restricted'],
    ['BaseServiceNumber.err.m108', 'account_restricted'], // each further call would prolong the block
    ['SendSMS.err.2', 'insufficient_credit'],
    ['SendSMS.err.3', 'rate_limited'],
    ['SendSMS.err.11', 'unknown'],
  ])('no plain text is sent if it would fail too: %s (%s)', async (name, failure) => {
    const { simulator, channel } = await start('pattern, else plain');
    simulator.replay(name);
    expect(await send(channel)).toMatchObject({ outcome: 'failed', failure });
    expect(methodsOf(simulator)).toEqual(['BaseServiceNumber']);
  });

  test('no plain text is sent if the connection broke, because the code may arrive', async () => {
    const { simulator, channel } = await start('pattern, else plain');
    simulator.faults.set('BaseServiceNumber', 'hang-up');
    expect(await send(channel)).toMatchObject({ failure: 'channel_down', retry: false });
    expect(simulator.calls).toHaveLength(1);
  });
});

describe('a plain text without a pattern', () => {
  test('is sent by day', async () => {
    const { simulator, channel } = await start('plain');
    expect(await send(channel)).toMatchObject({ outcome: 'accepted', segments: 1 });
    expect(simulator.sentTo(IRANIAN)).toEqual([`Your code: ${CODE}\nلغو11`]);
  });

  test('is not sent by night, and no request is made', async () => {
    const { simulator, channel } = await start('plain', NIGHT);
    const result = await send(channel);
    expect(result).toMatchObject({ outcome: 'failed', failure: 'sender_rejected', retry: false });
    expect(simulator.calls).toEqual([]);
  });

  test('counts the cancel words in its segments', async () => {
    const { channel } = await start('plain');
    // 65 characters and the six of "\nلغو11" are one more than one SMS holds.
    expect(await send(channel, messageTo(IRANIAN, { text: 'ک'.repeat(64) }))).toMatchObject({ segments: 1 });
    expect(await send(channel, messageTo(IRANIAN, { text: 'ک'.repeat(65) }))).toMatchObject({ segments: 2 });
  });
});

describe('receiptsOf', () => {
  const STATES: Record<string, object> = {
    '0': { status: 'SENT' },
    '1': { status: 'DELIVERED' },
    '2': { status: 'UNDELIVERED', failure: 'unknown', detail: 'status 2' },
    '3': { status: 'FAILED', failure: 'unknown', detail: 'status 3' },
    '5': { status: 'FAILED', failure: 'unknown', detail: 'status 5' },
    '8': { status: 'SENT' },
    '16': { status: 'FAILED', failure: 'unknown', detail: 'status 16' },
    '300': { status: 'UNDELIVERED', failure: 'template_rejected', detail: 'status 300' },
    '400': { status: 'ACCEPTED' },
  };
  const ID = '3741437414374143741';
  const OTHER = '4964357668335355040';

  test('every recorded answer has an expected result', () => {
    const names = Object.keys(STATES).map((state) => `GetDeliveries2.${state}`);
    expect(names.toSorted()).toEqual(recorded('GetDeliveries2').toSorted());
  });

  test.each(Object.entries(STATES))('reads the recorded answer GetDeliveries2.%s', async (state, receipt) => {
    const { simulator, channel } = await start('pattern');
    simulator.replay(`GetDeliveries2.${state}`);
    expect(await receiptsOf(channel, [ID])).toEqual(new Map([[ID, receipt]]));
    expect(simulator.calls).toMatchObject([{ method: 'GetDeliveries2', body: { recId: ID } }]);
  });

  test('reads the recorded answer console.status.ok', async () => {
    const { simulator, channel } = await start('console');
    simulator.replay('console.status.ok');
    expect(await receiptsOf(channel, [OTHER])).toEqual(new Map([[OTHER, { status: 'DELIVERED' }]]));
    expect(simulator.calls).toEqual([{ method: 'receive/status', body: { recIds: [OTHER] } }]);
  });

  // A wrong password has the value 0, which otherwise means "sent".
  test('is empty after a wrong password', async () => {
    const { simulator, channel } = await start('pattern');
    await send(channel);
    simulator.password = 'changed';
    expect(await receiptsOf(channel, [simulator.messages[0]?.recId ?? ''])).toEqual(new Map());
  });

  test.each<[Setup, string]>([
    ['pattern', 'GetDeliveries2'],
    ['console', 'receive/status'],
  ])('is empty when Melipayamak fails (%s, %s)', async (setup, method) => {
    const { simulator, channel } = await start(setup);
    for (const fault of [
      'hang-up',
      { status: 502, body: '<html></html>' },
      { status: 200, body: '' },
      { status: 200, body: 'null' },
      { status: 200, body: '{"Value":"100","RetStatus":1,"resultsAsCode":[100]}' },
      { status: 200, body: '{"Value":null,"RetStatus":1,"resultsAsCode":null}' },
    ] as const) {
      simulator.faults.set(method, fault);
      expect(await receiptsOf(channel, [ID])).toEqual(new Map());
    }
  });

  test('is empty when the answer has another number of statuses', async () => {
    const { simulator, channel } = await start('console');
    simulator.fault = { status: 200, body: '{"results":["رسیده به گوشی"],"resultsAsCode":[1],"status":""}' };
    expect(await receiptsOf(channel, [ID, OTHER])).toEqual(new Map());
  });

  test('assigns statuses in the order of the request', async () => {
    const { simulator, channel } = await start('console');
    simulator.fault = { status: 200, body: '{"results":[],"resultsAsCode":["2",1],"status":""}' };
    expect(await receiptsOf(channel, [ID, OTHER])).toEqual(
      new Map([
        [ID, STATES['2']],
        [OTHER, STATES['1']],
      ]),
    );
  });

  test('requests a hundred IDs at a time from the console', async () => {
    const { simulator, channel } = await start('console');
    await send(channel);
    const id = simulator.messages[0]?.recId ?? '';
    const unknown = Array.from({ length: 100 }, (_, index) => `${10n ** 18n + BigInt(index)}`);
    expect(await receiptsOf(channel, [...unknown, id])).toEqual(new Map([[id, { status: 'ACCEPTED' }]]));
    const asked = simulator.calls.flatMap(({ body: { recIds } }) => (Array.isArray(recIds) ? [recIds.length] : []));
    expect(asked).toEqual([100, 1]);
  });

  test('requests one ID at a time from REST, twenty at once', async () => {
    const asked: string[] = [];
    const held: (() => void)[] = [];
    let mostAtOnce = 0;
    // Holds all requests of a batch, so that one more than twenty at once would be seen.
    const { url, close } = await serve((_, body, response) => {
      asked.push(new URLSearchParams(body).get('recId') ?? '');
      held.push(() => response.end('{"Value":"1","RetStatus":1,"StrRetStatus":"Ok"}'));
      mostAtOnce = Math.max(mostAtOnce, held.length);
      if (![20, 40, 45].includes(asked.length)) return;
      setTimeout(() => {
        for (const answer of held.splice(0)) answer();
      }, 20);
    });
    toClose.push(close);
    const config = configOf({ url, username: 'user', password: 'word', consoleToken: 'token' }, 'pattern');
    const ids = Array.from({ length: 45 }, (_, index) => `${10n ** 18n + BigInt(index)}`);
    const receipts = await receiptsOf(createMelipayamakChannel(config, { now: DAY }) as Channel, ids);
    expect([...receipts.keys()].toSorted()).toEqual(ids);
    expect(asked.toSorted()).toEqual(ids);
    expect(mostAtOnce).toBe(20);
  });

  test('asks both APIs if messages were sent by both', async () => {
    const { simulator, channel } = await start('console, else REST');
    await send(channel);
    const [shared = ''] = simulator.messages.map(({ recId }) => recId);
    const plain = createMelipayamakChannel(configOf(simulator, 'plain'), { now: DAY }) as Channel;
    await send(plain);
    const second = simulator.messages[1]?.recId ?? '';
    simulator.faults.set('receive/status', { status: 200, body: '{"resultsAsCode":[8,100]}' });
    expect(await receiptsOf(channel, [shared, second])).toEqual(
      new Map([
        [shared, { status: 'SENT' }],
        [second, { status: 'ACCEPTED' }],
      ]),
    );
    expect(simulator.calls.filter(({ method }) => method === 'GetDeliveries2')).toMatchObject([
      { body: { recId: second } },
    ]);
  });
});

describe('readMelipayamakAccount', () => {
  const read = async (setup: Setup, prepare: (simulator: MelipayamakSimulator) => void = () => {}) => {
    const { simulator } = await start(setup);
    prepare(simulator);
    const account = await readMelipayamakAccount(configOf(simulator, setup));
    expectNothingSecret(account, secretsOf(simulator));
    return account;
  };

  test('reads credit and lines by REST', async () => {
    expect(await read('pattern')).toEqual({ credit: 37_414.5, lines: ['50004000000001', '10009000000001'] });
  });

  test('reads the recorded answer GetUserNumbers.ok', async () => {
    const account = await read('pattern', (simulator) => {
      simulator.faults.set('GetCredit', { status: 200, body: '{"Value":"145","RetStatus":1,"StrRetStatus":"Ok"}' });
      simulator.lines.clear();
      simulator.replay('GetUserNumbers.ok');
    });
    expect(account).toEqual({ credit: 145, lines: ['50004000000001', '10009000000001'] });
  });

  test('reads the credit by the console, which lists no lines', async () => {
    expect(await read('console')).toEqual({ credit: 37_414, lines: undefined });
  });

  test('reads a credit with a long fraction', async () => {
    const account = await read('console', (simulator) => {
      simulator.fault = { status: 200, body: '{"amount":0.30000000000000004,"status":""}' };
    });
    expect(account).toMatchObject({ credit: 0.1 + 0.2 });
  });

  test('reads the recorded answer GetCredit.badcreds as wrong credentials', async () => {
    const account = await read('pattern', (simulator) => simulator.replay('GetCredit.badcreds'));
    expect(account).toMatchObject({ outcome: 'failed', failure: 'authentication' });
  });

  test('fails with authentication for a wrong password or token', async () => {
    const wrong = (simulator: MelipayamakSimulator) => {
      const { fault: _, ...known } = simulator;
      return { ...known, password: 'another', consoleToken: 'another' };
    };
    const { simulator } = await start();
    for (const setup of ['pattern', 'console'] as const) {
      expect(await readMelipayamakAccount(configOf(wrong(simulator), setup))).toMatchObject({
        failure: 'authentication',
      });
    }
  });
});

describe('createMelipayamakChannel', () => {
  const all = { url: 'http://127.0.0.1:1', username: 'user', password: 'word', consoleToken: 'token' };
  test.each<Setup>(['pattern', 'plain', 'pattern, else plain', 'console', 'console, else REST'])(
    'serves Iran only: %s',
    (setup) => {
      const channel = createMelipayamakChannel(configOf(all, setup));
      expect(channel).toMatchObject({ name: 'melipayamak', hasReceipts: true, isIdempotent: false });
      expect(['IR', 'KZ', 'KG', undefined].map((country) => channel?.serves(country as 'IR'))).toEqual([
        true,
        false,
        false,
        false,
      ]);
    },
  );

  test.each<Partial<Config['melipayamak']>>([
    { bodyId: undefined, sender: undefined },
    { username: undefined, consoleToken: undefined },
    { password: undefined, consoleToken: undefined },
    { bodyId: undefined, username: undefined },
  ])('returns undefined if it could not send: %j', (without) => {
    expect(createMelipayamakChannel({ ...configOf(all, 'console, else REST'), ...without })).toBeUndefined();
  });
});
