import { type TestContext, afterAll, describe, expect, test } from 'vitest';
import { layCable } from '../support/cable.js';
import { deliverWebhook, readAttempt, requestOtp, resendOtp, verifyOtp } from '../support/calls.js';
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
import { cancelFailovers, makePollsDue } from '../support/rows.js';

const databases = createDatabases();
afterAll(async () => {
  await cleanUpProcesses();
  await databases.drop();
});

/**
 * What was begun is overdue six seconds later, and found within one more. Of the budget the first of four channels has
 * two: time enough to be killed in, on a busy machine, too.
 */
const ENV = {
  ...PRODUCTION,
  GATEWAY_SECRET: 'one secret for all instances of this service',
  DELIVERY_BUDGET_SECONDS: '5',
  DELIVERY_RECEIPT_TIMEOUT_SECONDS: '1',
};
const OVERDUE_MS = 6_000;
const ROUND_MS = 1_000;
const MARGIN_MS = 1_500;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Scene extends Providers {
  database: TestDatabase;
  /** A process of its own, that can be killed. */
  victim: GatewayProcess & Addresses;
  /** One of this process, as it comes up after. */
  another(): Promise<TestGateway>;
}

async function scene(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  options: Parameters<typeof startProviders>[0] = {},
  more: Record<string, string> = {},
): Promise<Scene> {
  const database = await databases.take(onTestFinished);
  const providers = await startProviders(options);
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

/**
 * SIGKILL, in the moment in which a channel is asked; what it was asked it does all the same.
 *
 * @param ask that the victim does not live to answer.
 */
async function killWhenAsked(set: Scene, channel: string, ask: () => Promise<unknown>): Promise<void> {
  const { victim } = set;
  set.onAsked = (asked) => {
    if (asked.channel !== channel) return;
    set.onAsked = undefined;
    victim.signal('SIGKILL');
  };
  await ask().catch(() => {}); // a webhook may have been answered by then
  expect(await victim.exited).toMatchObject({ signal: 'SIGKILL' });
}

const channelsFor = ({ askedFor }: Providers, phone: string) => askedFor(phone).map(({ channel }) => channel);

describe.concurrent('a process that is killed between the provider’s accepting and the log', () => {
  test('what arrived is known by its receipt, and nothing is sent again', async (context) => {
    const set = await scene(context);
    const { greenApi, victim, database } = set;
    const phone = phoneIn('KZ');
    greenApi.faults.set('sendmessage', { slowMs: 200 });
    await killWhenAsked(set, 'green-api', () => requestOtp(victim.graphqlUrl, { phone }));
    const other = await set.another();
    await eventually(() => expect(greenApi.messages).toHaveLength(1));
    const id = String(greenApi.messages[0]?.idMessage);
    expect(await smsLog(database, { phone })).toMatchObject([{ status: 'QUEUED', provider_id: null }]);
    for (const status of ['sent', 'delivered']) greenApi.emit(statusEvent(greenApi, { phone, id, status }));
    await eventually(async () =>
      expect(await smsLog(database, { phone })).toMatchObject([{ status: 'DELIVERED', provider_id: id }]),
    );
    await sleep(OVERDUE_MS + ROUND_MS);
    expect(channelsFor(set, phone)).toEqual(['green-api']);
    expect(other.log.filter(({ event }) => event === 'delivery.failover')).toEqual([]);
  });

  test('without a receipt the next channel sends the same code, once', async (context) => {
    const set = await scene(context);
    const phone = phoneIn('KZ');
    set.greenApi.faults.set('sendmessage', { slowMs: 200 });
    await killWhenAsked(set, 'green-api', () => requestOtp(set.victim.graphqlUrl, { phone }));
    set.kavenegar.defaultStatuses = [10];
    set.kavenegar.statusDelayMs = 1;
    await Promise.all([set.another(), set.another()]);
    await eventually(
      () => expect(channelsFor(set, phone)).toEqual(['green-api', 'kavenegar-verify']),
      OVERDUE_MS + ROUND_MS + MARGIN_MS,
    );
    await cancelFailovers(set.database); // what follows is another matter
    await sleep(2 * ROUND_MS);
    expect(channelsFor(set, phone)).toEqual(['green-api', 'kavenegar-verify']);
    expect(new Set(set.askedFor(phone).map(({ code }) => code)).size).toBe(1);
    expect((await smsLog(set.database, { phone })).map(({ channel }) => channel)).toEqual([
      'green-api',
      'kavenegar-verify',
    ]);
  });

  test('while it sends again: the person, who still waits, signs in with what the next channel brings', async (context) => {
    const set = await scene(context);
    const phone = phoneIn('KZ');
    const attempt = await requestOtp(set.victim.graphqlUrl, { phone });
    await cancelFailovers(set.database); // of the first message nothing is expected
    await ageResend(set.database, attempt.attemptId);
    const before = set.askedFor(phone).length;
    set.greenApi.faults.set('sendmessage', { slowMs: 200 });
    await killWhenAsked(set, 'green-api', () => resendOtp(set.victim.graphqlUrl, attempt));
    const other = await set.another();
    await eventually(
      () => expect(channelsFor(set, phone).slice(before)).toEqual(['green-api', 'kavenegar-verify']),
      OVERDUE_MS + ROUND_MS + MARGIN_MS,
    );
    await eventually(async () =>
      expect(await readAttempt(other.graphqlUrl, attempt)).toMatchObject({
        status: 'PENDING',
        delivery: { channel: 'KAVENEGAR_VERIFY', previousChannels: ['GREEN_API'] },
      }),
    );
    const code = String(set.askedFor(phone).at(-1)?.code);
    expect(await verifyOtp(other.graphqlUrl, { ...attempt, code })).toMatchObject({ __typename: 'Session' });
  });

  test('Kavenegar is told again under the same localid, and sends one SMS', async (context) => {
    const set = await scene(context, {}, { DELIVERY_ROUTES: 'IR=kavenegar-sms,melipayamak' });
    const { kavenegar, victim, database } = set;
    const phone = phoneIn('IR');
    kavenegar.faults.set('sms/send', { slowMs: 200 });
    await killWhenAsked(set, 'kavenegar-sms', () => requestOtp(victim.graphqlUrl, { phone }));
    await eventually(() => expect(kavenegar.sentTo(phone)).toHaveLength(1));
    kavenegar.faults.clear();
    await set.another();
    await eventually(
      async () =>
        expect(await smsLog(database, { phone })).toMatchObject([
          { channel: 'kavenegar-sms', status: 'ACCEPTED', provider_id: kavenegar.messages[0]?.messageid },
        ]),
      OVERDUE_MS + ROUND_MS + MARGIN_MS,
    );
    const sends = kavenegar.calls.filter(({ method }) => method === 'sms/send');
    expect(sends).toHaveLength(2);
    expect(sends[1]?.form['localid']).toBe(sends[0]?.form['localid']);
    expect(kavenegar.sentTo(phone)).toHaveLength(1);
  });

  /** There is nothing to go on to; but what can be repeated without harm need not get lost. */
  test('so it is also when Kavenegar’s SMS is the last channel that is left', async (context) => {
    const set = await scene(context, {}, { DELIVERY_ROUTES: '*=green-api,kavenegar-sms', KAVENEGAR_TEMPLATE: '' });
    const { kavenegar, greenApi, victim, database } = set;
    const phone = phoneIn('KZ');
    kavenegar.faults.set('sms/send', 'hang');
    await requestOtp(victim.graphqlUrl, { phone });
    const id = String((await smsLog(database, { phone }))[0]?.provider_id);
    const told = statusEvent(greenApi, { phone, id, status: 'noAccount' });
    await killWhenAsked(set, 'kavenegar-sms', () => deliverWebhook(victim.url, told, { token: WEBHOOK_TOKEN }));
    kavenegar.faults.clear();
    await set.another();
    await eventually(() => expect(kavenegar.sentTo(phone)).toHaveLength(1), OVERDUE_MS + ROUND_MS + MARGIN_MS);
  });
});

test.concurrent('a message that was taken before a restart is overdue after it, once', async (context) => {
  const set = await scene(context);
  const phone = phoneIn('KZ');
  const attempt = await requestOtp(set.victim.graphqlUrl, { phone });
  expect(attempt).toMatchObject({ __typename: 'OtpRequested', channel: 'GREEN_API' });
  set.victim.signal('SIGTERM');
  expect(await set.victim.exited).toEqual({ code: 0, signal: null });
  expect(channelsFor(set, phone)).toEqual(['green-api']);
  set.kavenegar.templates.clear(); // so that the second has nobody to go on to but Kavenegar's SMS
  const [other] = await Promise.all([set.another(), set.another()]);
  await eventually(
    async () =>
      expect(await readAttempt(other.graphqlUrl, attempt)).toMatchObject({
        delivery: { channel: 'KAVENEGAR_SMS', previousChannels: ['GREEN_API', 'KAVENEGAR_VERIFY'] },
      }),
    OVERDUE_MS + ROUND_MS + MARGIN_MS,
  );
  await sleep(2 * ROUND_MS);
  expect(channelsFor(set, phone)).toEqual(['green-api', 'kavenegar-verify', 'kavenegar-sms']);
  expect(set.kavenegar.sentTo(phone)).toHaveLength(1);
});

describe.concurrent('SIGTERM', () => {
  test('lets a failover that is being sent be finished and written down', async (context) => {
    const set = await scene(context, {});
    const { greenApi, kavenegar, victim, database } = set;
    const phone = phoneIn('KZ');
    await requestOtp(victim.graphqlUrl, { phone });
    kavenegar.faults.set('verify/lookup', { slowMs: 700 });
    const id = String((await smsLog(database, { phone }))[0]?.provider_id);
    const told = statusEvent(greenApi, { phone, id, status: 'noAccount' });
    expect(await deliverWebhook(victim.url, told, { token: WEBHOOK_TOKEN })).toBe(200);
    await eventually(() => expect(set.askedFor(phone)).toHaveLength(2));
    victim.signal('SIGTERM');
    expect(await victim.exited).toEqual({ code: 0, signal: null });
    expect(await smsLog(database, { phone })).toMatchObject([
      { channel: 'green-api', status: 'UNDELIVERED' },
      { channel: 'kavenegar-verify', status: 'SENT', provider_id: kavenegar.messages[0]?.messageid },
    ]);
  });

  /** Service managers kill after ten seconds. */
  test('does not wait for a provider that hangs when asked how far many messages have come', async (context) => {
    const set = await scene(
      context,
      {},
      { DELIVERY_ROUTES: 'IR=melipayamak', DELIVERY_RECEIPT_TIMEOUT_SECONDS: '600' },
    );
    const { melipayamak, victim, database } = set;
    await Promise.all(Array.from({ length: 10 }, () => requestOtp(victim.graphqlUrl, { phone: phoneIn('IR') })));
    melipayamak.faults.set('GetDeliveries2', 'hang');
    await makePollsDue(database);
    await eventually(
      () => expect(melipayamak.calls.some(({ method }) => method === 'GetDeliveries2')).toBe(true),
      ROUND_MS + MARGIN_MS,
    );
    const startedAt = performance.now();
    victim.signal('SIGTERM');
    expect(await victim.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - startedAt).toBeLessThan(8_000);
  });
});

describe.concurrent('the database, away while a status is told', () => {
  test('the webhook asks for it again, and then it is written down', async ({ onTestFinished }) => {
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
      DELIVERY_RECEIPT_TIMEOUT_SECONDS: '600',
    });
    onTestFinished(() => gateway.stop());
    const attempt = await requestOtp(gateway.graphqlUrl, { phone: phoneIn('KZ') });
    const phone = String((await database.query<{ phone: string }>('SELECT phone FROM login_attempts'))[0]?.phone);
    const id = String((await smsLog(database, attempt))[0]?.provider_id);
    const told = (status: string) =>
      deliverWebhook(gateway.url, statusEvent(greenApi, { phone, id, status }), { token: WEBHOOK_TOKEN });
    await cable.pull();
    expect(await told('sent')).toBe(503);
    expect(await told('sent')).toBe(503);
    await cable.plugIn();
    expect(await smsLog(database, attempt)).toMatchObject([{ status: 'ACCEPTED' }]);
    expect(await told('sent')).toBe(200);
    expect(await smsLog(database, attempt)).toMatchObject([{ status: 'SENT' }]);

    // And as Green API itself does it: a minute later, first in first out, at a hundred times our speed.
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
