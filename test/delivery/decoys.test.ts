import { describe, expect, inject, test } from 'vitest';
import { resendOtp } from '../support/calls.js';
import { ageResend, eventually, phoneIn, requestOtp, smsLog, watchDelivery } from '../support/delivery.js';
import { type NewDelivery, insertDeliveries, insertUser } from '../support/rows.js';
import { type Scene, type Sent, makeOverdue, readDelivery, send, untilFailoversAreTaken, useScenes } from './scene.js';

const { scene } = useScenes();

/** The phone of a user, and an unknown one of the same country. */
async function twoPhones({ database }: Scene): Promise<{ known: string; unknown: string }> {
  const known = phoneIn('KZ');
  await insertUser(database, { phone: known });
  return { known, unknown: phoneIn('KZ') };
}

const RECEIPT_MS = 20_000;

/** Forty messages of an hour ago, which were answered after 100 to 200 ms. */
const insertHistory = ({ database }: Scene, outcome: Partial<NewDelivery>) =>
  insertDeliveries(
    database,
    Array.from({ length: 40 }, (_, index) => {
      const createdAt = new Date(Date.now() - 3_600_000);
      const latencyMs = 100 + index * 2.5;
      const outcomeAt = new Date(createdAt.getTime() + Math.round(latencyMs) + RECEIPT_MS);
      return {
        channel: 'green-api',
        providerId: `m${index}`,
        createdAt,
        latencyMs: Math.round(latencyMs),
        updatedAt: outcomeAt,
        ...(outcome.status === 'DELIVERED' ? { deliveredAt: outcomeAt } : {}),
        ...outcome,
      };
    }),
  );

describe.concurrent('with sign-up closed, an unknown phone receives no message, and', () => {
  test.for([
    ['delivered', { status: 'DELIVERED' }, [{ channel: 'GREEN_API', status: 'DELIVERED', previousChannels: [] }]],
    [
      'accepted and then failed',
      { status: 'UNDELIVERED', failure: 'not_on_channel' },
      [
        { channel: 'KAVENEGAR_VERIFY', status: 'QUEUED', previousChannels: ['GREEN_API'] },
        { channel: 'KAVENEGAR_VERIFY', status: 'SENT', previousChannels: ['GREEN_API'] },
      ],
    ],
  ] as const)(
    'its client sees the outcome of recent messages, which were %s',
    async ([, outcome, expected], context) => {
      const set = await scene(context, {
        env: { SIGN_UP: 'closed', REDIS_URL: inject('redisUrl') },
        roundsByHand: true,
      });
      await insertHistory(set, outcome);
      const decoy = await send(set, { phone: phoneIn('KZ') });
      expect(decoy).toMatchObject({ __typename: 'OtpRequested', channel: 'GREEN_API', codeLength: 6 });
      const [row] = await smsLog(set.database, decoy);
      const afterMs = Number(row?.failover_at) - Number(row?.created_at);
      const { seen, stop } = watchDelivery(set.gateway, decoy);
      const sent = { channel: 'GREEN_API', status: 'SENT', previousChannels: [] };
      await eventually(() => expect(seen).toEqual([sent]));
      if (outcome.status === 'DELIVERED') expect(afterMs % 5_000).toBe(0);
      // A tenth more or less, and then up to five seconds later.
      expect(Math.abs(afterMs - RECEIPT_MS)).toBeLessThanOrEqual(RECEIPT_MS / 2);
      await makeOverdue(set, decoy);
      await untilFailoversAreTaken(set);
      await eventually(() => expect(seen.at(-1)).toEqual(expected.at(-1)));
      expect([sent, ...expected]).toEqual(expect.arrayContaining(seen)); // a slow client skips states
      expect(set.asked).toEqual([]);
      await stop();
    },
  );

  test('its answers take different times, like those of recent messages', async (context) => {
    const set = await scene(context, { env: { SIGN_UP: 'closed' } });
    await insertHistory(set, { status: 'DELIVERED' });
    const latencies = [];
    for (let count = 0; count < 6; count += 1)
      latencies.push((await smsLog(set.database, await send(set, { phone: phoneIn('KZ') })))[0]?.latency_ms);
    expect(new Set(latencies).size).toBeGreaterThan(3);
    for (const latency of latencies) expect(latency).toBeGreaterThanOrEqual(50);
  });

  test('its delivery takes the next channel as others do when the first channel is down', async (context) => {
    const set = await scene(context, { env: { SIGN_UP: 'closed' } });
    set.greenApi.setState('notAuthorized');
    const { known, unknown } = await twoPhones(set);
    const shown = [];
    for (const phone of [known, unknown]) {
      const attempt = await requestOtp(set.gateway.graphqlUrl, { phone });
      const delivery = await readDelivery(set, { ...attempt, phone, id: '' });
      shown.push([attempt.__typename, attempt.channel, delivery?.previousChannels]);
    }
    expect(shown[0]).toEqual(['OtpRequested', 'KAVENEGAR_VERIFY', ['GREEN_API']]);
    expect(shown[1]).toEqual(shown[0]);
    expect(set.asked.map(({ phone }) => phone)).toEqual([known]);
  });

  test('its client sees the same as others after a resend', async (context) => {
    const set = await scene(context, { env: { SIGN_UP: 'closed', REDIS_URL: inject('redisUrl') } });
    const { known, unknown } = await twoPhones(set);
    for (const phone of [known, unknown]) {
      const attempt = await send(set, { phone });
      await ageResend(set.database, attempt.attemptId);
      const watching = watchDelivery(set.gateway, attempt);
      await eventually(() => expect(watching.seen).toHaveLength(1));
      const again = await resendOtp(set.gateway.graphqlUrl, attempt, { channel: 'KAVENEGAR_SMS' });
      expect(again).toMatchObject({ __typename: 'OtpRequested', channel: 'KAVENEGAR_SMS' });
      await eventually(() =>
        expect(watching.seen.at(-1)).toEqual({
          channel: 'KAVENEGAR_SMS',
          status: 'SENT',
          previousChannels: [],
        }),
      );
      await watching.stop();
    }
    expect(set.askedFor(unknown)).toEqual([]);
  });

  test.for([
    ['not_on_channel', 'KAVENEGAR_VERIFY'],
    ['unknown', 'GREEN_API'],
  ])('its resend passes over a channel as for others after the outcome %s', async ([failure, expected], context) => {
    const set = await scene(context, { env: { SIGN_UP: 'closed' }, roundsByHand: true });
    await insertHistory(set, { status: 'UNDELIVERED', failure: String(failure) });
    const decoy = await send(set, { phone: phoneIn('KZ') });
    const resend = async () => {
      await ageResend(set.database, decoy.attemptId);
      return resendOtp(set.gateway.graphqlUrl, decoy);
    };
    expect(await resend()).toMatchObject({ channel: 'GREEN_API' }); // its outcome is not known yet
    await makeOverdue(set, decoy);
    await untilFailoversAreTaken(set);
    expect(await resend()).toMatchObject({ __typename: 'OtpRequested', channel: expected });
    expect(set.askedFor(decoy.phone)).toEqual([]);
  });

  test('the next channel takes over as for others when no receipt comes in time', async (context) => {
    const set = await scene(context, { env: { SIGN_UP: 'closed' } });
    await insertHistory(set, { status: 'SENT' });
    const { known, unknown } = await twoPhones(set);
    const real = await send(set, { phone: known });
    const decoy = await send(set, { phone: unknown });
    const waitOf = async (attempt: Sent) => {
      const [row] = await smsLog(set.database, attempt);
      return Number(row?.failover_at) - Number(row?.updated_at);
    };
    expect(await waitOf(real)).toBe(600_000);
    expect(await waitOf(decoy)).toBe(600_000);
    for (const attempt of [real, decoy]) await makeOverdue(set, attempt);
    await eventually(async () =>
      expect(await readDelivery(set, real)).toMatchObject({ channel: 'KAVENEGAR_VERIFY', status: 'SENT' }),
    );
    await eventually(async () =>
      expect(await readDelivery(set, decoy)).toMatchObject({ previousChannels: ['GREEN_API'] }),
    );
    expect(set.askedFor(unknown)).toEqual([]);
  });
});
