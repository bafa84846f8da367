import { type TestContext, afterAll, beforeAll, describe, expect, test } from 'vitest';
import { layCable } from '../support/cable.js';
import { type Result, deliverWebhook, readAttempt, requestOtp, resendOtp, verifyOtp } from '../support/calls.js';
import {
  PRODUCTION,
  type Providers,
  WEBHOOK_TOKEN,
  ageResend,
  createDatabases,
  eventually,
  phoneIn,
  sendWebhooksTo,
  smsLog,
  startProviders,
  statusEvent,
} from '../support/delivery.js';
import { type TestDatabase, type TestGateway, startGateway } from '../support/gateway.js';
import {
  type Addresses,
  type GatewayProcess,
  cleanUpProcesses,
  killAll,
  makeFolder,
  spawnGateway,
} from '../support/process.js';
import { cancelFailovers, countDueFailovers, makeFailoversDue, makePollsDue } from '../support/rows.js';

const databases = createDatabases();
afterAll(async () => {
  await cleanUpProcesses();
  await databases.drop();
});

/** No delivery becomes overdue by itself during a test. */
const ENV = {
  ...PRODUCTION,
  GATEWAY_SECRET: 'ip5fhGaKPJRqdQesyXUznTEBvuHkr8c2mLFV',
  DELIVERY_BUDGET_SECONDS: '20',
  DELIVERY_RECEIPT_TIMEOUT_SECONDS: '600',
};
/** Milliseconds after which a delivery is overdue, regardless of its status: the budget and the time for a receipt. */
const OVERDUE_MS = 620_000;

interface Scene extends Providers {
  database: TestDatabase;
  /** An instance in a separate process, which can be killed. */
  victim: GatewayProcess & Addresses;
  /** Starts an instance in this process. */
  another(): Promise<TestGateway>;
}

async function scene(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  { env: more = {} }: { env?: Record<string, string> } = {},
): Promise<Scene> {
  const database = await databases.take(onTestFinished);
  const providers = await startProviders();
  onTestFinished(() => providers.close());
  providers.greenApi.defaultStatuses = [];
  providers.kavenegar.defaultStatuses = [];
  const env = { ...providers.env, ...ENV, ...more, DATABASE_URL: database.url };
  const process = spawnGateway(makeFolder(), { env });
  onTestFinished(async () => {
    killAll([process.pid]);
    await process.exited;
  });
  const victim = Object.assign(process, await process.ready());
  return Object.assign(providers, {
    database,
    victim,
    async another() {
      const gateway = await startGateway(env);
      sendWebhooksTo(gateway, providers);
      onTestFinished(() => gateway.stop());
      return gateway;
    },
  });
}

const channelsFor = ({ askedFor }: Providers, phone: string) => askedFor(phone).map(({ channel }) => channel);

describe('a process that is killed between the acceptance by the provider and the log', () => {
  let set: Scene;
  let other: TestGateway;
  const received = phoneIn('KZ');
  const lost = phoneIn('KZ');
  const resent = phoneIn('KG');
  const repeated = phoneIn('IR');
  let resentAttempt: Result;
  const atTheEnd: (() => unknown)[] = [];

  /** The process is killed during four calls to providers. The providers still handle these calls. */
  beforeAll(async () => {
    set = await scene(
      { onTestFinished: (act) => void atTheEnd.push(act as () => unknown) },
      { env: { DELIVERY_ROUTES: 'IR=kavenegar-sms,melipayamak;*=green-api,kavenegar-verify' } },
    );
    const { greenApi, kavenegar, victim, database, askedFor } = set;
    const { graphqlUrl } = victim;
    resentAttempt = await requestOtp(graphqlUrl, { phone: resent });
    await cancelFailovers(database); // nothing follows the first message
    await ageResend(database, resentAttempt.attemptId);
    let release = () => {};
    const until = new Promise<void>((resolve) => (release = resolve));
    greenApi.faults.set('sendmessage', { until });
    kavenegar.faults.set('sms/send', { until });
    const requests = [received, lost, repeated].map((phone) => requestOtp(graphqlUrl, { phone }));
    const unanswered = Promise.allSettled([...requests, resendOtp(graphqlUrl, resentAttempt)]);
    await eventually(() =>
      expect([received, lost, repeated, resent].map((phone) => askedFor(phone).length)).toEqual([1, 1, 1, 2]),
    );
    victim.signal('SIGKILL');
    expect(await victim.exited).toMatchObject({ signal: 'SIGKILL' });
    expect((await unanswered).map(({ status }) => status)).toEqual(Array(4).fill('rejected'));
    release();
    greenApi.faults.clear();
    kavenegar.faults.clear();
    await eventually(() => expect(kavenegar.sentTo(repeated)).toHaveLength(1));
    await eventually(() => expect(greenApi.messages).toHaveLength(4));
    [other] = await Promise.all([set.another(), set.another()]);
  });
  afterAll(async () => {
    for (const act of atTheEnd.toReversed()) await act();
  });

  /**
   * Makes the only delivery of a phone that waits for its failover due. Otherwise it would be due after the budget and
   * the time for a receipt.
   */
  async function makeOverdue(phone: string): Promise<void> {
    const row = (await smsLog(set.database, { phone })).find(({ failover_at }) => failover_at !== null);
    const wait = Number(row?.failover_at) - Number(row?.created_at);
    expect(Math.abs(wait - OVERDUE_MS)).toBeLessThanOrEqual(1);
    await makeFailoversDue(set.database, row?.attempt_id);
  }

  test('recognizes the message by its receipt, and no channel sends again', async () => {
    const { greenApi, database } = set;
    const message = greenApi.messages.find(({ chatId }) => chatId === `${received.slice(1)}@c.us`);
    const id = String(message?.idMessage);
    expect(await smsLog(database, { phone: received })).toMatchObject([{ status: 'QUEUED', provider_id: null }]);
    for (const status of ['sent', 'delivered']) greenApi.emit(statusEvent(greenApi, { phone: received, id, status }));
    await eventually(async () =>
      expect(await smsLog(database, { phone: received })).toMatchObject([{ status: 'DELIVERED', provider_id: id }]),
    );
    expect(channelsFor(set, received)).toEqual(['green-api']);
  });

  test('leaves the message to the next channel when there is no receipt: the same code, once', async () => {
    await makeOverdue(lost);
    await eventually(() => expect(channelsFor(set, lost)).toEqual(['green-api', 'kavenegar-verify']));
    expect(new Set(set.askedFor(lost).map(({ code }) => code)).size).toBe(1);
    expect(await smsLog(set.database, { phone: lost })).toMatchObject([
      { channel: 'green-api', failover_at: null },
      { channel: 'kavenegar-verify' },
    ]);
  });

  test('during a resend leaves the attempt open, and the user signs in with the code of the next channel', async () => {
    await makeOverdue(resent);
    await eventually(() => expect(channelsFor(set, resent)).toEqual(['green-api', 'green-api', 'kavenegar-verify']));
    await eventually(async () =>
      expect(await readAttempt(other.graphqlUrl, resentAttempt)).toMatchObject({
        status: 'PENDING',
        delivery: { channel: 'KAVENEGAR_VERIFY', previousChannels: ['GREEN_API'] },
      }),
    );
    const code = String(set.askedFor(resent).at(-1)?.code);
    expect(await verifyOtp(other.graphqlUrl, { ...resentAttempt, code })).toMatchObject({ __typename: 'Session' });
  });

  test('makes Kavenegar get the message again with the same localid, so that it sends one SMS', async () => {
    const { kavenegar, database } = set;
    await makeOverdue(repeated);
    await eventually(async () =>
      expect(await smsLog(database, { phone: repeated })).toMatchObject([
        { channel: 'kavenegar-sms', status: 'ACCEPTED', provider_id: kavenegar.sentTo(repeated)[0]?.messageid },
      ]),
    );
    const sends = kavenegar.calls.filter(({ method }) => method === 'sms/send');
    expect(sends).toHaveLength(2);
    expect(sends[1]?.form['localid']).toBe(sends[0]?.form['localid']);
    expect(kavenegar.sentTo(repeated)).toHaveLength(1);
  });
});

/** No channel follows, but a message that can be repeated without harm must not be lost. */
test.concurrent('a process that is killed while the last channel, Kavenegar’s SMS, sends: the message is repeated', async (context) => {
  const set = await scene(context, { env: { DELIVERY_ROUTES: '*=green-api,kavenegar-sms', KAVENEGAR_TEMPLATE: '' } });
  const { kavenegar, greenApi, victim, database } = set;
  const phone = phoneIn('KZ');
  kavenegar.faults.set('sms/send', 'hang');
  await requestOtp(victim.graphqlUrl, { phone });
  const id = String((await smsLog(database, { phone }))[0]?.provider_id);
  const event = statusEvent(greenApi, { phone, id, status: 'noAccount' });
  set.onAsked = ({ channel }) => {
    if (channel === 'kavenegar-sms') victim.signal('SIGKILL');
  };
  await deliverWebhook(victim.url, event, { token: WEBHOOK_TOKEN }).catch(() => {}); // killed before or after it answers
  expect(await victim.exited).toMatchObject({ signal: 'SIGKILL' });
  set.onAsked = undefined;
  kavenegar.faults.clear();
  await set.another();
  await makeFailoversDue(database);
  await eventually(() => expect(kavenegar.sentTo(phone)).toHaveLength(1));
});

test.concurrent('a message that was accepted before a restart fails over after it, once a channel', async (context) => {
  const set = await scene(context);
  const { database } = set;
  const phone = phoneIn('KZ');
  const attempt = await requestOtp(set.victim.graphqlUrl, { phone });
  expect(attempt).toMatchObject({ __typename: 'OtpRequested', channel: 'GREEN_API' });
  set.victim.signal('SIGTERM');
  expect(await set.victim.exited).toEqual({ code: 0, signal: null });
  expect(channelsFor(set, phone)).toEqual(['green-api']);
  set.kavenegar.templates.clear(); // so that Kavenegar's SMS follows
  const [other] = await Promise.all([set.another(), set.another()]);
  await makeFailoversDue(database);
  await eventually(async () =>
    expect(await readAttempt(other.graphqlUrl, attempt)).toMatchObject({
      delivery: { channel: 'KAVENEGAR_SMS', previousChannels: ['GREEN_API', 'KAVENEGAR_VERIFY'] },
    }),
  );
  await eventually(() => expect(set.kavenegar.sentTo(phone)).toHaveLength(1));
  // A delivery is written before its provider is called, and nothing is due any more: no other call can follow.
  expect((await smsLog(database, { phone })).map(({ channel }) => channel)).toEqual(channelsFor(set, phone));
  expect(await countDueFailovers(database)).toBe(0);
  expect(channelsFor(set, phone)).toEqual(['green-api', 'kavenegar-verify', 'kavenegar-sms']);
});

describe.concurrent('SIGTERM', () => {
  test('lets a failover that is under way finish and be written down', async (context) => {
    const set = await scene(context);
    const { greenApi, kavenegar, victim, database } = set;
    const phone = phoneIn('KZ');
    await requestOtp(victim.graphqlUrl, { phone });
    kavenegar.faults.set('verify/lookup', { slowMs: 700 });
    const id = String((await smsLog(database, { phone }))[0]?.provider_id);
    const event = statusEvent(greenApi, { phone, id, status: 'noAccount' });
    expect(await deliverWebhook(victim.url, event, { token: WEBHOOK_TOKEN })).toBe(200);
    await eventually(() => expect(set.askedFor(phone)).toHaveLength(2));
    victim.signal('SIGTERM');
    expect(await victim.exited).toEqual({ code: 0, signal: null });
    expect(await smsLog(database, { phone })).toMatchObject([
      { channel: 'green-api', status: 'UNDELIVERED' },
      { channel: 'kavenegar-verify', status: 'SENT', provider_id: kavenegar.messages[0]?.messageid },
    ]);
  });

  /** Service managers kill after ten seconds. */
  test('does not wait for a provider that hangs when it is polled', async (context) => {
    const set = await scene(context, { env: { DELIVERY_ROUTES: 'IR=melipayamak' } });
    const { melipayamak, victim, database } = set;
    await Promise.all(Array.from({ length: 10 }, () => requestOtp(victim.graphqlUrl, { phone: phoneIn('IR') })));
    melipayamak.faults.set('GetDeliveries2', 'hang');
    await makePollsDue(database);
    await eventually(() => expect(melipayamak.calls.some(({ method }) => method === 'GetDeliveries2')).toBe(true));
    const startedAt = performance.now();
    victim.signal('SIGTERM');
    expect(await victim.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - startedAt).toBeLessThan(8_000);
  });
});

describe.concurrent('a database outage while Green API reports a status', () => {
  test('makes the webhook ask for the report again, which is then written down', async ({ onTestFinished }) => {
    const database = await databases.take(onTestFinished);
    const providers = await startProviders();
    onTestFinished(() => providers.close());
    const { greenApi } = providers;
    greenApi.defaultStatuses = [];
    const cable = await layCable(database.url);
    onTestFinished(() => cable.close());
    const gateway = await startGateway({
      ...providers.env,
      ...ENV,
      DATABASE_URL: cable.url,
    });
    onTestFinished(() => gateway.stop());
    const attempt = await requestOtp(gateway.graphqlUrl, { phone: phoneIn('KZ') });
    const phone = String((await database.query<{ phone: string }>('SELECT phone FROM login_attempts'))[0]?.phone);
    const id = String((await smsLog(database, attempt))[0]?.provider_id);
    const report = (status: string) =>
      deliverWebhook(gateway.url, statusEvent(greenApi, { phone, id, status }), { token: WEBHOOK_TOKEN });
    await cable.pull();
    expect(await report('sent')).toBe(503);
    expect(await report('sent')).toBe(503);
    await cable.plugIn();
    expect(await smsLog(database, attempt)).toMatchObject([{ status: 'ACCEPTED' }]);
    expect(await report('sent')).toBe(200);
    expect(await smsLog(database, attempt)).toMatchObject([{ status: 'SENT' }]);

    // Green API itself repeats a report after a minute, in order; here it runs a hundred times as fast.
    await cable.pull();
    greenApi.configure({ webhookUrl: `${gateway.url}/api/webhooks/greenapi/incoming` });
    for (const status of ['delivered', 'read']) greenApi.emit(statusEvent(greenApi, { phone, id, status }));
    await eventually(() => expect(greenApi.webhook.refused).toBeGreaterThan(0));
    expect(greenApi.webhook.statuses).toContain(503);
    await cable.plugIn();
    await eventually(async () => expect(await smsLog(database, attempt)).toMatchObject([{ status: 'READ' }]), 10_000);
    await eventually(() => expect(greenApi.webhook.waiting).toBe(0));
    const accounts = await database.query<{ account: string; heard: boolean }>(
      `SELECT account, webhook_at > now() - interval '1 minute' AS heard FROM provider_accounts`,
    );
    expect(accounts).toEqual([{ account: `green-api ${greenApi.idInstance}`, heard: true }]);
    expect(gateway.log.filter(({ event }) => event.endsWith('bug'))).toEqual([]);
  });
});
