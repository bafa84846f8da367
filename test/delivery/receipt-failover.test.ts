import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { cancelLogin, readAttempt, resendOtp, verifyOtp } from '../support/calls.js';
import { ageResend, eventually, phoneIn, smsLog } from '../support/delivery.js';
import { expireAttempt, insertDeliveries, makeFailoverDue, makeFailoversDue, makePollsDue } from '../support/rows.js';
import {
  GREEN_API_ONLY,
  type Scene,
  type Sent,
  channelsFor,
  expectChannels,
  makeOverdue,
  readDelivery,
  report,
  untilFailoversAreTaken,
  send,
  useScenes,
} from './scene.js';

const { scene, sharedScene } = useScenes();

describe.concurrent('a receipt that says the message will never arrive', () => {
  const shared = sharedScene();

  test.for(['noAccount', 'notInGroup', 'failed', 'yellowCard', 'suspended'])(
    'of Green API (%s) makes the next channel send the same code',
    async (status) => {
      const set = shared();
      const attempt = await send(set);
      await report(set, attempt, status);
      await eventually(() => expect(channelsFor(set, attempt)).toEqual(['green-api', 'kavenegar-verify']));
      const [first, second] = set.askedFor(attempt.phone);
      expect(second?.code).toBe(first?.code);
      const expected = ['failed', 'yellowCard', 'suspended'].includes(status) ? 'FAILED' : 'UNDELIVERED';
      await eventually(async () =>
        expect(await smsLog(set.database, attempt)).toMatchObject([
          { channel: 'green-api', status: expected, detail: status },
          { channel: 'kavenegar-verify', status: 'SENT', failure: null, template: 'myverification' },
        ]),
      );
      const session = await verifyOtp(set.gateway.graphqlUrl, { ...attempt, code: String(second?.code) });
      expect(session).toMatchObject({ __typename: 'Session' });
    },
  );

  test.for([
    [11, 'UNDELIVERED', 'unknown'],
    [14, 'UNDELIVERED', 'not_on_channel'],
    [6, 'FAILED', 'unknown'],
    [13, 'FAILED', 'account_restricted'],
  ] as const)(
    'of Kavenegar (status %s), which is polled, makes the next channel send',
    async ([status, expected, failure]) => {
      const set = shared();
      const phone = phoneIn('IR');
      set.kavenegar.statusesByPhone.set(phone, [status]);
      const attempt = await send(set, { phone });
      await eventually(() => expect(set.kavenegar.sentTo(phone)[0]?.status).toBe(status));
      await makePollsDue(set.database);
      await eventually(() => expect(channelsFor(set, attempt)).toEqual(['kavenegar-verify', 'kavenegar-sms']));
      expect(await smsLog(set.database, attempt)).toMatchObject([
        { status: expected, failure, detail: `status ${status}` },
        { channel: 'kavenegar-sms' },
      ]);
    },
  );

  /**
   * The earlier message arrived on a phone that is not at hand, or was deleted unread, so the user requests the code
   * again.
   */
  test('is acted on also after a resend when an earlier message had arrived', async () => {
    const set = shared();
    const attempt = await send(set);
    await report(set, attempt, 'delivered');
    await ageResend(set.database, attempt.attemptId);
    set.kavenegar.statusesByPhone.set(attempt.phone, [11]);
    await resendOtp(set.gateway.graphqlUrl, attempt, { channel: 'KAVENEGAR_VERIFY' });
    await eventually(() => expect(set.kavenegar.sentTo(attempt.phone)[0]?.status).toBe(11));
    await makePollsDue(set.database);
    await eventually(() =>
      expect(channelsFor(set, attempt).slice(0, 3)).toEqual(['green-api', 'kavenegar-verify', 'green-api']),
    );
  });

  test('of the last channel leaves the attempt open and shows the status', async (context) => {
    const set = await scene(context, { env: GREEN_API_ONLY });
    const attempt = await send(set);
    await report(set, attempt, 'noAccount');
    await makeOverdue(set, attempt);
    await untilFailoversAreTaken(set);
    await expectChannels(set, attempt, ['green-api']);
    expect(await readAttempt(set.gateway.graphqlUrl, attempt)).toMatchObject({
      status: 'PENDING',
      delivery: { channel: 'GREEN_API', status: 'FAILED', previousChannels: [] },
    });
  });
});

describe.concurrent('a resend after a receipt that says the phone is not on the channel', () => {
  const shared = sharedScene();
  const resend = async (set: Scene, attempt: Sent, channel?: string) => {
    await ageResend(set.database, attempt.attemptId);
    return resendOtp(set.gateway.graphqlUrl, attempt, channel ? { channel } : {});
  };

  test.for([undefined, 'GREEN_API'])('passes over that channel (requested: %s)', async (requested) => {
    const set = shared();
    const attempt = await send(set);
    await report(set, attempt, 'noAccount');
    await eventually(() => expect(channelsFor(set, attempt)).toEqual(['green-api', 'kavenegar-verify']));
    expect(await resend(set, attempt, requested)).toMatchObject({
      __typename: 'OtpRequested',
      channel: 'KAVENEGAR_VERIFY',
    });
    expect(channelsFor(set, attempt)).toEqual(['green-api', 'kavenegar-verify', 'kavenegar-verify']);
  });

  test('uses the channel again after any other failure', async () => {
    const set = shared();
    const attempt = await send(set);
    await report(set, attempt, 'failed');
    await eventually(() => expect(channelsFor(set, attempt)).toEqual(['green-api', 'kavenegar-verify']));
    expect(await resend(set, attempt)).toMatchObject({ channel: 'GREEN_API' });
  });

  test('uses every channel again when none is left', async (context) => {
    const set = await scene(context, { env: GREEN_API_ONLY });
    const attempt = await send(set);
    await report(set, attempt, 'noAccount');
    expect(await resend(set, attempt)).toMatchObject({ __typename: 'OtpRequested', channel: 'GREEN_API' });
  });

  test('passes over it in other attempts of the phone, too', async () => {
    const set = shared();
    const attempt = await send(set);
    await report(set, attempt, 'noAccount');
    await eventually(() => expect(channelsFor(set, attempt)).toHaveLength(2));
    const other = await send(set, { phone: attempt.phone });
    expect(other).toMatchObject({ channel: 'KAVENEGAR_VERIFY' });
    expect(await resend(set, other)).toMatchObject({ channel: 'KAVENEGAR_VERIFY' });
  });
});

describe('a resend after two messages of a channel without a receipt', () => {
  const resend = async (set: Scene, attempt: Sent, channel?: string) => {
    await ageResend(set.database, attempt.attemptId);
    return resendOtp(set.gateway.graphqlUrl, attempt, channel ? { channel } : {});
  };

  test('begins with the next channel, although each resend begins the wait for a receipt again', async (context) => {
    const set = await scene(context, { roundsByHand: true });
    const attempt = await send(set);
    expect(await resend(set, attempt)).toMatchObject({ channel: 'GREEN_API' });
    expect(await resend(set, attempt)).toMatchObject({ channel: 'KAVENEGAR_VERIFY' });
    expect(await resend(set, attempt, 'GREEN_API')).toMatchObject({ channel: 'GREEN_API' });
    expect(channelsFor(set, attempt)).toEqual(['green-api', 'green-api', 'kavenegar-verify', 'green-api']);
  });

  test('of which one has arrived begins with the same channel', async (context) => {
    const set = await scene(context, { roundsByHand: true });
    const attempt = await send(set);
    await report(set, attempt, 'delivered');
    expect(await resend(set, attempt)).toMatchObject({ channel: 'GREEN_API' });
    expect(await resend(set, attempt)).toMatchObject({ channel: 'GREEN_API' });
  });

  test('begins with the next channel for a decoy as for others', async (context) => {
    const set = await scene(context, { env: { SIGN_UP: 'closed' }, roundsByHand: true });
    const decoy = await send(set, { phone: phoneIn('KZ') });
    expect(await resend(set, decoy)).toMatchObject({ channel: 'GREEN_API' });
    await set.database.query(`UPDATE sms_log SET status = 'ACCEPTED', delivered_at = NULL WHERE attempt_id = $1`, [
      decoy.attemptId,
    ]);
    expect(await resend(set, decoy)).toMatchObject({ channel: 'KAVENEGAR_VERIFY' });
    expect(set.askedFor(decoy.phone)).toEqual([]);
  });
});

// A decoy fails over in a round too, so the moment does not tell whether a message was sent.
test.concurrent('a receipt that says the message will never arrive is acted on in the next round', async (context) => {
  const set = await scene(context, { roundsByHand: true });
  for (const attempt of [await send(set), await send(set), await send(set)]) {
    await report(set, attempt, 'noAccount');
    expect(await readDelivery(set, attempt)).toMatchObject({ channel: 'GREEN_API', status: 'SENT' });
    await untilFailoversAreTaken(set);
    await eventually(() => expect(channelsFor(set, attempt)).toHaveLength(2));
  }
});

describe.concurrent('a receipt of Melipayamak that says the message will never arrive', () => {
  const shared = sharedScene({ env: { DELIVERY_ROUTES: 'IR=melipayamak,kavenegar-sms' } });

  test.for([
    [2, 'UNDELIVERED', 'unknown'],
    [35, 'UNDELIVERED', 'not_on_channel'],
    [16, 'FAILED', 'unknown'],
  ] as const)('(status %s, when it is polled) makes the next channel send', async ([status, expected, failure]) => {
    const set = shared();
    const phone = phoneIn('IR');
    set.melipayamak.statusesByPhone.set(phone, [0, status]);
    const attempt = await send(set, { phone });
    await eventually(() => expect(set.melipayamak.messages.find(({ to }) => to === phone)?.state).toBe(status));
    await makePollsDue(set.database);
    await eventually(() => expect(channelsFor(set, attempt)).toEqual(['melipayamak', 'kavenegar-sms']));
    expect(await smsLog(set.database, attempt)).toMatchObject([
      { status: expected, failure, detail: `status ${status}` },
      { channel: 'kavenegar-sms' },
    ]);
  });
});

/** Hundreds of requests take long on a busy machine. */
const MANY_REQUESTS = { timeout: 120_000 };

describe.concurrent('without a receipt in time', () => {
  /** The number of seconds until the next channel takes over, counted from the provider's answer. */
  async function waitOf({ database }: Scene, attempt: Sent): Promise<number | null> {
    const [row] = await smsLog(database, attempt);
    return row?.failover_at ? (row.failover_at.getTime() - row.updated_at.getTime()) / 1_000 : null;
  }

  test('the next channel sends after the time of the country, and never for 0', async (context) => {
    const set = await scene(context, {
      env: { DELIVERY_RECEIPT_TIMEOUT_SECONDS: 'IR=100;KG=200;*=0', DELIVERY_ROUTES: '*=green-api,kavenegar-sms' },
    });
    const iranian = await send(set, { country: 'IR' });
    const kyrgyz = await send(set, { country: 'KG' });
    const kazakh = await send(set, { country: 'KZ' });
    expect(await waitOf(set, iranian)).toBe(100);
    expect(await waitOf(set, kyrgyz)).toBe(200);
    expect(await waitOf(set, kazakh)).toBeNull();
    for (const attempt of [iranian, kyrgyz, kazakh]) await makeOverdue(set, attempt);
    for (const attempt of [iranian, kyrgyz])
      await eventually(() => expect(channelsFor(set, attempt)).toEqual(['green-api', 'kavenegar-sms']));
    // A control message would have to fail over too, because a row without a time for its failover is never taken.
    await expectChannels(set, kazakh, ['green-api']);
  });

  test('each channel of the route takes over in its turn, a second after the one before', async (context) => {
    const set = await scene(context, { env: { DELIVERY_RECEIPT_TIMEOUT_SECONDS: '1' } });
    const attempt = await send(set);
    await eventually(
      () => expect(channelsFor(set, attempt)).toEqual(['green-api', 'kavenegar-verify', 'kavenegar-sms']),
      10_000,
    );
    const times = set.askedFor(attempt.phone).map(({ at }) => at);
    for (const [index, at] of times.slice(1).entries())
      expect(at - Number(times[index])).toBeGreaterThanOrEqual(1_000 - 20);
    expect(new Set(set.askedFor(attempt.phone).map(({ code }) => code)).size).toBe(1);
    expect(await readDelivery(set, attempt)).toMatchObject({ previousChannels: ['GREEN_API', 'KAVENEGAR_VERIFY'] });
  });

  test('the channel after next sends when the next one refuses', async (context) => {
    const set = await scene(context);
    set.kavenegar.templates.clear();
    const attempt = await send(set);
    await report(set, attempt, 'noAccount');
    await eventually(async () =>
      expect(await smsLog(set.database, attempt)).toMatchObject([
        { channel: 'green-api', status: 'UNDELIVERED' },
        { channel: 'kavenegar-verify', status: 'FAILED', failure: 'template_rejected' },
        { channel: 'kavenegar-sms', status: 'ACCEPTED' },
      ]),
    );
  });

  test(
    'of fifty messages at once, two instances send fifty more, one to each phone',
    MANY_REQUESTS,
    async (context) => {
      const set = await scene(context, { instances: 2 });
      const attempts = await Promise.all(
        Array.from({ length: 50 }, (_, index) => {
          const gateway = set.gateways[index % 2];
          return send(set, gateway && { gateway });
        }),
      );
      await makeFailoversDue(set.database);
      await eventually(() => expect(set.asked).toHaveLength(100), 60_000);
      const rows = await set.database.query<{ channel: string; count: number }>(
        'SELECT channel, count(*)::int AS count FROM sms_log GROUP BY channel ORDER BY channel',
      );
      expect(rows).toEqual([
        { channel: 'green-api', count: 50 },
        { channel: 'kavenegar-verify', count: 50 },
      ]);
      await untilFailoversAreTaken(set);
      for (const attempt of attempts) await expectChannels(set, attempt, ['green-api', 'kavenegar-verify']);
    },
  );

  test(
    'fifty failure receipts, each reported to both instances at once, cause fifty more messages',
    MANY_REQUESTS,
    async (context) => {
      const set = await scene(context, { instances: 2 });
      const attempts = await Promise.all(Array.from({ length: 50 }, () => send(set)));
      const answers = await Promise.all(
        attempts.flatMap((attempt) => set.gateways.map((gateway) => report({ ...set, gateway }, attempt, 'noAccount'))),
      );
      expect(new Set(answers)).toEqual(new Set([200]));
      await untilFailoversAreTaken(set);
      for (const attempt of attempts) await expectChannels(set, attempt, ['green-api', 'kavenegar-verify']);
    },
  );

  /**
   * When a user signs in before a receipt arrives, the row becomes due without any effect. A busy service has many such
   * rows.
   */
  test('a message does not wait behind five hundred messages of finished attempts', async (context) => {
    const set = await scene(context);
    await insertDeliveries(
      set.database,
      Array.from({ length: 500 }, () => ({
        attemptId: randomUUID(),
        channel: 'green-api',
        status: 'SENT',
        nextChannels: ['kavenegar-sms'],
        failoverAt: '-1 minute',
      })),
    );
    const attempt = await send(set);
    await makeOverdue(set, attempt);
    // A round takes all due rows, fifty at a time. If it took only fifty, it would need ten rounds, one a second.
    await eventually(() => expect(channelsFor(set, attempt)).toHaveLength(2), 8_000);
  });
});

describe.concurrent('no second message is sent', () => {
  const shared = sharedScene({ roundsByHand: true });

  test.for<[string, (set: Scene, attempt: Sent) => Promise<unknown>]>([
    ['the first one has arrived', (set, attempt) => report(set, attempt, 'delivered')],
    ['the first one has been read', (set, attempt) => report(set, attempt, 'read')],
    [
      'the user has signed in',
      ({ gateway, askedFor }, attempt) =>
        verifyOtp(gateway.graphqlUrl, { ...attempt, code: String(askedFor(attempt.phone)[0]?.code) }),
    ],
    ['the user has canceled', ({ gateway }, attempt) => cancelLogin(gateway.graphqlUrl, attempt)],
    ['the attempt has expired', ({ database }, { attemptId }) => expireAttempt(database, attemptId)],
  ])('when %s', async ([, act]) => {
    const set = shared();
    const attempt = await send(set);
    await act(set, attempt);
    await makeOverdue(set, attempt);
    await untilFailoversAreTaken(set);
    expect(await report(set, attempt, 'failed')).toBe(200);
    await untilFailoversAreTaken(set);
    await expectChannels(set, attempt, ['green-api']);
  });

  test('by the older of two deliveries', async () => {
    const set = shared();
    const attempt = await send(set);
    await ageResend(set.database, attempt.attemptId);
    await resendOtp(set.gateway.graphqlUrl, attempt, { channel: 'KAVENEGAR_SMS' });
    const [first] = await smsLog(set.database, attempt);
    await makeFailoverDue(set.database, String(first?.id));
    await untilFailoversAreTaken(set);
    await report(set, attempt, 'noAccount');
    await untilFailoversAreTaken(set);
    await expectChannels(set, attempt, ['green-api', 'kavenegar-sms']);
  });

  test('by a third channel when the first message arrives late, after the second was sent', async () => {
    const set = shared();
    const attempt = await send(set);
    await makeOverdue(set, attempt);
    await untilFailoversAreTaken(set);
    await eventually(() => expect(channelsFor(set, attempt)).toHaveLength(2));
    await eventually(async () => expect((await smsLog(set.database, attempt)).at(-1)?.provider_id).not.toBeNull());
    await report(set, attempt, 'delivered');
    await makeOverdue(set, attempt);
    await untilFailoversAreTaken(set);
    await expectChannels(set, attempt, ['green-api', 'kavenegar-verify']);
  });
});
