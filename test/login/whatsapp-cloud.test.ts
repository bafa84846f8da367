import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type WhatsAppCloudSimulator,
  cloudStatus,
  cloudText,
  startWhatsAppCloudSimulator,
} from '../../simulators/whatsapp-cloud.js';
import { claimLogin, readAttempt, startWhatsAppLogin, verifyOtp } from '../support/calls.js';
import { eventually, phoneIn, requestOtp, smsLog } from '../support/delivery.js';
import { type TestDatabase, type TestGateway, createDatabase, fetchHealth, startGateway } from '../support/gateway.js';

const VERIFY_TOKEN = 'VRcKdAuDtGN76ia5Fbvq29pZ';

let meta: WhatsAppCloudSimulator;
let database: TestDatabase;
let gateway: TestGateway;

/** A gateway with Meta's Cloud API alone. */
const startWithCloud = (env: Record<string, string> = {}) =>
  startGateway({
    DATABASE_URL: database.url,
    NODE_ENV: 'production',
    GREEN_API_ID_INSTANCE: '',
    TRUSTED_PROXY_HOPS: '1',
    DELIVERY_ROUTES: '*=whatsapp-cloud',
    WHATSAPP_CONFIRMATION: 'never',
    WHATSAPP_CLOUD_URL: meta.url,
    WHATSAPP_CLOUD_PHONE_NUMBER_ID: meta.phoneNumberId,
    WHATSAPP_CLOUD_TOKEN: meta.token,
    WHATSAPP_CLOUD_APP_SECRET: meta.appSecret,
    WHATSAPP_CLOUD_VERIFY_TOKEN: VERIFY_TOKEN,
    ...env,
  });

beforeAll(async () => {
  [meta, database] = await Promise.all([startWhatsAppCloudSimulator(), createDatabase()]);
  gateway = await startWithCloud();
  meta.webhookUrl = `${gateway.url}/api/webhooks/whatsapp-cloud`;
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([meta.close(), database.drop()]);
});

const wamid = () => `wamid.${randomUUID()}`;
const status = async ({ attemptId, secret }: { attemptId: string; secret: string }) =>
  (await readAttempt(gateway.graphqlUrl, { attemptId, secret }))?.status;

describe('with Meta’s Cloud API alone', () => {
  test('a user signs in by the WhatsApp message of the QR code, which arrives in a batch with others', async () => {
    const login = await startWhatsAppLogin(gateway.graphqlUrl);
    expect(login.qrPayload).toBe(`https://wa.me/77010000001?text=${encodeURIComponent(login.loginMessage)}`);
    const phone = phoneIn('KZ');
    const text = { from: phone.slice(1), text: login.loginMessage, id: wamid() };
    const others = [
      cloudStatus({ id: 'wamid.unknown' }, 'read'),
      cloudText({ from: '996700000003', text: 'Hi', id: wamid() }),
    ];
    expect(await meta.deliver([...others, cloudText(text)])).toBe(200);
    expect(await status(login)).toBe('COMPLETED');
    // Meta delivers at least once.
    expect(await meta.deliver([cloudText(text)])).toBe(200);
    expect(await claimLogin(gateway.graphqlUrl, login)).toMatchObject({ __typename: 'Session', user: { phone } });
  });

  test('a user signs in by a code, whose receipts arrive by the webhook', async () => {
    const phone = phoneIn('KZ');
    const attempt = await requestOtp(gateway.graphqlUrl, { phone });
    expect(attempt).toMatchObject({ channel: 'WHATSAPP_CLOUD' });
    const sent = meta.messages.at(-1);
    expect(sent).toMatchObject({ to: phone.slice(1), template: 'login_code' });
    const message = { id: sent?.id ?? '' };
    expect(await meta.deliver([cloudStatus(message, 'read'), cloudStatus(message, 'delivered')])).toBe(200);
    expect(await smsLog(database, attempt)).toMatchObject([{ channel: 'whatsapp-cloud', status: 'READ' }]);
    const session = await verifyOtp(gateway.graphqlUrl, { ...attempt, code: sent?.text ?? '' });
    expect(session).toMatchObject({ __typename: 'Session' });
  });

  test('a receipt that comes before the answer of Meta is that of the message', async () => {
    meta.beforeAnswer = (message) => meta.deliver([cloudStatus(message, 'delivered')]);
    const attempt = await requestOtp(gateway.graphqlUrl, { phone: phoneIn('KZ') });
    meta.beforeAnswer = undefined;
    expect(await smsLog(database, attempt)).toMatchObject([
      { status: 'DELIVERED', provider_id: meta.messages.at(-1)?.id },
    ]);
  });

  test('a user whose phone WhatsApp hides is asked to use a code', async () => {
    const login = await startWhatsAppLogin(gateway.graphqlUrl);
    const userId = 'KZ.13491208655302741918';
    expect(await meta.deliver([cloudText({ userId, text: login.loginMessage, id: wamid() })])).toBe(200);
    expect(await status(login)).toBe('FAILED');
    await eventually(() => expect(meta.messages.at(-1)).toMatchObject({ to: userId, template: undefined }));
  });

  test('a message with another signature, of another number, or forwarded, signs nobody in', async () => {
    const login = await startWhatsAppLogin(gateway.graphqlUrl);
    const text = { from: phoneIn('KZ').slice(1), text: login.loginMessage, id: wamid() };
    expect(await meta.deliver([cloudText(text)], { appSecret: '00000000000000000000000000000000' })).toBe(401);
    expect(await meta.deliver([cloudText(text)], { phoneNumberId: '106540352242999' })).toBe(200);
    expect(await meta.deliver([cloudText({ ...text, forwarded: true })])).toBe(200);
    expect(await status(login)).toBe('PENDING');
  });

  test('a message in a group, a forwarded one and a picture sign nobody in, and the log says why', async () => {
    const login = await startWhatsAppLogin(gateway.graphqlUrl);
    const write = (change: object, forwarded = false) => {
      const value = cloudText({ from: phoneIn('KZ').slice(1), text: login.loginMessage, id: wamid(), forwarded });
      return { ...value, messages: value.messages.map((message) => ({ ...message, ...change })) };
    };
    const values = [
      write({ group_id: 'Y2FwaV9ncm91cDoxOTUwNTU1MDA3OToxMjAz' }),
      write({}, true),
      write({ type: 'image' }),
    ];
    expect(await meta.deliver(values)).toBe(200);
    expect(await status(login)).toBe('PENDING');
    const reasons = values.map(
      ({ messages: [message] }) =>
        gateway.log.find(({ event, idMessage }) => event === 'webhook.ignored' && idMessage === message?.id)?.[
          'reason'
        ],
    );
    expect(reasons).toEqual(['not_one_to_one', 'forwarded', 'not_a_text']);
  });

  test('a GET signs nobody in, although its verify token is right, because nothing signs its body', async () => {
    const login = await startWhatsAppLogin(gateway.graphqlUrl);
    const text = { from: phoneIn('KZ').slice(1), text: login.loginMessage, id: wamid() };
    const body = meta.eventOf([cloudText(text)]);
    const request = { method: 'GET', headers: { 'content-length': `${Buffer.byteLength(body)}` } };
    const answer = await new Promise<number>((resolve, reject) => {
      const sent = http.request(`${meta.webhookUrl}?hub.verify_token=${VERIFY_TOKEN}`, request, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.on('error', reject).end(body);
    });
    expect(answer).toBe(200);
    expect(await status(login)).toBe('PENDING');
  });

  test('a country to which Meta lets the account not send leaves the channel open for others', async () => {
    meta.refusal = 130497;
    const refused = await requestOtp(gateway.graphqlUrl, { phone: phoneIn('IR') });
    meta.refusal = undefined;
    expect(refused).toMatchObject({ __typename: 'DeliveryFailed' });
    const attempt = await requestOtp(gateway.graphqlUrl, { phone: phoneIn('KZ') });
    expect(attempt).toMatchObject({ __typename: 'OtpRequested', channel: 'WHATSAPP_CLOUD' });
  });

  test('the challenge is repeated only for the right verify token', async () => {
    const ask = (token: string) =>
      fetch(`${meta.webhookUrl}?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${token}`);
    const right = await ask(VERIFY_TOKEN);
    expect([right.status, await right.text()]).toEqual([200, '1158201444']);
    const wrong = await ask('another-token');
    expect(wrong.status).toBe(401);
    expect(await wrong.text()).not.toContain('1158201444');
  });
});

describe('the number for WhatsApp logins by the Cloud API', () => {
  const qrOf = async ({ graphqlUrl }: TestGateway) => (await startWhatsAppLogin(graphqlUrl))['qrPayload'];
  /** Of a number that Meta does not show to this token. */
  const HIDDEN = { WHATSAPP_CLOUD_PHONE_NUMBER_ID: '106540352242998' };

  test('is that of the account where WHATSAPP_NUMBER is not set', async () => {
    expect(await qrOf(gateway)).toMatch(/^https:\/\/wa\.me\/77010000001\?text=/);
  });

  test('is learned from a signed webhook, and known to a gateway that starts later', async (context) => {
    const first = await startWithCloud(HIDDEN);
    context.onTestFinished(() => first.stop());
    expect(await qrOf(first)).not.toContain('wa.me');
    const phoneNumberId = HIDDEN.WHATSAPP_CLOUD_PHONE_NUMBER_ID;
    const webhookUrl = `${first.url}/api/webhooks/whatsapp-cloud`;
    const report = (change: object) =>
      meta.deliver([cloudStatus({ id: 'wamid.unknown' }, 'read')], { phoneNumberId, webhookUrl, ...change });
    expect(await report({ appSecret: '00000000000000000000000000000000' })).toBe(401);
    expect(await report({ phoneNumberId: '106540352242997' })).toBe(200);
    expect(await qrOf(first)).not.toContain('wa.me');
    expect(await report({})).toBe(200);
    expect(await qrOf(first)).toMatch(/^https:\/\/wa\.me\/77010000001\?text=/);
    await eventually(async () =>
      expect(await database.query('SELECT account, number FROM provider_accounts ORDER BY account')).toEqual([
        { account: 'whatsapp-cloud 106540352242922', number: '77010000001' },
        { account: 'whatsapp-cloud 106540352242998', number: '77010000001' },
      ]),
    );
    const later = await startWithCloud(HIDDEN);
    context.onTestFinished(() => later.stop());
    expect(await qrOf(later)).toMatch(/^https:\/\/wa\.me\/77010000001\?text=/);
  });

  test('that is configured and not that of the account is logged, and degrades the health', async (context) => {
    const other = await startWithCloud({ WHATSAPP_NUMBER: '77010000008' });
    context.onTestFinished(() => other.stop());
    await eventually(async () =>
      expect(await (await fetchHealth(other)).json()).toMatchObject({
        status: 'degraded',
        reasons: ['WHATSAPP_NUMBER is not the number of the WhatsApp account'],
      }),
    );
    expect(other.log).toContainEqual(expect.objectContaining({ event: 'whatsapp_cloud.other_number', level: 'error' }));
  });
});
