import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { Channel } from '../../../src/delivery/channels/channel.js';
import { readKavenegarAccount } from '../../../src/delivery/channels/kavenegar/account.js';
import { type Kavenegar, createKavenegar } from '../../../src/delivery/channels/kavenegar/client.js';
import {
  createKavenegarCall,
  createKavenegarSms,
  createKavenegarVerify,
  localIdOf,
} from '../../../src/delivery/channels/kavenegar/index.js';
import { makeResilient } from '../../../src/delivery/send/resilient-channel.js';
import { createLog } from '../../../src/log.js';
import { fixtureNames } from '../../../simulators/read-fixture.js';
import { type KavenegarSimulator, startKavenegarSimulator } from '../../../simulators/kavenegar.js';
import { serve } from '../../../simulators/serve.js';
import { CODE, IRANIAN, KAZAKH, KYRGYZ, expectNothingSecret, messageTo } from './message.js';
import { MISBEHAVIOURS } from './misbehaviours.js';

const toClose: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(toClose.splice(0).map((close) => close()));
});

const TEMPLATE = 'myverification';

async function start({ sender, speed }: { sender?: string; speed?: number } = {}) {
  const simulator = await startKavenegarSimulator(speed === undefined ? {} : { speed });
  toClose.push(simulator.close);
  const kavenegar = createKavenegar(simulator) as Kavenegar;
  const verify = createKavenegarVerify({ template: TEMPLATE }, { kavenegar }) as Channel;
  const sms = createKavenegarSms({ sender }, { kavenegar });
  return { simulator, kavenegar, verify, sms };
}

const send = (channel: Channel, message = messageTo(IRANIAN), signal = AbortSignal.timeout(5_000)) =>
  channel.send(message, signal);
const receiptsOf = (channel: Channel, ids: string[]) => channel.receiptsOf?.(ids) ?? Promise.reject(new Error('none'));
const secretsOf = (simulator: KavenegarSimulator) => [simulator.apiKey, simulator.url, '/v1/'];
const recorded = (method: string) => fixtureNames('kavenegar').filter((name) => name.startsWith(`${method}.`));
const refused = (failure: string, detail: string, retry = false) => ({ outcome: 'failed', failure, retry, detail });

describe('sending a code by template, by recorded answer', () => {
  const taken = { outcome: 'accepted', cost: 120, template: TEMPLATE };
  const ANSWERS: Record<string, object> = {
    'lookup.ok': { ...taken, providerId: '8792343', status: 'SENT' },
    'lookup.ok.tokens': { ...taken, providerId: '8792351', status: 'SENT' },
    'lookup.ok.call': { ...taken, providerId: '8792352' },
    'lookup.err.400': refused('unknown', '400'),
    'lookup.err.402': refused('unknown', '402'),
    'lookup.err.403': refused('authentication', '403'),
    'lookup.err.406': refused('unknown', '406'),
    'lookup.err.407': refused('account_restricted', '407'),
    'lookup.err.411': refused('invalid_number', '411'),
    'lookup.err.416': refused('account_restricted', '416'),
    'lookup.err.422': refused('template_rejected', '422'),
    'lookup.err.424': refused('template_rejected', '424'),
    'lookup.err.428': refused('template_rejected', '428'),
    'lookup.err.429': refused('rate_limited', '429', true),
    'lookup.err.432': refused('template_rejected', '432'),
    'lookup.err.451': refused('rate_limited', '451', true),
    'lookup.err.607': refused('unknown', '607'),
    'gateway.html-502': refused('channel_down', 'HTTP 502', true),
    'method.err.404': refused('unknown', '404'),
  };

  test('every recorded answer has an expected result', () => {
    const names = [...recorded('lookup'), ...recorded('gateway'), ...recorded('method')];
    expect(Object.keys(ANSWERS).toSorted()).toEqual(names.toSorted());
  });

  test.each(Object.entries(ANSWERS))('%s gives the expected result', async (name, expected) => {
    const { simulator, verify } = await start();
    simulator.replay(name);
    const result = await send(verify);
    expect(result).toEqual(expected);
    expectNothingSecret(result, secretsOf(simulator));
  });
});

describe('sending a text, by recorded answer', () => {
  const taken = { outcome: 'accepted', providerId: '8792343', cost: 120, segments: 1 };
  const ANSWERS: Record<string, object> = {
    'send.ok': taken,
    'send.ok.localid-repeated': { ...taken, status: 'DELIVERED' },
    'send.err.407': refused('account_restricted', '407'),
    'send.err.412': refused('sender_rejected', '412'),
    'send.err.413': refused('template_rejected', '413'),
    'send.err.417': refused('unknown', '417'),
    'send.err.418': refused('insufficient_credit', '418'),
    'send.err.427': refused('sender_rejected', '427'),
    'send.err.607': refused('unknown', '607'),
  };

  test('every recorded answer has an expected result', () => {
    expect(Object.keys(ANSWERS).toSorted()).toEqual(recorded('send').toSorted());
  });

  test.each(Object.entries(ANSWERS))('%s gives the expected result', async (name, expected) => {
    const { simulator, sms } = await start();
    simulator.replay(name);
    const result = await send(sms);
    expect(result).toEqual(expected);
    expectNothingSecret(result, secretsOf(simulator));
  });
});

describe.each(['verify', 'sms'] as const)('sending by %s when Kavenegar', (kind) => {
  test.each(Object.entries(MISBEHAVIOURS))('%s, fails without showing a secret', async (_, { fault, expected }) => {
    const { simulator, [kind]: channel } = await start();
    simulator.fault = fault;
    const result = await send(channel);
    // A message with a localid is safe to send again, accepted or not.
    const retry = expected.retry || (kind === 'sms' && expected.failure === 'channel_down');
    expect(result).toMatchObject({ outcome: 'failed', failure: expected.failure, retry });
    expect(simulator.calls).toHaveLength(1);
    expectNothingSecret(result, secretsOf(simulator));
  });

  test('never answers, ends with the signal', async () => {
    const { simulator, [kind]: channel } = await start();
    simulator.fault = 'hang';
    const startedAt = performance.now();
    const result = await send(channel, messageTo(IRANIAN), AbortSignal.timeout(100));
    expect(result).toEqual(refused('timeout', 'no answer'));
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });

  test('cannot be reached, may be retried', async () => {
    const { simulator, [kind]: channel } = await start();
    await simulator.close();
    const result = await send(channel);
    expect(result).toMatchObject({ outcome: 'failed', failure: 'channel_down', retry: true });
    expectNothingSecret(result, secretsOf(simulator));
  });

  test('does not know the key, fails with authentication', async () => {
    const { simulator } = await start();
    const otherUser = createKavenegar({ url: simulator.url, apiKey: 'AnotherKey' }) as Kavenegar;
    const channel =
      kind === 'sms'
        ? createKavenegarSms({ sender: undefined }, { kavenegar: otherUser })
        : createKavenegarVerify({ template: TEMPLATE }, { kavenegar: otherUser });
    const result = await send(channel as Channel);
    expect(result).toEqual(refused('authentication', '403'));
    expectNothingSecret(result, [...secretsOf(simulator), 'AnotherKey']);
  });

  const entry = { messageid: 8792343, message: `Your code: ${CODE}`, status: 5, cost: 120, receptor: '09120000004' };
  const envelope = (entries: unknown, status: unknown = 200) => ({
    return: { status, message: `کد ${CODE}` },
    entries,
  });

  test.each([
    ['a refusal inside, with HTTP 200', envelope(null, 418), refused('insufficient_credit', '418')],
    ['no entries', envelope(null), refused('unknown', 'unreadable answer')],
    ['an empty list', envelope([]), refused('unknown', 'unreadable answer')],
    ['an object for a list', envelope(entry), refused('unknown', 'unreadable answer')],
    ['no ID', envelope([{ ...entry, messageid: undefined }]), refused('unknown', 'unreadable answer')],
    ['a message that has failed already', envelope([{ ...entry, status: 6 }]), refused('unknown', 'status 6')],
    [
      'a message that debug mode cancels',
      envelope([{ ...entry, status: 13 }]),
      refused('account_restricted', 'status 13'),
    ],
    [
      'a message to a phone that blocks it',
      envelope([{ ...entry, status: 14 }]),
      refused('not_on_channel', 'status 14'),
    ],
    [
      'the code instead of a result',
      envelope(null, Number(CODE)),
      { outcome: 'failed', failure: 'unknown', retry: false },
    ],
  ])('answers with %s, fails without showing a secret', async (_, body, expected) => {
    const { simulator, [kind]: channel } = await start();
    simulator.fault = { status: 200, body: JSON.stringify(body) };
    const result = await send(channel);
    expect(result).toMatchObject(expected);
    expectNothingSecret(result, secretsOf(simulator));
  });

  // If it counted as failed, the next channel would send the code again.
  test.each([{ cost: undefined }, { cost: null }, { cost: 120.5 }, { cost: '120' }])(
    'accepts a message, the result is accepted with any cost: %j',
    async (change) => {
      const { simulator, [kind]: channel } = await start();
      simulator.fault = { status: 200, body: JSON.stringify(envelope([{ ...entry, ...change }])) };
      expect(await send(channel)).toMatchObject({ outcome: 'accepted', providerId: '8792343', status: 'SENT' });
    },
  );

  test('uses an ID above 2^53, keeps it exactly', async () => {
    const { simulator, [kind]: channel } = await start();
    simulator.nextMessageId = 4_964_357_668_335_355_040n;
    expect(await send(channel)).toMatchObject({ providerId: '4964357668335355040' });
    expect([...(await receiptsOf(channel, ['4964357668335355040'])).keys()]).toEqual(['4964357668335355040']);
  });
});

describe('the request', () => {
  test('is a POST of a UTF-8 form with the key in the path and no query', async () => {
    const seen: { method?: string; url?: string; type?: string; form: object }[] = [];
    const { url, close } = await serve((request, body, response) => {
      const { method = '', url = '', headers } = request;
      const form = Object.fromEntries(new URLSearchParams(body));
      seen.push({ method, url, type: headers['content-type'] ?? '', form });
      response.end('{}');
    });
    toClose.push(close);
    const kavenegar = createKavenegar({ url, apiKey: 'InventedKey' }) as Kavenegar;
    const message = messageTo(IRANIAN, { text: 'کد ورود: 482913 & + %' });
    await send(createKavenegarVerify({ template: TEMPLATE }, { kavenegar }) as Channel, message);
    await send(createKavenegarSms({ sender: '10004346' }, { kavenegar }), message);
    const type = 'application/x-www-form-urlencoded; charset=utf-8';
    expect(seen).toEqual([
      {
        method: 'POST',
        url: '/v1/InventedKey/verify/lookup.json',
        type,
        form: { receptor: '09120000004', token: CODE, template: TEMPLATE, type: 'sms' },
      },
      {
        method: 'POST',
        url: '/v1/InventedKey/sms/send.json',
        type,
        form: {
          receptor: '09120000004',
          message: 'کد ورود: 482913 & + %',
          sender: '10004346',
          localid: localIdOf(message.deliveryId),
          hide: '1',
        },
      },
    ]);
  });

  test('names no sender if none is configured, and Kavenegar uses the default line', async () => {
    const { simulator, sms } = await start();
    await send(sms);
    expect(simulator.calls[0]?.form).not.toHaveProperty('sender');
    expect(simulator.messages[0]?.sender).toBe('10004346');
  });

  test.each([
    [IRANIAN, '09120000004'],
    [KAZAKH, '0077010000002'],
    [KYRGYZ, '00996700000003'],
  ])('writes the phone %s as %s', async (phone, receptor) => {
    const { simulator, verify, sms } = await start();
    for (const channel of [verify, sms])
      expect(await send(channel, messageTo(phone))).toMatchObject({ outcome: 'accepted' });
    expect(simulator.calls.map(({ form }) => form['receptor'])).toEqual([receptor, receptor]);
    expect(simulator.sentTo(phone)).toHaveLength(2);
  });

  test("uses the message's own template and returns its name", async () => {
    const { simulator, verify } = await start();
    simulator.templates.set('login-fa', { text: 'کد: %token', approved: true });
    const result = await send(verify, messageTo(IRANIAN, { providerTemplate: 'login-fa' }));
    expect(result).toMatchObject({ outcome: 'accepted', template: 'login-fa' });
    expect(simulator.calls[0]?.form['template']).toBe('login-fa');
    expect(simulator.sentTo(IRANIAN)[0]?.message).toBe(`کد: ${CODE}`);
  });

  test('of a long text returns its number of segments', async () => {
    const { sms } = await start();
    expect(await send(sms, messageTo(IRANIAN, { text: 'ک'.repeat(71) }))).toMatchObject({ segments: 2, cost: 240 });
  });
});

describe('the localid', () => {
  test('is the same for one delivery, so that a repeated message is sent once', async () => {
    const { simulator, sms } = await start();
    const first = await send(sms);
    const second = await send(sms);
    expect(simulator.sentTo(IRANIAN)).toHaveLength(1);
    expect(second).toEqual(first);
    expect(sms.isIdempotent).toBe(true);
  });

  test('prevents a second message when the answer was lost', async () => {
    const { simulator, sms } = await start();
    simulator.answersToLose = 1;
    expect(await send(sms)).toMatchObject({ outcome: 'failed', failure: 'channel_down', retry: true });
    expect(await send(sms)).toMatchObject({ outcome: 'accepted', providerId: simulator.messages[0]?.messageid });
    expect(simulator.sentTo(IRANIAN)).toHaveLength(1);
  });

  test('differs for another delivery to the same phone', async () => {
    const { simulator, sms } = await start();
    await send(sms, messageTo(IRANIAN, { deliveryId: randomUUID() }));
    await send(sms, messageTo(IRANIAN, { deliveryId: randomUUID() }));
    expect(simulator.sentTo(IRANIAN)).toHaveLength(2);
    expect(new Set(simulator.messages.map(({ localid }) => localid)).size).toBe(2);
  });

  test('is a positive 63-bit integer that depends only on the delivery ID', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (one, other) => {
        expect(localIdOf(one)).toMatch(/^[1-9]\d*$/);
        expect(BigInt(localIdOf(one)) < 2n ** 63n).toBe(true);
        expect(localIdOf(one)).toBe(localIdOf(one));
        expect(localIdOf(one) === localIdOf(other)).toBe(one === other);
      }),
    );
  });

  test('is not sent with a code by template, which is not idempotent', async () => {
    const { simulator, verify } = await start();
    await send(verify);
    expect(simulator.calls[0]?.form).not.toHaveProperty('localid');
    expect(verify.isIdempotent).toBe(false);
  });
});

describe('a refusal to send abroad', () => {
  // sms/send also answers 407 to a phone abroad when the IP address is not on the account's list.
  test.each(['verify', 'sms'] as const)('does not stop messages to Iran (%s)', async (kind) => {
    const { simulator, [kind]: channel } = await start();
    simulator.allowed = false;
    const resilient = makeResilient(channel, { log: createLog('silent') });
    expect(await resilient.send(messageTo(KAZAKH), 5_000)).toMatchObject({ outcome: 'failed', detail: '407' });
    expect(await resilient.send(messageTo(IRANIAN), 5_000)).toMatchObject({ outcome: 'accepted' });
  });

  test('for want of credit does not stop messages to Iran, which cost less', async () => {
    const { simulator, sms } = await start();
    const resilient = makeResilient(sms, { log: createLog('silent') });
    simulator.replay('send.err.418');
    expect(await resilient.send(messageTo(KAZAKH), 5_000)).toMatchObject({ failure: 'insufficient_credit' });
    expect(await resilient.send(messageTo(IRANIAN), 5_000)).toMatchObject({ outcome: 'accepted' });
    simulator.replay('send.err.418');
    await resilient.send(messageTo(IRANIAN), 5_000);
    expect(resilient.health().breaker).toBe('open');
  });

  test('opens the breaker when it concerns an Iranian phone', async () => {
    const { simulator, verify } = await start();
    const resilient = makeResilient(verify, { log: createLog('silent') });
    simulator.replay('lookup.err.407');
    await resilient.send(messageTo(IRANIAN), 5_000);
    expect(resilient.health().breaker).toBe('open');
  });
});

describe('receiptsOf', () => {
  const RECEIPTS: Record<string, object | undefined> = {
    'status.1': { status: 'ACCEPTED' },
    'status.2': { status: 'ACCEPTED' },
    'status.4': { status: 'SENT' },
    'status.6': { status: 'FAILED', failure: 'unknown', detail: 'status 6' },
    'status.10': { status: 'DELIVERED' },
    'status.11': { status: 'UNDELIVERED', failure: 'unknown', detail: 'status 11' },
    'status.13': { status: 'FAILED', failure: 'account_restricted', detail: 'status 13' },
    'status.err.414': undefined,
  };

  test('every recorded answer has an expected result', () => {
    expect(Object.keys(RECEIPTS).toSorted()).toEqual(recorded('status').toSorted());
  });

  test.each(Object.entries(RECEIPTS))('reads the recorded answer %s', async (name, receipt) => {
    const { simulator, verify, sms } = await start();
    for (const channel of [verify, sms]) {
      simulator.replay(name);
      expect([...(await receiptsOf(channel, ['85463238']))]).toEqual(receipt ? [['85463238', receipt]] : []);
    }
    expect(simulator.calls).toMatchObject([
      { method: 'sms/status', http: 'POST', form: { messageid: '85463238' } },
      { method: 'sms/status' },
    ]);
  });

  test('reads all statuses by one request and leaves out unknown IDs', async () => {
    const { simulator, verify, sms } = await start();
    await send(verify);
    await send(sms);
    simulator.statusesByPhone.set(KAZAKH, []);
    const ids = simulator.messages.map(({ messageid }) => messageid);
    for (const [index, status] of [10, 14].entries()) Object.assign(simulator.messages[index] ?? {}, { status });
    expect(await receiptsOf(verify, [...ids, '1'])).toEqual(
      new Map([
        [ids[0], { status: 'DELIVERED' }],
        [ids[1], { status: 'UNDELIVERED', failure: 'not_on_channel', detail: 'status 14' }],
      ]),
    );
    expect(simulator.calls.filter(({ method }) => method === 'sms/status')).toHaveLength(1);
  });

  test('requests 500 IDs at a time, and a failed request does not affect the others', async () => {
    const { simulator, verify } = await start();
    await send(verify);
    const id = simulator.messages[0]?.messageid ?? '';
    simulator.replay('status.err.414');
    const ids = [...Array.from({ length: 500 }, (_, index) => `${index + 1}`), id];
    expect([...(await receiptsOf(verify, ids)).keys()]).toEqual([id]);
    const asked = simulator.calls
      .filter(({ method }) => method === 'sms/status')
      .map(({ form }) => form['messageid']?.split(',').length);
    expect(asked).toEqual([500, 1]);
  });

  test.each([
    'hang-up',
    { status: 502, body: '<html></html>' },
    { status: 200, body: 'null' },
    { status: 200, body: '' },
  ] as const)('is empty when Kavenegar fails: %j', async (fault) => {
    const { simulator, sms } = await start();
    simulator.faults.set('sms/status', fault);
    expect(await receiptsOf(sms, ['85463238'])).toEqual(new Map());
  });

  test('of no IDs sends no request', async () => {
    const { simulator, sms } = await start();
    expect(await receiptsOf(sms, [])).toEqual(new Map());
    expect(simulator.calls).toEqual([]);
  });
});

describe('readKavenegarAccount', () => {
  test('reads credit and settings', async () => {
    const { simulator, kavenegar } = await start();
    simulator.replay('account.info.low');
    simulator.replay('account.config');
    expect(await readKavenegarAccount(kavenegar)).toEqual({
      credit: 900,
      type: 'child',
      settings: {
        debugMode: true,
        keepsLogs: false,
        resendsFailed: true,
        defaultSender: '10004535',
        alarmBelow: 50_000,
      },
    });
  });

  test('reads the credit even if the settings are refused', async () => {
    const { simulator, kavenegar } = await start();
    simulator.faults.set('account/config', {
      status: 407,
      body: '{"return":{"status":407,"message":""},"entries":null}',
    });
    expect(await readKavenegarAccount(kavenegar)).toEqual({ credit: 1_000_000, type: 'master', settings: undefined });
  });

  test('fails with authentication for a wrong key', async () => {
    const { simulator, kavenegar } = await start();
    simulator.replay('account.info.err.403');
    const account = await readKavenegarAccount(kavenegar);
    expect(account).toEqual(refused('authentication', '403'));
    expectNothingSecret(account, secretsOf(simulator));
  });
});

describe('a call', () => {
  test('is made with the template that is read out, in Iran only, and has receipts', async () => {
    const { simulator, kavenegar } = await start({ speed: 1_000_000 });
    const call = createKavenegarCall({ callTemplate: TEMPLATE }, { kavenegar }) as Channel;
    const result = await send(call);
    expect(simulator.calls.at(-1)).toMatchObject({
      method: 'verify/lookup',
      form: { type: 'call', template: TEMPLATE },
    });
    expect(simulator.sentTo(IRANIAN).at(-1)).toMatchObject({ sender: 'Call' });
    expect(result).toMatchObject({ outcome: 'accepted', template: TEMPLATE });
    const id = result.outcome === 'accepted' ? `${result.providerId}` : '';
    await expect.poll(async () => (await receiptsOf(call, [id])).get(id)?.status).toBe('DELIVERED');
    expect([call.serves('IR'), call.serves('KZ'), call.carriesNotifications]).toEqual([true, false, false]);
  });

  test('that is impossible is a refusal, and not the fault of the number', async () => {
    const { simulator, kavenegar } = await start();
    simulator.replay('lookup.err.428');
    const call = createKavenegarCall({ callTemplate: TEMPLATE }, { kavenegar }) as Channel;
    expect(await send(call)).toEqual(refused('template_rejected', '428'));
  });
});

describe('there is no Kavenegar', () => {
  test('client without a key', () => {
    expect(createKavenegar({ url: 'http://127.0.0.1:1', apiKey: undefined })).toBeUndefined();
  });

  test('verify channel and no call without a template', async () => {
    const { kavenegar } = await start();
    expect(createKavenegarVerify({ template: undefined }, { kavenegar })).toBeUndefined();
    expect(createKavenegarCall({ callTemplate: undefined }, { kavenegar })).toBeUndefined();
  });
});
