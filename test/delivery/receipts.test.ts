import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { createClient as createSseClient } from 'graphql-sse';
import { type TestContext, afterAll, describe, expect, inject, test } from 'vitest';
import {
  type Result,
  cancelLogin,
  deliverWebhook,
  readAttempt,
  requestOtp,
  resendOtp,
  verifyOtp,
} from '../support/calls.js';
import {
  CALLBACK_SECRET,
  PRODUCTION,
  type Scene as BareScene,
  type SeenDelivery,
  WEBHOOK_TOKEN,
  ageResend,
  createDatabases,
  eventually,
  phoneIn,
  setScene,
  smsLog,
  statusEvent,
  watchDelivery,
} from '../support/delivery.js';
import type { TestDatabase } from '../support/gateway.js';
import {
  expireAttempt,
  insertDeliveries,
  insertUser,
  makeFailoverDue,
  makeFailoversDue,
  makePollsDue,
  readDeliveries,
} from '../support/rows.js';

/** How late a round may be, and a busy machine. */
const ROUND_MS = 1_000;
const MARGIN_MS = 2_000;

const databases = createDatabases();
afterAll(() => databases.drop());

interface Scene extends BareScene {
  database: TestDatabase;
}

/**
 * A database, providers and gateways of the test's own: another's gateway would go on with its messages. Nothing arrives
 * unless the test says so, and production has no console channel that everything could end at.
 */
async function scene(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  { env, ...options }: Parameters<typeof setScene>[1] = {},
): Promise<Scene> {
  const database = await databases.take(onTestFinished);
  const set = await setScene(database, { ...options, env: { ...PRODUCTION, ...NEVER, ...env } }, onTestFinished);
  set.greenApi.defaultStatuses = [];
  set.kavenegar.defaultStatuses = [];
  set.melipayamak.defaultStatuses = [];
  // A tenth of a second from one status to the next, at a hundred times our speed.
  set.kavenegar.statusDelayMs = 10_000;
  set.melipayamak.statusDelayMs = 10_000;
  return { ...set, database };
}

/** Only a receipt makes a message go on. */
const NEVER = { DELIVERY_RECEIPT_TIMEOUT_SECONDS: '600' };

const webhook = ({ gateway }: BareScene, event: unknown, on = gateway) =>
  deliverWebhook(on.url, event, { token: WEBHOOK_TOKEN });

interface Sent extends Result {
  phone: string;
  /** Of the provider. */
  id: string;
}

/** A code that the first channel of the route has taken. */
async function send(set: Scene, country: 'KZ' | 'KG' | 'IR' = 'KZ', on = set.gateway): Promise<Sent> {
  const phone = phoneIn(country);
  const attempt = await requestOtp(on.graphqlUrl, { phone });
  expect(attempt.__typename).toBe('OtpRequested');
  const row = (await smsLog(set.database, attempt)).at(-1);
  return { ...attempt, phone, id: String(row?.provider_id) };
}

/** What Green API tells of a message that `send` sent. */
const tell = (set: Scene, { phone, id }: Sent, status: string, on = set.gateway) =>
  webhook(set, statusEvent(set.greenApi, phone, id, status), on);

const deliveryOf = async ({ gateway }: BareScene, attempt: Sent) =>
  (await readAttempt(gateway.graphqlUrl, attempt))?.delivery;
const channelsFor = ({ askedFor }: BareScene, { phone }: { phone: string }) =>
  askedFor(phone).map((one) => one.channel);
/** Makes every delivery that could be overdue so now. */
const makeOverdue = ({ database }: Scene) => makeFailoversDue(database);
/**
 * Every instance looks for what is due, and sends it: somebody else's message fails there, which makes it look at once,
 * and what was due before that goes first.
 */
async function roundNow(set: Scene): Promise<void> {
  for (const on of set.gateways) {
    const control = await send(set, 'KZ', on);
    await tell(set, control, 'failed', on);
    await eventually(() => expect(channelsFor(set, control)).toHaveLength(2));
  }
  await new Promise((resolve) => setTimeout(resolve, 100)); // what was set out for at the same time has arrived
}

describe.concurrent('who waits is told how far the message has come', () => {
  const statuses = (seen: SeenDelivery[]) => seen.map(({ status }) => status);

  test('at another instance, at once, with Redis', async (context) => {
    const set = await scene(context, { instances: 2, env: { REDIS_URL: inject('redisUrl') } });
    const [, other] = set.gateways as [Scene['gateway'], Scene['gateway']];
    const attempt = await send(set);
    const { seen, stop } = watchDelivery(other, attempt);
    await eventually(() => expect(statuses(seen)).toEqual(['ACCEPTED']));
    for (const [status, shown] of [
      ['sent', 'SENT'],
      ['delivered', 'DELIVERED'],
      ['read', 'READ'],
    ] as const) {
      expect(await tell(set, attempt, status)).toBe(200);
      await eventually(() => expect(statuses(seen).at(-1)).toBe(shown), 1_500);
    }
    expect(statuses(seen)).toEqual(['ACCEPTED', 'SENT', 'DELIVERED', 'READ']);
    await stop();
  });

  test('at another instance, by looking again, without Redis', async (context) => {
    const set = await scene(context, { instances: 2 });
    const [, other] = set.gateways as [Scene['gateway'], Scene['gateway']];
    const attempt = await send(set);
    const { seen, stop } = watchDelivery(other, attempt);
    await eventually(() => expect(statuses(seen)).toEqual(['ACCEPTED']));
    for (const [status, shown] of [
      ['sent', 'SENT'],
      ['delivered', 'DELIVERED'],
    ] as const) {
      expect(await tell(set, attempt, status)).toBe(200);
      await eventually(() => expect(statuses(seen).at(-1)).toBe(shown), 2_000 + MARGIN_MS);
    }
    await stop();
  });

  test('by Server-Sent Events, as the provider itself tells it', async (context) => {
    const set = await scene(context, {});
    set.greenApi.defaultStatuses = ['sent', 'delivered'];
    set.greenApi.statusDelayMs = 40_000; // at a hundred times our speed
    const attempt = await send(set);
    const client = createSseClient({ url: set.gateway.graphqlUrl });
    const seen: string[] = [];
    const query = `subscription { loginAttemptStatus(attemptId: "${attempt.attemptId}", secret: "${attempt.secret}") { delivery { status } } }`;
    for await (const { data } of client.iterate<{ loginAttemptStatus: { delivery: { status: string } } }>({ query })) {
      const status = data?.loginAttemptStatus.delivery.status;
      seen.push(String(status));
      if (status === 'DELIVERED') break;
    }
    client.dispose();
    expect(['ACCEPTED', 'SENT', 'DELIVERED'].filter((status) => seen.includes(status))).toEqual(seen);
    expect(seen.length).toBeGreaterThanOrEqual(2); // a busy machine may begin to watch late
  });

  test('and which channels did not do before', async (context) => {
    const set = await scene(context, { instances: 2, env: { REDIS_URL: inject('redisUrl') } });
    const [, other] = set.gateways as [Scene['gateway'], Scene['gateway']];
    const attempt = await send(set);
    const { seen, stop } = watchDelivery(other, attempt);
    await eventually(() => expect(seen).toHaveLength(1));
    await tell(set, attempt, 'noAccount');
    await eventually(() =>
      expect(seen.at(-1)).toEqual({
        channel: 'KAVENEGAR_VERIFY',
        status: 'SENT', // as Kavenegar answers a lookup
        previousChannels: ['GREEN_API'],
      }),
    );
    expect(seen[0]).toEqual({ channel: 'GREEN_API', status: 'ACCEPTED', previousChannels: [] });
    expect(await deliveryOf(set, attempt)).toMatchObject({ previousChannels: ['GREEN_API'] });
    await stop();
  });

  test('when it is sent again, from the beginning', async (context) => {
    const set = await scene(context, { env: { REDIS_URL: inject('redisUrl') } });
    const attempt = await send(set);
    await tell(set, attempt, 'delivered');
    const { seen, stop } = watchDelivery(set.gateway, attempt);
    await eventually(() => expect(seen).toHaveLength(1));
    await ageResend(set.database, attempt.attemptId);
    await resendOtp(set.gateway.graphqlUrl, attempt, { channel: 'KAVENEGAR_SMS' });
    await eventually(() =>
      expect(seen.at(-1)).toEqual({ channel: 'KAVENEGAR_SMS', status: 'ACCEPTED', previousChannels: ['GREEN_API'] }),
    );
    await stop();
  });
});

describe.concurrent('a receipt that says it will never arrive', () => {
  test.for(['noAccount', 'notInGroup', 'failed', 'yellowCard', 'suspended'])(
    'Green API: %s – the next channel takes the same code at once',
    async (status, context) => {
      const set = await scene(context);
      const attempt = await send(set);
      await tell(set, attempt, status);
      await eventually(() => expect(channelsFor(set, attempt)).toEqual(['green-api', 'kavenegar-verify']), 1_500);
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
  ] as const)('Kavenegar: %s, when it is asked', async ([status, expected, failure], context) => {
    const set = await scene(context);
    set.kavenegar.defaultStatuses = [status];
    const attempt = await send(set, 'IR');
    await eventually(() => expect(set.kavenegar.messages[0]?.status).toBe(status));
    await makePollsDue(set.database);
    await eventually(
      () => expect(channelsFor(set, attempt)).toEqual(['kavenegar-verify', 'kavenegar-sms']),
      ROUND_MS + MARGIN_MS,
    );
    expect(await smsLog(set.database, attempt)).toMatchObject([
      { status: expected, failure, detail: `status ${status}` },
      { channel: 'kavenegar-sms' },
    ]);
  });

  test.for([
    [2, 'UNDELIVERED', 'unknown'],
    [35, 'UNDELIVERED', 'not_on_channel'],
    [16, 'FAILED', 'unknown'],
  ] as const)('Melipayamak: %s, when it is asked', async ([status, expected, failure], context) => {
    const set = await scene(context, { env: { DELIVERY_ROUTES: 'IR=melipayamak,kavenegar-sms' } });
    set.melipayamak.defaultStatuses = [0, status];
    const attempt = await send(set, 'IR');
    await eventually(() => expect(set.melipayamak.messages[0]?.state).toBe(status));
    await makePollsDue(set.database);
    await eventually(
      () => expect(channelsFor(set, attempt)).toEqual(['melipayamak', 'kavenegar-sms']),
      ROUND_MS + MARGIN_MS,
    );
    expect(await smsLog(set.database, attempt)).toMatchObject([
      { status: expected, failure, detail: `status ${status}` },
      { channel: 'kavenegar-sms' },
    ]);
  });

  test('is acted on at once, and not in the next round', async (context) => {
    const set = await scene(context);
    const attempts = [await send(set), await send(set), await send(set)];
    const startedAt = performance.now();
    for (const attempt of attempts) {
      await tell(set, attempt, 'noAccount');
      await eventually(() => expect(channelsFor(set, attempt)).toHaveLength(2));
    }
    expect(performance.now() - startedAt).toBeLessThan(2 * ROUND_MS); // there is one a second
  });

  /** It arrived on a phone that is not at hand, or was deleted unread: whoever asks again has not got it. */
  test('is acted on also when an earlier message had arrived, and another was asked for', async (context) => {
    const set = await scene(context);
    const attempt = await send(set);
    await tell(set, attempt, 'delivered');
    await ageResend(set.database, attempt.attemptId);
    set.kavenegar.defaultStatuses = [11];
    await resendOtp(set.gateway.graphqlUrl, attempt, { channel: 'KAVENEGAR_VERIFY' });
    await eventually(() => expect(set.kavenegar.messages[0]?.status).toBe(11));
    await makePollsDue(set.database);
    await eventually(() =>
      expect(channelsFor(set, attempt).slice(0, 3)).toEqual(['green-api', 'kavenegar-verify', 'green-api']),
    );
  });

  test('of the last channel there is: the attempt stays open, and says so', async (context) => {
    const set = await scene(context, {
      env: { KAVENEGAR_API_KEY: '', KAVENEGAR_TEMPLATE: '', KAVENEGAR_CALLBACK_SECRET: '' },
    });
    const attempt = await send(set);
    await tell(set, attempt, 'noAccount');
    await new Promise((resolve) => setTimeout(resolve, ROUND_MS + 100));
    expect(channelsFor(set, attempt)).toEqual(['green-api']);
    expect(await readAttempt(set.gateway.graphqlUrl, attempt)).toMatchObject({
      status: 'PENDING',
      delivery: { channel: 'GREEN_API', status: 'UNDELIVERED', previousChannels: [] },
    });
  });
});

describe.concurrent('no receipt in time', () => {
  test('makes the next channel send, by country, and 0 is never', async (context) => {
    const set = await scene(context, {
      env: { DELIVERY_RECEIPT_TIMEOUT_SECONDS: 'IR=1;KG=2;*=0', DELIVERY_ROUTES: '*=green-api,kavenegar-sms' },
    });
    const [iranian, kyrgyz, kazakh] = [await send(set, 'IR'), await send(set, 'KG'), await send(set, 'KZ')];
    await eventually(() => expect(channelsFor(set, iranian)).toHaveLength(2), 1_000 + ROUND_MS + MARGIN_MS);
    await eventually(() => expect(channelsFor(set, kyrgyz)).toHaveLength(2), 2_000 + ROUND_MS);
    const between = ({ phone }: Sent) => {
      const [first, second] = set.askedFor(phone);
      return (second?.at ?? 0) - (first?.at ?? 0);
    };
    expect(between(iranian)).toBeGreaterThanOrEqual(1_000 - 20);
    expect(between(kyrgyz)).toBeGreaterThanOrEqual(2_000 - 20);
    expect(channelsFor(set, kazakh)).toEqual(['green-api']);
    await makeOverdue(set);
    await roundNow(set);
    expect(channelsFor(set, kazakh)).toEqual(['green-api']);
  });

  test.for([
    ['the answer', '10'],
    ['an answer that comes too late', '1'],
  ] as const)('0 is never, also when a receipt is quicker than %s', async ([, budget], context) => {
    const set = await scene(context, {
      env: { DELIVERY_RECEIPT_TIMEOUT_SECONDS: '0', DELIVERY_BUDGET_SECONDS: budget },
    });
    const { attempt } = await answeredLate(set, ['sent']);
    await makeOverdue(set);
    await roundNow(set);
    expect(channelsFor(set, attempt)).toEqual(['green-api']);
    expect(await deliveryOf(set, attempt)).toMatchObject({ channel: 'GREEN_API', status: 'SENT' });
  });

  test('goes from channel to channel, each waited for in its turn', async (context) => {
    const set = await scene(context, { env: { DELIVERY_RECEIPT_TIMEOUT_SECONDS: '1' } });
    const attempt = await send(set);
    await eventually(
      () => expect(channelsFor(set, attempt)).toEqual(['green-api', 'kavenegar-verify', 'kavenegar-sms']),
      2 * (1_000 + ROUND_MS) + MARGIN_MS,
    );
    expect(new Set(set.askedFor(attempt.phone).map(({ code }) => code)).size).toBe(1);
    expect(await deliveryOf(set, attempt)).toMatchObject({ previousChannels: ['GREEN_API', 'KAVENEGAR_VERIFY'] });
  });

  test('when the next channel refuses, the one after it takes the code', async (context) => {
    const set = await scene(context);
    set.kavenegar.templates.clear();
    const attempt = await send(set);
    await tell(set, attempt, 'noAccount');
    await eventually(async () =>
      expect(await smsLog(set.database, attempt)).toMatchObject([
        { channel: 'green-api', status: 'UNDELIVERED' },
        { channel: 'kavenegar-verify', status: 'FAILED', failure: 'template_rejected' },
        { channel: 'kavenegar-sms', status: 'ACCEPTED' },
      ]),
    );
  });

  test('fifty at once: two instances send fifty more, to fifty phones', async (context) => {
    const set = await scene(context, { instances: 2 });
    const attempts = await Promise.all(
      Array.from({ length: 50 }, (_, index) => send(set, 'KZ', set.gateways[index % 2])),
    );
    await makeOverdue(set);
    await eventually(() => expect(set.asked).toHaveLength(100), ROUND_MS + 3 * MARGIN_MS);
    const rows = await set.database.query<{ channel: string; count: number }>(
      'SELECT channel, count(*)::int AS count FROM sms_log GROUP BY channel ORDER BY channel',
    );
    expect(rows).toEqual([
      { channel: 'green-api', count: 50 },
      { channel: 'kavenegar-verify', count: 50 },
    ]);
    await roundNow(set);
    for (const attempt of attempts) expect(channelsFor(set, attempt)).toEqual(['green-api', 'kavenegar-verify']);
  });

  test('fifty receipts, each told to both instances in the same moment: fifty more', async (context) => {
    const set = await scene(context, { instances: 2 });
    const attempts = await Promise.all(Array.from({ length: 50 }, () => send(set)));
    const answers = await Promise.all(
      attempts.flatMap((attempt) => set.gateways.map((on) => tell(set, attempt, 'noAccount', on))),
    );
    expect(new Set(answers)).toEqual(new Set([200]));
    await roundNow(set);
    for (const attempt of attempts) expect(channelsFor(set, attempt)).toEqual(['green-api', 'kavenegar-verify']);
  });

  /** Who signs in before a receipt comes leaves a row that becomes due for nothing; a busy service has many of them. */
  test('does not wait behind those that are waited for no more', async (context) => {
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
    await makeOverdue(set);
    await eventually(() => expect(channelsFor(set, attempt)).toHaveLength(2), 2 * ROUND_MS + MARGIN_MS);
  });
});

describe.concurrent('nobody is sent a second message', () => {
  test.for<[string, (set: Scene, attempt: Sent) => Promise<unknown>]>([
    ['whose first has arrived', (set, attempt) => tell(set, attempt, 'delivered')],
    ['whose first has been read', (set, attempt) => tell(set, attempt, 'read')],
    [
      'who has signed in',
      ({ gateway, askedFor }, attempt) =>
        verifyOtp(gateway.graphqlUrl, { ...attempt, code: String(askedFor(attempt.phone)[0]?.code) }),
    ],
    ['who has given up', ({ gateway }, attempt) => cancelLogin(gateway.graphqlUrl, attempt)],
    ['whose time is up', ({ database }, { attemptId }) => expireAttempt(database, attemptId)],
  ])('%s', async ([, act], context) => {
    const set = await scene(context);
    const attempt = await send(set);
    await act(set, attempt);
    await makeOverdue(set);
    await roundNow(set);
    expect(await tell(set, attempt, 'failed')).toBe(200);
    await roundNow(set);
    expect(channelsFor(set, attempt)).toEqual(['green-api']);
  });

  test('by the older of two that were asked for', async (context) => {
    const set = await scene(context);
    const attempt = await send(set);
    await ageResend(set.database, attempt.attemptId);
    await resendOtp(set.gateway.graphqlUrl, attempt, { channel: 'KAVENEGAR_SMS' });
    const [first] = await smsLog(set.database, attempt);
    await makeFailoverDue(set.database, String(first?.id));
    await roundNow(set);
    await tell(set, attempt, 'noAccount');
    await roundNow(set);
    expect(channelsFor(set, attempt)).toEqual(['green-api', 'kavenegar-sms']);
  });

  test('whose first arrives late, when the second has been sent already', async (context) => {
    const set = await scene(context);
    const attempt = await send(set);
    await makeOverdue(set);
    await eventually(() => expect(channelsFor(set, attempt)).toHaveLength(2), ROUND_MS + MARGIN_MS);
    await eventually(async () => expect((await smsLog(set.database, attempt)).at(-1)?.provider_id).not.toBeNull());
    await tell(set, attempt, 'delivered');
    await makeOverdue(set);
    await roundNow(set);
    expect(channelsFor(set, attempt)).toEqual(['green-api', 'kavenegar-verify']);
  });
});

/** What a message is said to be after a status, by what it was before. Everything else changes nothing. */
const MOVES: Record<string, { to: string; from: string[] }> = {
  sent: { to: 'SENT', from: ['ACCEPTED'] },
  delivered: { to: 'DELIVERED', from: ['ACCEPTED', 'SENT'] },
  read: { to: 'READ', from: ['ACCEPTED', 'SENT', 'DELIVERED'] },
  noAccount: { to: 'UNDELIVERED', from: ['ACCEPTED', 'SENT'] },
  failed: { to: 'FAILED', from: ['ACCEPTED', 'SENT'] },
};
const after = (statuses: string[]) =>
  statuses.reduce((state, status) => (MOVES[status]?.from.includes(state) ? MOVES[status].to : state), 'ACCEPTED');

describe.concurrent('receipts in any order', () => {
  const ALONE = { KAVENEGAR_API_KEY: '', KAVENEGAR_TEMPLATE: '', KAVENEGAR_CALLBACK_SECRET: '' };
  const STATUSES = ['sent', 'delivered', 'read', 'noAccount', 'failed', 'pending', 'invented'];

  test('move a message only forward, and are always answered 200', async (context) => {
    const set = await scene(context, { env: ALONE });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...STATUSES), { minLength: 1, maxLength: 7 }), async (statuses) => {
        const attempt = await send(set);
        const path: (string | undefined)[] = [];
        for (const status of statuses) {
          expect(await tell(set, attempt, status)).toBe(200);
          path.push((await deliveryOf(set, attempt))?.status);
        }
        expect(path).toEqual(statuses.map((_, index) => after(statuses.slice(0, index + 1))));
      }),
      { numRuns: 40 },
    );
  });

  test('every order of the good ones ends where the furthest is', async (context) => {
    const set = await scene(context, { env: ALONE });
    for (const order of permutations(['sent', 'delivered', 'read'])) {
      const attempt = await send(set);
      for (const status of [...order, ...order]) await tell(set, attempt, status);
      expect(await deliveryOf(set, attempt)).toMatchObject({ status: 'READ' });
    }
  });

  test('all in the same moment end in a state that one of them told', async (context) => {
    const set = await scene(context, { env: ALONE, instances: 2 });
    for (let time = 0; time < 5; time += 1) {
      const attempt = await send(set);
      const told = ['sent', 'delivered', 'sent', 'delivered', 'sent'];
      const answers = await Promise.all(told.map((one, index) => tell(set, attempt, one, set.gateways[index % 2])));
      expect(new Set(answers)).toEqual(new Set([200]));
      expect(await deliveryOf(set, attempt)).toMatchObject({ status: 'DELIVERED' });
    }
  });

  test('of what is not ours change nothing', async (context) => {
    const set = await scene(context, {});
    const { greenApi, database } = set;
    const attempt = await send(set);
    const rows = () => readDeliveries(database);
    const before = await rows();
    const other = { idInstance: 1_109_999_999, wid: '77010000009@c.us', typeInstance: 'whatsapp' };
    const { phone, id } = attempt;
    for (const event of [
      statusEvent(greenApi, phone, id, 'delivered', { sendByApi: false }),
      statusEvent(greenApi, phone, id, 'delivered', { instanceData: other }),
      statusEvent(greenApi, phone, id, 'delivered', { instanceData: undefined }),
      statusEvent(greenApi, phone, id, 'pending'),
      statusEvent(greenApi, phone, id, 'somethingNew'),
      statusEvent(greenApi, phone, id, "'; DROP TABLE sms_log; --"),
      statusEvent(greenApi, phone, '3EB0UNKNOWN0000000000', 'delivered'),
      statusEvent(greenApi, phoneIn('KZ'), '3EB0UNKNOWN0000000001', 'noAccount'),
      statusEvent(greenApi, phone, '', 'delivered'),
      statusEvent(greenApi, phone, id, 'delivered', { idMessage: 17 }),
      { typeWebhook: 'outgoingMessageStatus' },
    ]) {
      expect(await webhook(set, event)).toBe(200);
    }
    expect(await deliverWebhook(set.gateway.url, statusEvent(greenApi, phone, id, 'read'), { token: 'another' })).toBe(
      401,
    );
    expect(before).toHaveLength(1);
    expect(await rows()).toEqual(before);
    await tell(set, attempt, 'delivered');
    expect(await rows()).toMatchObject([{ status: 'DELIVERED' }]); // or nothing would have been told
  });

  test('are known by their id where they tell no phone, and by a hidden one', async (context) => {
    const set = await scene(context, { env: ALONE });
    for (const change of [{ chatId: undefined }, { chatId: '100000000000007@lid' }, { sendByApi: undefined }]) {
      const attempt = await send(set);
      await webhook(set, statusEvent(set.greenApi, attempt.phone, attempt.id, 'delivered', change));
      expect(await deliveryOf(set, attempt)).toMatchObject({ status: 'DELIVERED' });
    }
  });

  test('of a delivery that is over are still written down', async (context) => {
    const set = await scene(context);
    const attempt = await send(set);
    const code = String(set.askedFor(attempt.phone)[0]?.code);
    expect(await verifyOtp(set.gateway.graphqlUrl, { ...attempt, code })).toMatchObject({ __typename: 'Session' });
    await tell(set, attempt, 'read');
    expect(await smsLog(set.database, attempt)).toMatchObject([{ status: 'READ' }]);
  });
});

/** Sends a code whose acceptance is answered only after Green API has told these statuses of it. */
async function answeredLate(
  set: Scene,
  statuses: string[],
  told = '3EB0EARLY00000000001',
  answered = told,
  afterMs = 500,
) {
  const phone = phoneIn('KZ');
  set.greenApi.faults.set('sendmessage', {
    status: 200,
    body: JSON.stringify({ idMessage: answered }),
    afterMs,
  });
  const requested = requestOtp(set.gateway.graphqlUrl, { phone });
  await eventually(() => expect(set.askedFor(phone)).toHaveLength(1));
  for (const status of statuses) expect(await webhook(set, statusEvent(set.greenApi, phone, told, status))).toBe(200);
  set.greenApi.faults.clear();
  const early = await smsLog(set.database, { phone });
  const answer = await requested;
  return { early, attempt: { ...answer, phone, id: told } };
}

describe.concurrent('a receipt that is quicker than the provider’s answer', () => {
  test.for([
    ['sent', 'SENT'],
    ['delivered', 'DELIVERED'],
    ['read', 'READ'],
  ] as const)('%s: is adopted, and the answer takes nothing back', async ([status, expected], context) => {
    const set = await scene(context);
    const { early, attempt } = await answeredLate(set, [status]);
    expect(early).toMatchObject([{ status: expected, provider_id: attempt.id }]);
    expect(attempt).toMatchObject({ __typename: 'OtpRequested', channel: 'GREEN_API' });
    const rows = await smsLog(set.database, attempt);
    expect(rows).toMatchObject([{ status: expected, provider_id: attempt.id, template: '*/kk' }]);
    expect(rows[0]?.latency_ms).toBeGreaterThanOrEqual(400);
    await tell(set, attempt, 'read');
    expect(await deliveryOf(set, attempt)).toMatchObject({ status: 'READ' });
    await makeOverdue(set);
    await roundNow(set);
    expect(channelsFor(set, attempt)).toEqual(['green-api']);
  });

  test.for(['noAccount', 'failed'])('%s: the next channel sends, once', async (status, context) => {
    const set = await scene(context);
    const { attempt } = await answeredLate(set, [status]);
    expect(attempt).toMatchObject({ __typename: 'OtpRequested' });
    await roundNow(set);
    expect(channelsFor(set, attempt)).toEqual(['green-api', 'kavenegar-verify']);
    expect(await deliveryOf(set, attempt)).toMatchObject({
      channel: 'KAVENEGAR_VERIFY',
      status: 'SENT',
      previousChannels: ['GREEN_API'],
    });
  });

  test('is believed when the answer comes too late, and the log still tells what was tried', async (context) => {
    const set = await scene(context, { env: { DELIVERY_CHANNEL_TIMEOUT_SECONDS: '1' } });
    const { attempt } = await answeredLate(set, ['delivered'], undefined, undefined, 5_000);
    expect(attempt).toMatchObject({ __typename: 'OtpRequested', channel: 'GREEN_API' });
    expect(channelsFor(set, attempt)).toEqual(['green-api']);
    const rows = await smsLog(set.database, attempt);
    expect(rows).toMatchObject([{ status: 'DELIVERED', provider_id: attempt.id, template: '*/kk' }]);
    expect(rows[0]?.latency_ms).toBeGreaterThan(0);
  });

  test('of another message is put right by the answer', async (context) => {
    const set = await scene(context);
    const { early, attempt } = await answeredLate(set, ['delivered'], '3EB0OTHER0000000000A', '3EB0OURS00000000000A');
    expect(early).toMatchObject([{ status: 'DELIVERED', provider_id: '3EB0OTHER0000000000A' }]);
    expect(await smsLog(set.database, attempt)).toMatchObject([
      { status: 'ACCEPTED', provider_id: '3EB0OURS00000000000A' },
    ]);
    await tell(set, { ...attempt, id: '3EB0OURS00000000000A' }, 'sent');
    expect(await deliveryOf(set, attempt)).toMatchObject({ status: 'SENT' });
    await makeOverdue(set);
    await eventually(() => expect(channelsFor(set, attempt)).toHaveLength(2), ROUND_MS + MARGIN_MS);
  });
});

const CALLBACK = '/api/webhooks/kavenegar/status/';

describe.concurrent('Kavenegar’s callback', () => {
  test.for(['get', 'form', 'json'] as const)('%s: makes it be asked at once', async (encoding, context) => {
    const set = await scene(context);
    const { kavenegar, gateway } = set;
    kavenegar.nextMessageId = 9_007_199_254_740_993n; // more than a number of JavaScript holds
    kavenegar.callback = { url: `${gateway.url}${CALLBACK}${CALLBACK_SECRET}`, encoding };
    kavenegar.defaultStatuses = [4, 10];
    kavenegar.statusDelayMs = 30_000; // at a hundred times our speed
    const attempt = await send(set, 'IR');
    expect(attempt.id).toBe('9007199254740993');
    await eventually(async () => expect(await deliveryOf(set, attempt)).toMatchObject({ status: 'DELIVERED' }), 1_800);
    await eventually(() => expect(kavenegar.callbackAnswers).toEqual([200, 200]));
  });

  test('with a wrong secret is refused, and nobody is asked', async (context) => {
    const set = await scene(context);
    const attempt = await send(set, 'IR');
    for (const secret of ['wrong', `${CALLBACK_SECRET}x`, CALLBACK_SECRET.slice(1), '%20', `${CALLBACK_SECRET}%2F`]) {
      const response = await fetch(`${set.gateway.url}${CALLBACK}${secret}?messageid=${attempt.id}&status=10`);
      expect(response.status).toBe(401);
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(set.kavenegar.calls.filter(({ method }) => method === 'sms/status')).toEqual([]);
    expect(JSON.stringify(set.gateway.log)).not.toContain(CALLBACK_SECRET.slice(1));
  });

  test('that lies changes nothing', async (context) => {
    const set = await scene(context);
    set.kavenegar.defaultStatuses = [4];
    const attempt = await send(set, 'IR');
    const asked = () => set.kavenegar.calls.filter(({ method }) => method === 'sms/status').length;
    const startedAt = performance.now();
    for (const status of [10, 11, 14]) {
      const before = asked();
      const url = `${set.gateway.url}${CALLBACK}${CALLBACK_SECRET}/?messageid=${attempt.id}&status=${status}`;
      expect((await fetch(url)).status).toBe(200);
      await eventually(() => expect(asked()).toBeGreaterThan(before));
    }
    expect(performance.now() - startedAt).toBeLessThan(2 * ROUND_MS); // at once each time, and not in the next round
    await roundNow(set);
    expect(await deliveryOf(set, attempt)).toMatchObject({ status: 'SENT' });
    expect(channelsFor(set, attempt)).toEqual(['kavenegar-verify']);
  });

  test('in any form, or of anybody’s message, is answered 200', async (context) => {
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

describe.concurrent('a provider that does not tell is asked', () => {
  /** Two seconds after it was sent for the first time; the rest is for a busy machine. */
  const WHEN_ASKED_MS = 10_000;

  test('Kavenegar: one call for many messages, until they have arrived', async (context) => {
    const set = await scene(context);
    set.kavenegar.defaultStatuses = [10];
    const attempts = await Promise.all(Array.from({ length: 30 }, () => send(set, 'IR')));
    const states = async () =>
      new Set(await Promise.all(attempts.map(async (one) => (await deliveryOf(set, one))?.status)));
    await eventually(async () => expect(await states()).toEqual(new Set(['DELIVERED'])), WHEN_ASKED_MS);
    const calls = set.kavenegar.calls.filter(({ method }) => method === 'sms/status');
    expect(calls.length).toBeLessThanOrEqual(5);
    const ids = calls.flatMap(({ form }) => String(form['messageid']).split(','));
    expect(ids.toSorted()).toEqual(attempts.map(({ id }) => id).toSorted()); // each once: it has arrived
  });

  test.for([
    ['REST', {}],
    ['the console', { MELIPAYAMAK_CONSOLE_TOKEN: 'invented0console0token' }],
  ] as const)('Melipayamak, by %s, with ids of nineteen digits', async ([way, env], context) => {
    const set = await scene(context, { env: { ...env, DELIVERY_ROUTES: 'IR=melipayamak' } });
    set.melipayamak.defaultStatuses = [1];
    const attempts = await Promise.all(Array.from({ length: 7 }, () => send(set, 'IR')));
    for (const { id } of attempts) expect(id).toMatch(/^\d{19}$/);
    expect(attempts.map(({ id }) => id).toSorted()).toEqual(
      set.melipayamak.messages.map(({ recId }) => recId).toSorted(),
    );
    await eventually(async () => {
      for (const one of attempts) expect(await deliveryOf(set, one)).toMatchObject({ status: 'DELIVERED' });
    }, WHEN_ASKED_MS);
    const calls = set.melipayamak.calls.map(({ method }) => method);
    if (way === 'REST') expect(calls.filter((method) => method === 'GetDeliveries2')).toHaveLength(7);
    else expect(calls.filter((method) => method === 'receive/status').length).toBeLessThanOrEqual(3);
  });

  test('and one that cannot answer is asked again', async (context) => {
    const set = await scene(context);
    set.kavenegar.defaultStatuses = [10];
    set.kavenegar.faults.set('sms/status', { status: 502, body: '<html>Bad Gateway</html>', contentType: 'text/html' });
    const attempt = await send(set, 'IR');
    const asked = () => set.kavenegar.calls.filter(({ method }) => method === 'sms/status').length;
    await eventually(() => expect(asked()).toBe(1), WHEN_ASKED_MS);
    set.kavenegar.faults.clear();
    await eventually(
      async () => expect(await deliveryOf(set, attempt)).toMatchObject({ status: 'DELIVERED' }),
      WHEN_ASKED_MS,
    );
  });
});

test.concurrent('a provider that hangs when it is asked does not keep another from being asked', async (context) => {
  const set = await scene(context);
  const { kavenegar, melipayamak, gateway } = set;
  for (let time = 0; time < 6; time += 1)
    await requestOtp(gateway.graphqlUrl, { phone: phoneIn('IR'), channel: 'MELIPAYAMAK' });
  melipayamak.faults.set('GetDeliveries2', 'hang');
  await makePollsDue(set.database);
  await eventually(() => expect(melipayamak.calls.some(({ method }) => method === 'GetDeliveries2')).toBe(true));
  kavenegar.defaultStatuses = [10];
  kavenegar.callback = { url: `${gateway.url}${CALLBACK}${CALLBACK_SECRET}`, encoding: 'form' };
  const attempt = await send(set, 'IR');
  await eventually(async () => expect(await deliveryOf(set, attempt)).toMatchObject({ status: 'DELIVERED' }), 3_000);
});

describe.concurrent('with sign-up closed', () => {
  const addUser = ({ database }: Scene, phone: string) => insertUser(database, { phone });

  /** A person of ours and a stranger of the same country. */
  async function twoPeople(set: Scene): Promise<{ known: string; stranger: string }> {
    const known = phoneIn('KZ');
    await addUser(set, known);
    return { known, stranger: phoneIn('KZ') };
  }

  test('a stranger’s message seems to be sent and delivered as a real one is, and nothing is sent', async (context) => {
    const set = await scene(context, { env: { SIGN_UP: 'closed', REDIS_URL: inject('redisUrl') } });
    set.greenApi.defaultStatuses = ['sent', 'delivered'];
    set.greenApi.statusDelayMs = 50_000; // at a hundred times our speed
    const { known, stranger } = await twoPeople(set);
    const seen: SeenDelivery[][] = [];
    for (const phone of [known, stranger]) {
      const attempt = await requestOtp(set.gateway.graphqlUrl, { phone });
      expect(attempt).toMatchObject({ __typename: 'OtpRequested', channel: 'GREEN_API', codeLength: 6 });
      const watching = watchDelivery(set.gateway, attempt);
      await eventually(() => expect(watching.seen.at(-1)?.status).toBe('DELIVERED'), 5_000);
      seen.push(watching.seen);
      await watching.stop();
    }
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[0]?.map(({ status }) => status)).toEqual(['ACCEPTED', 'SENT', 'DELIVERED']);
    expect(set.asked.map(({ phone }) => phone)).toEqual([known]);
  });

  test('a stranger’s message goes the way that others’ go when the first channel is down', async (context) => {
    const set = await scene(context, { env: { SIGN_UP: 'closed' } });
    set.greenApi.setState('notAuthorized');
    const { known, stranger } = await twoPeople(set);
    const shown = [];
    for (const phone of [known, stranger]) {
      const attempt = await requestOtp(set.gateway.graphqlUrl, { phone });
      shown.push([
        attempt.__typename,
        attempt.channel,
        (await deliveryOf(set, { ...attempt, phone, id: '' }))?.previousChannels,
      ]);
    }
    expect(shown[0]).toEqual(['OtpRequested', 'KAVENEGAR_VERIFY', ['GREEN_API']]);
    expect(shown[1]).toEqual(shown[0]);
    expect(set.asked.map(({ phone }) => phone)).toEqual([known]);
  });

  test('a stranger who asks again sees what others see', async (context) => {
    const set = await scene(context, { env: { SIGN_UP: 'closed', REDIS_URL: inject('redisUrl') } });
    const { known, stranger } = await twoPeople(set);
    const seen = await Promise.all(
      [known, stranger].map(async (phone) => {
        const attempt = await requestOtp(set.gateway.graphqlUrl, { phone });
        await ageResend(set.database, attempt.attemptId);
        const watching = watchDelivery(set.gateway, attempt);
        await eventually(() => expect(watching.seen).toHaveLength(1));
        const again = await resendOtp(set.gateway.graphqlUrl, attempt, { channel: 'KAVENEGAR_SMS' });
        expect(again).toMatchObject({ __typename: 'OtpRequested', channel: 'KAVENEGAR_SMS' });
        await new Promise((resolve) => setTimeout(resolve, 500));
        await watching.stop();
        return watching.seen.at(-1);
      }),
    );
    expect(seen[0]).toEqual({ channel: 'KAVENEGAR_SMS', status: 'ACCEPTED', previousChannels: ['GREEN_API'] });
    expect(seen[1]).toEqual(seen[0]);
    expect(set.askedFor(stranger)).toEqual([]);
  });

  test('a stranger whose message never seems to arrive goes on as others do', async (context) => {
    const set = await scene(context, { env: { SIGN_UP: 'closed', DELIVERY_RECEIPT_TIMEOUT_SECONDS: '1' } });
    const { known, stranger } = await twoPeople(set);
    const attempts = await Promise.all(
      [known, stranger].map(async (phone) => ({
        ...(await requestOtp(set.gateway.graphqlUrl, { phone })),
        phone,
        id: '',
      })),
    );
    await eventually(
      async () =>
        expect(await deliveryOf(set, attempts[0] as Sent)).toMatchObject({
          channel: 'KAVENEGAR_VERIFY',
          status: 'SENT',
        }),
      1_000 + ROUND_MS + MARGIN_MS,
    );
    await eventually(
      async () => expect(await deliveryOf(set, attempts[1] as Sent)).toMatchObject({ previousChannels: ['GREEN_API'] }),
      ROUND_MS + MARGIN_MS,
    );
    expect(set.askedFor(stranger)).toEqual([]);
  });
});

function permutations<Item>(items: Item[]): Item[][] {
  if (items.length <= 1) return [items];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}
