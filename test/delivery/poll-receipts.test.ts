import { describe, expect, test } from 'vitest';
import { CALLBACK_SECRET, eventually, phoneIn, smsLog, requestOtp } from '../support/delivery.js';
import { makePollsDue, readDeliveries } from '../support/rows.js';
import { type Scene, expectChannels, readDelivery, untilFailoversAreTaken, send, useScenes } from './scene.js';

const { scene } = useScenes();

const CALLBACK = '/api/webhooks/kavenegar/status/';
const pollsOf = ({ kavenegar }: Scene) => kavenegar.calls.filter(({ method }) => method === 'sms/status');

/** Without rounds, only a callback makes the gateway poll. */
describe.concurrent('the callback of Kavenegar', () => {
  test.for(['get', 'form', 'json'] as const)('(%s) makes the gateway poll at once', async (encoding, context) => {
    const set = await scene(context, { roundsByHand: true });
    const { kavenegar, gateway } = set;
    kavenegar.nextMessageId = 9_007_199_254_740_993n; // larger than JavaScript numbers can represent
    kavenegar.callback = { url: `${gateway.url}${CALLBACK}${CALLBACK_SECRET}`, encoding };
    kavenegar.defaultStatuses = [4, 10];
    kavenegar.statusDelayMs = 30_000; // at a hundred times real speed
    const attempt = await send(set, { country: 'IR' });
    expect(attempt.id).toBe('9007199254740993');
    await eventually(async () => expect(await smsLog(set.database, attempt)).toMatchObject([{ status: 'DELIVERED' }]));
    await eventually(() => expect(kavenegar.callbackAnswers).toEqual([200, 200]));
  });

  test('with a wrong secret is refused, and does not make the gateway poll', async (context) => {
    const set = await scene(context, { roundsByHand: true });
    const attempt = await send(set, { country: 'IR' });
    const before = await smsLog(set.database, attempt);
    for (const secret of ['wrong', `${CALLBACK_SECRET}x`, CALLBACK_SECRET.slice(1), '%20', `${CALLBACK_SECRET}%2F`]) {
      const response = await fetch(`${set.gateway.url}${CALLBACK}${secret}?messageid=${attempt.id}&status=10`);
      expect(response.status).toBe(401);
    }
    expect(await smsLog(set.database, attempt)).toEqual(before);
    expect(pollsOf(set)).toEqual([]);
    expect(JSON.stringify(set.gateway.log)).not.toContain(CALLBACK_SECRET.slice(1));
  });

  test('with a false status changes nothing: the gateway polls at once and uses only the answer', async (context) => {
    const set = await scene(context, { roundsByHand: true });
    set.kavenegar.defaultStatuses = [4];
    const attempt = await send(set, { country: 'IR' });
    for (const status of [10, 11, 14]) {
      const before = pollsOf(set).length;
      const url = `${set.gateway.url}${CALLBACK}${CALLBACK_SECRET}/?messageid=${attempt.id}&status=${status}`;
      expect((await fetch(url)).status).toBe(200);
      await eventually(() => expect(pollsOf(set).length).toBeGreaterThan(before));
    }
    await untilFailoversAreTaken(set);
    expect(await readDelivery(set, attempt)).toMatchObject({ status: 'SENT' });
    await expectChannels(set, attempt, ['kavenegar-verify']);
  });

  test('is answered with 200 when it is malformed or names an unknown message', async (context) => {
    const set = await scene(context);
    const url = `${set.gateway.url}${CALLBACK}${CALLBACK_SECRET}`;
    const bodies = [
      '',
      '{',
      '{"messageid":{}}',
      'messageid=',
      'messageid=1%27',
      '[]',
      '{"messageid":12}',
      'messageid=12',
      'x'.repeat(100_000),
    ];
    for (const body of bodies) {
      expect((await fetch(url, { method: 'POST', body })).status).toBe(200);
    }
    expect((await fetch(`${url}?messageid=${'9'.repeat(40)}`)).status).toBe(200);
    expect(set.gateway.log.filter(({ event }) => event.endsWith('bug'))).toEqual([]);
  });
});

const untilAllAreDelivered = ({ database }: Scene) =>
  eventually(async () => {
    const statuses = (await readDeliveries(database)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set(['DELIVERED']));
  });

describe.concurrent('a provider that does not report by itself', () => {
  test('(Kavenegar) is polled by one call for many messages, until they have arrived', async (context) => {
    const set = await scene(context, { roundsByHand: true });
    set.kavenegar.defaultStatuses = [10];
    const attempts = await Promise.all(Array.from({ length: 30 }, () => send(set, { country: 'IR' })));
    await eventually(() => expect(set.kavenegar.messages.filter(({ status }) => status === 10)).toHaveLength(30));
    await makePollsDue(set.database);
    set.runRounds();
    await untilAllAreDelivered(set);
    for (const attempt of attempts)
      expect(await smsLog(set.database, attempt)).toMatchObject([{ status: 'DELIVERED' }]);
    set.runRounds();
    expect(pollsOf(set)).toHaveLength(1);
    const ids = pollsOf(set).flatMap(({ form }) => String(form['messageid']).split(','));
    expect(ids.toSorted()).toEqual(attempts.map(({ id }) => id).toSorted()); // each once: it has arrived
  });

  test.for([
    ['REST', {}],
    ['the console', { MELIPAYAMAK_CONSOLE_TOKEN: 'invented0console0token' }],
  ] as const)('(Melipayamak, by %s) is polled by IDs of nineteen digits', async ([api, env], context) => {
    const set = await scene(context, { env: { ...env, DELIVERY_ROUTES: 'IR=melipayamak' }, roundsByHand: true });
    set.melipayamak.defaultStatuses = [1];
    const attempts = await Promise.all(Array.from({ length: 7 }, () => send(set, { country: 'IR' })));
    for (const { id } of attempts) expect(id).toMatch(/^\d{19}$/);
    expect(attempts.map(({ id }) => id).toSorted()).toEqual(
      set.melipayamak.messages.map(({ recId }) => recId).toSorted(),
    );
    await eventually(() => expect(set.melipayamak.messages.filter(({ state }) => state === 1)).toHaveLength(7));
    await makePollsDue(set.database);
    set.runRounds();
    await untilAllAreDelivered(set);
    for (const attempt of attempts)
      expect(await smsLog(set.database, attempt)).toMatchObject([{ status: 'DELIVERED' }]);
    const calls = set.melipayamak.calls.map(({ method }) => method);
    if (api === 'REST') expect(calls.filter((method) => method === 'GetDeliveries2')).toHaveLength(7);
    else expect(calls.filter((method) => method === 'receive/status')).toHaveLength(1);
  });

  // The first poll is two seconds after the message was accepted, and the next one as long after that.
  test('is polled by itself, and again when it could not answer', async (context) => {
    const set = await scene(context);
    set.kavenegar.defaultStatuses = [10];
    set.kavenegar.faults.set('sms/status', { status: 502, body: '<html>Bad Gateway</html>', contentType: 'text/html' });
    const attempt = await send(set, { country: 'IR' });
    await eventually(() => expect(pollsOf(set)).toHaveLength(1));
    set.kavenegar.faults.clear();
    await eventually(async () => expect(await smsLog(set.database, attempt)).toMatchObject([{ status: 'DELIVERED' }]));
  });

  test('does not delay the polls of another provider when it hangs', async (context) => {
    const set = await scene(context);
    const { kavenegar, melipayamak, gateway } = set;
    for (let count = 0; count < 6; count += 1)
      await requestOtp(gateway.graphqlUrl, { phone: phoneIn('IR'), channel: 'MELIPAYAMAK' });
    melipayamak.faults.set('GetDeliveries2', 'hang');
    await makePollsDue(set.database);
    await eventually(() => expect(melipayamak.calls.some(({ method }) => method === 'GetDeliveries2')).toBe(true));
    kavenegar.defaultStatuses = [10];
    kavenegar.callback = { url: `${gateway.url}${CALLBACK}${CALLBACK_SECRET}`, encoding: 'form' };
    const attempt = await send(set, { country: 'IR' });
    await eventually(
      async () => expect(await smsLog(set.database, attempt)).toMatchObject([{ status: 'DELIVERED' }]),
      3_000,
    );
  });
});
