import { describe, expect, inject, test } from 'vitest';
import { requestOtp, resendOtp } from '../support/calls.js';
import { ageResend, eventually, phoneIn, smsLog, watchDelivery } from '../support/delivery.js';
import { insertUser, makePollsDue, postponePolls, setDeliverySeconds } from '../support/rows.js';
import { type Scene, type Sent, makeOverdue, readDelivery, report, send, useScenes } from './scene.js';

const { scene } = useScenes();

/** The phone of a user, and an unknown one of the same country. */
async function twoPhones({ database }: Scene): Promise<{ known: string; unknown: string }> {
  const known = phoneIn('KZ');
  await insertUser(database, { phone: known });
  return { known, unknown: phoneIn('KZ') };
}

/**
 * The steps of a delivery that a client sees. Each step happens only after the client has seen the previous change, so
 * none can be skipped.
 */
async function watchSteps(set: Scene, attempt: Sent, steps: (() => Promise<unknown>)[]) {
  const { seen, stop } = watchDelivery(set.gateway, attempt);
  await eventually(() => expect(seen).toHaveLength(1));
  for (const [index, step] of steps.entries()) {
    await step();
    await eventually(() => {
      set.runRounds();
      expect(seen).toHaveLength(index + 2);
    });
  }
  await stop();
  return seen;
}

describe.concurrent('with sign-up closed, an unknown phone receives no message, and', () => {
  test('its delivery is accepted, sent and delivered in the time of a real one', async (context) => {
    const set = await scene(context, {
      env: { SIGN_UP: 'closed', REDIS_URL: inject('redisUrl') },
      roundsByHand: true,
    });
    const { database } = set;
    const { known, unknown } = await twoPhones(set);

    const real = await send(set, { phone: known });
    const seenOfReal = await watchSteps(set, real, [
      async () => {
        await report(set, real, 'delivered');
        await makeOverdue(set, real);
      },
    ]);
    await setDeliverySeconds(database, real.attemptId, 60);

    const decoy = await send(set, { phone: unknown });
    expect(decoy).toMatchObject({ __typename: 'OtpRequested', channel: 'GREEN_API', codeLength: 6 });
    const row = async () => (await smsLog(database, decoy))[0];
    const [pollAt, updatedAt] = [(await row())?.poll_at, (await row())?.updated_at];
    expect(Number(pollAt) - Number(updatedAt)).toBe(30_000); // sent after half the time of the real one
    await postponePolls(database, String((await row())?.id)); // makes it look a day old
    const seenOfDecoy = await watchSteps(set, decoy, [
      async () => {
        await makePollsDue(database);
        await eventually(async () => {
          set.runRounds();
          expect((await row())?.status).toBe('SENT');
        });
        const sent = await row();
        const [age, wait] = [
          Number(sent?.updated_at) - Number(sent?.created_at),
          Number(sent?.poll_at) - Number(sent?.updated_at),
        ];
        expect(Math.abs(age - wait)).toBeLessThanOrEqual(1); // delivered after the same time again
        await makePollsDue(database);
        await eventually(async () => {
          set.runRounds();
          expect((await row())?.status).toBe('DELIVERED');
        });
        await makeOverdue(set, decoy);
      },
    ]);
    expect(seenOfDecoy).toEqual(seenOfReal);
    expect(seenOfReal.map(({ status }) => status)).toEqual(['SENT', 'DELIVERED']);
    expect(set.asked.map(({ phone }) => phone)).toEqual([known]);
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

  test('the next channel takes over as for others when no receipt comes in time', async (context) => {
    const set = await scene(context, { env: { SIGN_UP: 'closed' } });
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
