import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SmsByHttpSimulator, startSmsByHttpSimulator } from '../../simulators/sms-by-http.js';
import { type TelegramGatewaySimulator, startTelegramGatewaySimulator } from '../../simulators/telegram-gateway.js';
import { verifyOtp } from '../support/calls.js';
import { codeIn, eventually, phoneIn, requestOtp, smsLog } from '../support/delivery.js';
import { PROVIDER_LARGE_BODIES, PROVIDER_MAX_BODY_BYTES } from '../../src/http/routes/provider-webhook.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { writeExample } from '../support/http-channels.js';

const CALLBACK_SECRET = 'VRcKdAuDtGN76ia5Fbvq29pZ';

let telegram: TelegramGatewaySimulator;
let sms: SmsByHttpSimulator;
let database: TestDatabase;
let gateway: TestGateway;
let example: ReturnType<typeof writeExample>;

beforeAll(async () => {
  [telegram, sms, database] = await Promise.all([
    startTelegramGatewaySimulator(),
    startSmsByHttpSimulator(),
    createDatabase(),
  ]);
  example = writeExample('smsc', sms.url);
  gateway = await startGateway({
    DATABASE_URL: database.url,
    TRUSTED_PROXY_HOPS: '1',
    DELIVERY_ROUTES: 'KZ=telegram-gateway,http:smsc;*=telegram-gateway',
    TELEGRAM_GATEWAY_URL: telegram.url,
    TELEGRAM_GATEWAY_TOKEN: telegram.token,
    HTTP_CHANNELS: 'smsc',
    HTTP_CHANNELS_FOLDER: example.folder,
    HTTP_SECRETS: `smsc.login=shop;smsc.password=pa&ss;smsc.callback=${CALLBACK_SECRET}`,
  });
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([telegram.close(), sms.close(), database.drop()]);
  example.remove();
});

const rows = (attempt: { attemptId: string }) => smsLog(database, attempt);

describe('the route telegram-gateway,http:smsc', () => {
  test('sends a phone without Telegram an SMS at once, whose receipt comes by the webhook', async () => {
    const phone = phoneIn('KZ');
    telegram.phonesWithoutTelegram.add(phone);
    const attempt = await requestOtp(gateway.graphqlUrl, { phone });
    // Clients see one name for all channels that the operator has described.
    expect(attempt).toMatchObject({ __typename: 'OtpRequested', channel: 'HTTP' });
    const sent = sms.messages.at(-1);
    expect(sent?.phone).toBe(phone.slice(1));
    expect(await rows(attempt)).toMatchObject([
      { channel: 'telegram-gateway', status: 'FAILED', failure: 'not_on_channel' },
      { channel: 'http:smsc', status: 'ACCEPTED' },
    ]);

    const report = (secret: string) =>
      fetch(`${gateway.url}/api/webhooks/http/smsc/${secret}`, {
        method: 'POST',
        body: new URLSearchParams({ id: sent?.id ?? '', status: '1' }),
      });
    expect((await report('another-secret')).status).toBe(401);
    expect((await rows(attempt))[1]).toMatchObject({ status: 'ACCEPTED' });
    expect((await report(CALLBACK_SECRET)).status).toBe(200);
    expect((await rows(attempt))[1]).toMatchObject({ status: 'DELIVERED' });
    const session = await verifyOtp(gateway.graphqlUrl, { ...attempt, code: codeIn(sent?.text ?? '') });
    expect(session).toMatchObject({ __typename: 'Session' });
  });

  test('shows what Telegram reports with its signature, and nothing that another signed', async () => {
    const phone = phoneIn('KZ');
    const attempt = await requestOtp(gateway.graphqlUrl, { phone });
    expect(attempt).toMatchObject({ channel: 'TELEGRAM_GATEWAY' });
    const request = telegram.requests.at(-1);
    // Telegram calls HTTPS addresses only, so this gateway gave it none.
    expect(request?.callbackUrl).toBeUndefined();
    Object.assign(request ?? {}, { callbackUrl: `${gateway.url}/api/webhooks/telegram-gateway/status` });
    expect(await telegram.report(phone, 'delivered', { token: 'another-token' })).toBe(401);
    expect((await rows(attempt))[0]).toMatchObject({ status: 'SENT' });
    expect(await telegram.report(phone, 'delivered')).toBe(200);
    expect((await rows(attempt))[0]).toMatchObject({ channel: 'telegram-gateway', status: 'DELIVERED' });
  });

  test('takes a report of Telegram that comes before the answer for that of the message', async () => {
    const phone = phoneIn('KZ');
    telegram.beforeAnswer = (message) => {
      message.callbackUrl = `${gateway.url}/api/webhooks/telegram-gateway/status`;
      return telegram.report(phone, 'delivered');
    };
    const attempt = await requestOtp(gateway.graphqlUrl, { phone });
    telegram.beforeAnswer = undefined;
    const { id } = telegram.requests.at(-1) ?? {};
    expect((await rows(attempt))[0]).toMatchObject({ status: 'DELIVERED', provider_id: id });
  });

  test('sends the same code by SMS when Telegram could not deliver it', async () => {
    const phone = phoneIn('KZ');
    const attempt = await requestOtp(gateway.graphqlUrl, { phone });
    const request = telegram.requests.at(-1);
    Object.assign(request ?? {}, { callbackUrl: `${gateway.url}/api/webhooks/telegram-gateway/status` });
    expect(await telegram.report(phone, 'expired')).toBe(200);
    await eventually(() => expect(sms.messages.at(-1)?.phone).toBe(phone.slice(1)));
    expect(codeIn(sms.messages.at(-1)?.text ?? '')).toBe(request?.code);
    await eventually(async () =>
      expect(await rows(attempt)).toMatchObject([
        { channel: 'telegram-gateway', status: 'UNDELIVERED', detail: 'expired' },
        { channel: 'http:smsc', status: 'ACCEPTED' },
      ]),
    );
  });
});

describe('a webhook whose sender is known only by the body', () => {
  const path = '/api/webhooks/telegram-gateway/status';
  const large = { 'content-length': String(PROVIDER_MAX_BODY_BYTES) };

  test('reads a few large bodies of strangers at the same time, and every small one', async () => {
    const port = Number(new URL(gateway.url).port);
    const strangers = Array.from({ length: PROVIDER_LARGE_BODIES }, () =>
      request({ port, path, method: 'POST', headers: large }).on('error', () => {}),
    );
    for (const stranger of strangers) stranger.write('x'.repeat(1_000));
    const post = (headers: Record<string, string>, body: string) =>
      new Promise<IncomingMessage>((resolve, reject) =>
        request({ port, path, method: 'POST', headers }, (answer) => resolve(answer.resume()))
          .on('error', reject)
          .end(body),
      );
    try {
      await eventually(async () => {
        const refused = await post({ 'transfer-encoding': 'chunked' }, 'x');
        expect(refused.statusCode).toBe(503);
        expect(refused.headers['retry-after']).toBe('5');
      });
      expect((await post({}, 'x')).statusCode).toBe(401);
      expect((await post({ 'content-length': '1' }, 'x')).statusCode).toBe(401);
    } finally {
      for (const stranger of strangers) stranger.destroy();
    }
    await eventually(async () => expect((await post({ 'transfer-encoding': 'chunked' }, 'x')).statusCode).toBe(401));
  });
});
