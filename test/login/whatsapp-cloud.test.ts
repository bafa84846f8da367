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
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';

const VERIFY_TOKEN = 'VRcKdAuDtGN76ia5Fbvq29pZ';

let meta: WhatsAppCloudSimulator;
let database: TestDatabase;
let gateway: TestGateway;

beforeAll(async () => {
  [meta, database] = await Promise.all([startWhatsAppCloudSimulator(), createDatabase()]);
  gateway = await startGateway({
    DATABASE_URL: database.url,
    NODE_ENV: 'production',
    GREEN_API_ID_INSTANCE: '',
    TRUSTED_PROXY_HOPS: '1',
    DELIVERY_ROUTES: '*=whatsapp-cloud',
    WHATSAPP_CONFIRMATION: 'never',
    WHATSAPP_NUMBER: '77010000001',
    WHATSAPP_CLOUD_URL: meta.url,
    WHATSAPP_CLOUD_PHONE_NUMBER_ID: meta.phoneNumberId,
    WHATSAPP_CLOUD_TOKEN: meta.token,
    WHATSAPP_CLOUD_APP_SECRET: meta.appSecret,
    WHATSAPP_CLOUD_VERIFY_TOKEN: VERIFY_TOKEN,
  });
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
