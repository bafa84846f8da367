import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { maskPhone } from '../../src/phone/mask-phone.js';
import { resendOtp, startWhatsAppLogin, verifyOtp } from '../support/calls.js';
import { PRODUCTION, ageResend, eventually, phoneIn, requestOtp, smsLog } from '../support/delivery.js';
import { fetchHealth, startGateway } from '../support/gateway.js';
import {
  insertAttempts,
  insertDeliveries,
  insertUser,
  makeFailoversDue,
  makePollsDue,
  minutePasses,
} from '../support/rows.js';
import {
  GREEN_API_ONLY,
  type Scene,
  type Sent,
  callWebhook,
  channelsFor,
  expectChannels,
  makeOverdue,
  readDelivery,
  report,
  send,
  untilFailoversAreTaken,
  useScenes,
} from './scene.js';

const { scene, sharedScene } = useScenes();

/** What operators have who set none of these. */
const DEFAULTS = {
  DELIVERY_RECEIPT_TIMEOUT_SECONDS: '',
  DELIVERY_BUDGET_SECONDS: '',
  DELIVERY_CHANNEL_TIMEOUT_SECONDS: '',
};
/** For a busy machine. */
const BUSY_MS = 3_000;
const DEFAULT_ROUTES = 'IR=kavenegar-verify,kavenegar-sms,melipayamak;*=green-api';

const waitOf = async (set: Scene, attempt: { attemptId: string }) => {
  const row = (await smsLog(set.database, attempt)).at(-1);
  return (Number(row?.failover_at) - Number(row?.created_at)) / 1000;
};

describe.concurrent('the wait for a receipt', () => {
  test('is two minutes for an SMS and 20 seconds for WhatsApp, until the gateway has receipts of its own', async (context) => {
    const set = await scene(context, { env: DEFAULTS });
    expect(await waitOf(set, await send(set, { country: 'IR' }))).toBeGreaterThanOrEqual(120);
    const wait = await waitOf(set, await send(set));
    expect(wait).toBeGreaterThanOrEqual(20);
    expect(wait).toBeLessThan(35);
  });

  const past = (channel: string, delivered: string | null) => ({
    channel,
    status: delivered ? 'DELIVERED' : 'SENT',
    failure: null,
    latencyMs: 100,
    createdAt: new Date(Date.now() - 20 * 60_000),
    deliveredAt: delivered,
  });
  const twenty = <Row>(row: () => Row) => Array.from({ length: 20 }, row);

  test('follows the recent receipts of the channel, and has no end where most codes are used without one', async (context) => {
    const set = await scene(context, { env: DEFAULTS });
    const attempts = await insertAttempts(
      set.database,
      twenty(() => ({ status: 'CLAIMED', createdAt: new Date(Date.now() - 20 * 60_000) })),
    );
    await insertDeliveries(set.database, [
      ...twenty(() => past('kavenegar-verify', '-17 minutes')),
      ...attempts.map((attemptId) => ({ ...past('green-api', null), attemptId })),
    ]);
    const attempt = await send(set, { country: 'IR' });
    expect(await waitOf(set, attempt)).toBeGreaterThanOrEqual(220);
    const [row] = await smsLog(set.database, await send(set));
    expect(row).toMatchObject({ channel: 'green-api', status: 'ACCEPTED', failover_at: null });
  });

  test('keeps its end where no code is used, because phones are switched off or the channel delivers nothing', async (context) => {
    const set = await scene(context, { env: DEFAULTS });
    const ages = { createdAt: new Date(Date.now() - 20 * 60_000) };
    const attempts = await insertAttempts(
      set.database,
      twenty(() => ({ status: 'EXPIRED', ...ages })),
    );
    await insertDeliveries(
      set.database,
      attempts.map((attemptId) => ({ ...past('green-api', null), attemptId })),
    );
    const wait = await waitOf(set, await send(set));
    expect(wait).toBeGreaterThanOrEqual(20);
    expect(wait).toBeLessThan(35);
  });

  test('lets an SMS arrive whose receipt takes a minute: one SMS for each user of Iran', async (context) => {
    const set = await scene(context, { env: { ...DEFAULTS, DELIVERY_ROUTES: DEFAULT_ROUTES }, roundsByHand: true });
    const attempts = await Promise.all(Array.from({ length: 5 }, () => send(set, { country: 'IR' })));
    await set.database.query(`UPDATE sms_log SET failover_at = failover_at - interval '60 seconds'`);
    await untilFailoversAreTaken(set);
    for (const attempt of attempts) await expectChannels(set, attempt, ['kavenegar-verify']);
  });
});

describe.concurrent('the only channel of a route', () => {
  const ONLY = { ...DEFAULTS, ...GREEN_API_ONLY, DELIVERY_ROUTES: '*=green-api' };

  test('may take the whole budget: an answer after six seconds is in time', async (context) => {
    const set = await scene(context, { env: ONLY });
    set.greenApi.faults.set('sendmessage', { slowMs: 6_000 });
    const attempt = await send(set);
    expect(await smsLog(set.database, attempt)).toMatchObject([{ status: 'ACCEPTED', provider_id: attempt.id }]);
  });

  test.for([
    ['breaks the connection', 'hang-up'],
    ['does not answer in time', 'hang'],
  ] as const)('leaves the code usable when it takes the message and %s', async ([, fault], context) => {
    const set = await scene(context, {
      env: { ...ONLY, DELIVERY_BUDGET_SECONDS: '1' },
    });
    set.greenApi.faults.set('sendmessage', fault);
    const phone = phoneIn('KZ');
    const attempt = await requestOtp(set.gateway.graphqlUrl, { phone });
    expect(attempt).toMatchObject({ __typename: 'OtpRequested', channel: 'GREEN_API' });
    expect(await smsLog(set.database, attempt)).toMatchObject([
      {
        status: 'QUEUED',
        failure: null,
        detail: expect.stringMatching(/no answer|ECONNRESET|UND_ERR_SOCKET/) as string,
      },
    ]);
    set.greenApi.faults.clear();
    await report(set, { ...attempt, phone, id: '3EB0LATE000000000001' }, 'delivered');
    expect(await smsLog(set.database, attempt)).toMatchObject([{ status: 'DELIVERED' }]);
    const code = String(set.askedFor(phone)[0]?.code);
    expect(await verifyOtp(set.gateway.graphqlUrl, { ...attempt, code })).toMatchObject({ __typename: 'Session' });
  });

  test('is tried also while its breaker is open', async (context) => {
    const set = await scene(context, { env: ONLY });
    set.greenApi.faults.set('sendmessage', { status: 500, body: '' });
    for (let time = 0; time < 5; time += 1)
      expect(await requestOtp(set.gateway.graphqlUrl, { phone: phoneIn('KZ') })).toMatchObject({
        __typename: 'DeliveryFailed',
      });
    expect(await (await fetchHealth(set.gateway)).json()).toMatchObject({
      channels: { 'green-api': { breaker: 'open' } },
    });
    set.greenApi.faults.clear();
    expect(await requestOtp(set.gateway.graphqlUrl, { phone: phoneIn('KZ') })).toMatchObject({ channel: 'GREEN_API' });
  });
});

test.concurrent('a code in the queue of an account that signs out is sent by the next channel within two seconds', async (context) => {
  const set = await scene(context, { greenApi: { speed: 1, settings: { delaySendMessagesMilliseconds: 20_000 } } });
  await send(set); // the next message waits in the queue
  const attempt = await send(set);
  const signedOutAt = performance.now();
  set.greenApi.setState('notAuthorized');
  await eventually(() => expect(channelsFor(set, attempt)).toEqual(['green-api', 'kavenegar-verify']));
  // A round starts each second. The rest is for a busy machine; a missing receipt is awaited for ten minutes here.
  expect(Number(set.askedFor(attempt.phone)[1]?.at) - signedOutAt).toBeLessThan(2_000 + BUSY_MS);
  expect(await smsLog(set.database, attempt)).toMatchObject([{ detail: 'instance notAuthorized' }, {}]);
});

test.concurrent('a quota for new chats passes over one user, and serves those that have a chat', async (context) => {
  const set = await scene(context);
  const known = await send(set);
  set.greenApi.quotas.chats = 1;
  for (let time = 0; time < 2; time += 1)
    expect(await requestOtp(set.gateway.graphqlUrl, { phone: phoneIn('KZ') })).toMatchObject({
      channel: 'KAVENEGAR_VERIFY',
    });
  expect(await requestOtp(set.gateway.graphqlUrl, { phone: known.phone })).toMatchObject({ channel: 'GREEN_API' });
});

/** Sends a text by the account, as a reply of the gateway or another program does. @returns its ID */
async function sendByGreenApi({ greenApi }: Scene, phone: string, message: string): Promise<string> {
  const before = greenApi.messages.length;
  const answer = await fetch(`${greenApi.url}/waInstance${greenApi.idInstance}/sendMessage/${greenApi.token}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ chatId: `${phone.slice(1)}@c.us`, message }),
  });
  const { idMessage } = (await answer.json()) as { idMessage: string };
  await eventually(() => expect(greenApi.messages.length).toBeGreaterThan(before));
  return idMessage;
}

describe.concurrent('a receipt with an unknown ID, while the request to send hangs', () => {
  test('of a reply to the same phone is not taken for that of the code', async (context) => {
    const set = await scene(context, { env: { ...DEFAULTS, DELIVERY_CHANNEL_TIMEOUT_SECONDS: '6' } });
    const phone = phoneIn('KZ');
    const idMessage = await sendByGreenApi(set, phone, 'You are signed in.');
    const before = set.askedFor(phone).length;
    set.greenApi.faults.set('sendmessage', 'hang');
    const requested = requestOtp(set.gateway.graphqlUrl, { phone });
    await eventually(() => expect(set.askedFor(phone)).toHaveLength(before + 1));
    await report(set, { phone, id: idMessage } as Sent, 'read');
    expect(await smsLog(set.database, { phone })).toMatchObject([{ status: 'QUEUED', provider_id: null }]);
    expect(await requested).toMatchObject({ __typename: 'OtpRequested', channel: 'KAVENEGAR_VERIFY' });
  });

  test('of the code itself shows that it was sent', async (context) => {
    const set = await scene(context, { env: { ...DEFAULTS, DELIVERY_CHANNEL_TIMEOUT_SECONDS: '6' } });
    const phone = phoneIn('KZ');
    set.greenApi.faults.set('sendmessage', 'hang');
    const requested = requestOtp(set.gateway.graphqlUrl, { phone });
    await eventually(() => expect(set.askedFor(phone)).toHaveLength(1));
    set.greenApi.faults.clear();
    const id = await sendByGreenApi(set, phone, String(set.askedFor(phone)[0]?.text));
    await report(set, { phone, id } as Sent, 'delivered');
    const attempt = await requested;
    expect(attempt).toMatchObject({ __typename: 'OtpRequested', channel: 'GREEN_API' });
    expect(await smsLog(set.database, attempt)).toMatchObject([{ status: 'DELIVERED', provider_id: id }]);
  });
});

test.concurrent('Kavenegar’s 411 for a number abroad makes the next channel send', async (context) => {
  const set = await scene(context, { env: { DELIVERY_ROUTES: '*=kavenegar-verify,green-api' } });
  set.kavenegar.refusal = 411;
  const phone = phoneIn('KZ');
  const attempt = await requestOtp(set.gateway.graphqlUrl, { phone });
  expect(attempt).toMatchObject({ __typename: 'OtpRequested', channel: 'GREEN_API' });
  expect(await smsLog(set.database, attempt)).toMatchObject([
    { channel: 'kavenegar-verify', status: 'FAILED', failure: 'invalid_number', detail: '411' },
    { channel: 'green-api', status: 'ACCEPTED' },
  ]);
});

/** Plain texts are sent by day only, so these tests run at noon. */
describe('a pattern that Melipayamak refuses before it takes a plain text', () => {
  const set = sharedScene({ env: { DELIVERY_ROUTES: 'IR=melipayamak', SMS_SENDER_NUMBER: '10009000000001' } });
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: new Date().setUTCHours(8, 30) }));
  afterEach(() => void vi.useRealTimers());

  test.for(['-3', '-4', '-5', '-10'])('is a row of its own (%s)', async (value) => {
    const { melipayamak, gateway, database } = set();
    const body = JSON.stringify({ Value: value, RetStatus: 35, StrRetStatus: 'Error' });
    melipayamak.faults.set('BaseServiceNumber', { status: 200, body });
    const attempt = await requestOtp(gateway.graphqlUrl, { phone: phoneIn('IR') });
    expect(attempt).toMatchObject({ __typename: 'OtpRequested', channel: 'MELIPAYAMAK' });
    expect(await smsLog(database, attempt)).toMatchObject([
      { channel: 'melipayamak', status: 'FAILED', detail: value, template: '524' },
      { channel: 'melipayamak', status: 'ACCEPTED', failure: null },
    ]);
    const logged = gateway.log.filter(
      ({ event, attemptId }) => attemptId === attempt.attemptId && event === 'otp.send_failed',
    );
    expect(logged).toMatchObject([{ detail: value }]);
    expect(await readDelivery(set(), attempt as Sent)).toMatchObject({ previousChannels: [] });
  });
});

describe.concurrent('a template that the provider refuses', () => {
  test('is named in the row and in the log, with the page on which it is created', async (context) => {
    const set = await scene(context);
    set.kavenegar.templates.clear();
    const attempt = await requestOtp(set.gateway.graphqlUrl, { phone: phoneIn('IR') });
    expect(await smsLog(set.database, attempt)).toMatchObject([
      { channel: 'kavenegar-verify', failure: 'template_rejected', detail: '424', template: 'myverification' },
      { channel: 'kavenegar-sms' },
    ]);
    expect(set.gateway.log.find(({ event }) => event === 'otp.send_failed')).toMatchObject({
      template: 'myverification',
      page: 'https://panel.kavenegar.com',
    });
  });
});

describe.concurrent('a phone without WhatsApp', () => {
  const shared = sharedScene();

  /** Requests a code, and WhatsApp reports that the phone has no account. */
  async function learn(set: Scene): Promise<string> {
    const attempt = await send(set);
    await report(set, attempt, 'noAccount');
    await eventually(() => expect(channelsFor(set, attempt)).toHaveLength(2));
    return attempt.phone;
  }
  const channelOf = async (set: Scene, phone: string, input: object = {}) =>
    (await requestOtp(set.gateway.graphqlUrl, { phone, ...input }))['channel'];

  test('gets the codes of the next attempts by SMS at once, until a week has passed', async () => {
    const set = shared();
    const phone = await learn(set);
    expect(await channelOf(set, phone)).toBe('KAVENEGAR_VERIFY');
    expect(await channelOf(set, phoneIn('KZ'))).toBe('GREEN_API');
    await set.database.query(
      `UPDATE sms_log SET created_at = created_at - interval '8 days' WHERE failure = 'not_on_channel' AND masked_phone = $1`,
      [maskPhone(phone)],
    );
    await minutePasses(set.database, phone);
    expect(await channelOf(set, phone)).toBe('GREEN_API');
  });

  test('gets it by WhatsApp when the user asks for that, and from then on when it arrives', async () => {
    const set = shared();
    const phone = await learn(set);
    const attempt = await requestOtp(set.gateway.graphqlUrl, { phone, channel: 'GREEN_API' });
    expect(attempt).toMatchObject({ channel: 'GREEN_API' });
    const id = String((await smsLog(set.database, attempt))[0]?.provider_id);
    await report(set, { ...attempt, phone, id }, 'delivered');
    await minutePasses(set.database, phone);
    expect(await channelOf(set, phone)).toBe('GREEN_API');
  });

  /** Forty outcomes of an hour ago, from which those of decoys are drawn. */
  const insertOutcomes = ({ database }: Scene, status: 'UNDELIVERED' | 'DELIVERED') =>
    insertDeliveries(
      database,
      Array.from({ length: 40 }, () => ({
        channel: 'green-api',
        status,
        failure: status === 'UNDELIVERED' ? 'not_on_channel' : null,
        latencyMs: 100,
        createdAt: new Date(Date.now() - 3_600_000),
        updatedAt: '-3599 seconds',
        deliveredAt: status === 'DELIVERED' ? '-3599 seconds' : null,
      })),
    );

  test.for([
    ['without WhatsApp', 'UNDELIVERED', 'GREEN_API'],
    ['with WhatsApp', 'DELIVERED', 'KAVENEGAR_VERIFY'],
  ] as const)('is not known by a blocked message to it, which looks like one to a phone %s', async (row, context) => {
    const [, status, expected] = row;
    const set = await scene(context);
    const phone = status === 'UNDELIVERED' ? phoneIn('KZ') : await learn(set);
    await insertOutcomes(set, status);
    const blocking = { SPEND_LIMIT_USD_PER_DAY: '0', MESSAGE_PRICES_USD: 'green-api=0.05' };
    const poor = await startGateway({ DATABASE_URL: set.database.url, ...set.env, ...PRODUCTION, ...blocking });
    context.onTestFinished(() => poor.stop());
    await minutePasses(set.database, phone);
    const attempt = await requestOtp(poor.graphqlUrl, { phone, channel: 'GREEN_API' });
    await makeOverdue(set, attempt);
    await untilFailoversAreTaken(set);
    expect((await smsLog(set.database, attempt))[0]).toMatchObject({
      failure: 'suppressed',
      blocked_by: expect.any(String),
      status,
    });
    await minutePasses(set.database, phone);
    expect(await channelOf(set, phone)).toBe(expected);
  });
});

describe.concurrent('a phone to whose country the account may not send', () => {
  test.for(['open', 'closed'])('is tried again at the next attempt (sign-up is %s)', async (signUp, context) => {
    const env = { SIGN_UP: signUp, DELIVERY_ROUTES: '*=kavenegar-sms,green-api' };
    const set = await scene(context, { env, roundsByHand: true });
    const user = phoneIn('KZ');
    await insertUser(set.database, { phone: user });
    set.kavenegar.allowed = false;
    const refused = await send(set, { phone: user });
    expect((await smsLog(set.database, refused))[0]).toMatchObject({ detail: '407' });
    // As often as a decoy needs, to be like it for sure.
    await set.database.query(
      `INSERT INTO sms_log SELECT (jsonb_populate_record(d, jsonb_build_object('id', gen_random_uuid(), 'attempt_id', NULL))).*
       FROM sms_log d, generate_series(1, 30) WHERE d.attempt_id = $1 AND channel = 'kavenegar-sms'`,
      [refused.attemptId],
    );
    const phone = signUp === 'open' ? user : phoneIn('KZ');
    for (const _ of ['the first attempt', 'the next one']) {
      await minutePasses(set.database, phone);
      const attempt = await send(set, { phone });
      expect(attempt).toMatchObject({ channel: 'GREEN_API' });
      expect((await smsLog(set.database, attempt))[0]).toMatchObject({ channel: 'kavenegar-sms', status: 'FAILED' });
    }
  });
});

describe.concurrent('a code whose process died', () => {
  test('is not sent on when the user has signed in with a later one', async (context) => {
    const set = await scene(context, { roundsByHand: true });
    const first = await send(set);
    await set.database.query(`UPDATE sms_log SET status = 'QUEUED', provider_id = NULL WHERE attempt_id = $1`, [
      first.attemptId,
    ]);
    const second = await send(set, { phone: first.phone });
    const code = String(set.askedFor(first.phone)[1]?.code);
    expect(await verifyOtp(set.gateway.graphqlUrl, { ...second, code })).toMatchObject({ __typename: 'Session' });
    await makeFailoversDue(set.database);
    await untilFailoversAreTaken(set);
    expect(channelsFor(set, first)).toEqual(['green-api', 'green-api']);
  });

  test('is sent on when only a stranger has requested another one', async (context) => {
    const set = await scene(context, { roundsByHand: true });
    const first = await send(set);
    await send(set, { phone: first.phone });
    await makeOverdue(set, first);
    await untilFailoversAreTaken(set);
    await eventually(() => expect(channelsFor(set, first)).toEqual(['green-api', 'green-api', 'kavenegar-verify']));
  });
});

describe.concurrent('/health/ready is degraded, with the reason,', () => {
  test('while the WhatsApp account is signed out', async (context) => {
    const set = await scene(context);
    expect(await (await fetchHealth(set.gateway)).json()).toMatchObject({ status: 'ok' });
    set.greenApi.setState('notAuthorized');
    await eventually(async () =>
      expect(await (await fetchHealth(set.gateway)).json()).toMatchObject({
        status: 'degraded',
        reasons: ['the WhatsApp account is notAuthorized: it sends and receives nothing'],
      }),
    );
  });

  test('in production without any channel, and without a provider that STRICT_CHANNELS=off leaves out', async (context) => {
    const set = await scene(context);
    const gateway = await startGateway({
      NODE_ENV: 'production',
      DATABASE_URL: set.database.url,
      GREEN_API_ID_INSTANCE: '',
      KAVENEGAR_TEMPLATE: 'myverification',
      STRICT_CHANNELS: 'off',
    });
    context.onTestFinished(() => gateway.stop());
    expect(await (await fetchHealth(gateway)).json()).toMatchObject({
      status: 'degraded',
      reasons: [
        'no channel is configured: no code can be sent',
        'Kavenegar is left out: its configuration has mistakes',
      ],
    });
  });
});

describe.concurrent('the number for WhatsApp logins', () => {
  const qrOf = async (set: Scene, index = 0) =>
    (await startWhatsAppLogin(String(set.gateways[index]?.graphqlUrl)))['qrPayload'];

  test('is that of the account where WHATSAPP_NUMBER is not set', async (context) => {
    const set = await scene(context);
    expect(await qrOf(set)).toMatch(/^https:\/\/wa\.me\/77010000001\?text=/);
  });

  test('is learned from a webhook, and known to a gateway that starts later', async (context) => {
    const set = await scene(context);
    set.greenApi.faults.set('getwasettings', { status: 500, body: '' });
    await callWebhook(set, {
      typeWebhook: 'stateInstanceChanged',
      instanceData: { idInstance: Number(set.greenApi.idInstance), wid: '77010000009@c.us', typeInstance: 'whatsapp' },
      timestamp: 1,
      stateInstance: 'authorized',
    });
    expect(await qrOf(set)).toMatch(/^https:\/\/wa\.me\/77010000009\?text=/);
    await eventually(async () =>
      expect(await set.database.query('SELECT number FROM provider_accounts')).toEqual([{ number: '77010000009' }]),
    );
    const later = await startGateway({ DATABASE_URL: set.database.url, ...set.env });
    context.onTestFinished(() => later.stop());
    expect((await startWhatsAppLogin(later.graphqlUrl))['qrPayload']).toMatch(/^https:\/\/wa\.me\/77010000009\?text=/);
  });

  test('that is configured and not that of the account is logged, and degrades the health', async (context) => {
    const set = await scene(context, { env: { WHATSAPP_NUMBER: '77010000008' } });
    await eventually(async () =>
      expect(await (await fetchHealth(set.gateway)).json()).toMatchObject({
        status: 'degraded',
        reasons: ['WHATSAPP_NUMBER is not the number of the WhatsApp account'],
      }),
    );
    expect(set.gateway.log).toContainEqual(expect.objectContaining({ event: 'green_api.other_number' }));
  });
});

test.concurrent('a message that has arrived is not called lost when the user asks for an SMS', async (context) => {
  const set = await scene(context, { env: { DELIVERY_ROUTES: '*=green-api,kavenegar-sms' } });
  const attempt = await send(set);
  await report(set, attempt, 'delivered');
  await ageResend(set.database, attempt.attemptId);
  await resendOtp(set.gateway.graphqlUrl, attempt, { channel: 'KAVENEGAR_SMS' });
  await makePollsDue(set.database);
  expect(await readDelivery(set, attempt)).toMatchObject({ channel: 'KAVENEGAR_SMS', previousChannels: [] });
});
