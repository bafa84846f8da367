import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SmsByHttpSimulator, startSmsByHttpSimulator } from '../../simulators/sms-by-http.js';
import { type TelegramGatewaySimulator, startTelegramGatewaySimulator } from '../../simulators/telegram-gateway.js';
import {
  type WhatsAppCloudSimulator,
  cloudStatus,
  startWhatsAppCloudSimulator,
} from '../../simulators/whatsapp-cloud.js';
import { readAttempt, verifyOtp } from '../support/calls.js';
import { PRODUCTION, codeIn, eventually, phoneIn, requestOtp, smsLog, watchDelivery } from '../support/delivery.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { writeExample } from '../support/http-channels.js';
import { makeFailoversDue, makePollsDue } from '../support/rows.js';

let telegram: TelegramGatewaySimulator;
let meta: WhatsAppCloudSimulator;
let sms: SmsByHttpSimulator;
let database: TestDatabase;
let gateway: TestGateway;
let example: ReturnType<typeof writeExample>;

beforeAll(async () => {
  [telegram, meta, sms, database] = await Promise.all([
    startTelegramGatewaySimulator(),
    startWhatsAppCloudSimulator(),
    startSmsByHttpSimulator(),
    createDatabase(),
  ]);
  example = writeExample('mobizon', sms.url);
  gateway = await startGateway({
    ...PRODUCTION,
    DATABASE_URL: database.url,
    GREEN_API_ID_INSTANCE: '',
    ALLOWED_COUNTRIES: 'KZ',
    DELIVERY_ROUTES: 'KZ=telegram-gateway,whatsapp-cloud,http:mobizon',
    TELEGRAM_GATEWAY_URL: telegram.url,
    TELEGRAM_GATEWAY_TOKEN: telegram.token,
    WHATSAPP_CLOUD_URL: meta.url,
    WHATSAPP_CLOUD_PHONE_NUMBER_ID: meta.phoneNumberId,
    WHATSAPP_CLOUD_TOKEN: meta.token,
    WHATSAPP_CLOUD_APP_SECRET: meta.appSecret,
    WHATSAPP_CLOUD_VERIFY_TOKEN: 'VRcKdAuDtGN76ia5Fbvq29pZ',
    HTTP_CHANNELS: 'mobizon',
    HTTP_CHANNELS_FOLDER: example.folder,
    HTTP_SECRETS: 'mobizon.apiKey=kz0123456789abcdef',
  });
  meta.webhookUrl = `${gateway.url}/api/webhooks/whatsapp-cloud`;
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([telegram.close(), meta.close(), sms.close(), database.drop()]);
  example.remove();
});

/** What the log says about the messages of an attempt, in order. */
const logged = ({ attemptId }: { attemptId: string }) =>
  gateway.log
    .filter((line) => line['attemptId'] === attemptId && /^(otp\.sen|delivery\.failover)/.test(line.event))
    .map(({ event, channel, failure }) => [event, channel, ...(failure === undefined ? [] : [failure])]);

/** Requests a code for a phone without Telegram, which WhatsApp accepts. */
async function requestByWhatsApp() {
  const phone = phoneIn('KZ');
  telegram.phonesWithoutTelegram.add(phone);
  const attempt = await requestOtp(gateway.graphqlUrl, { phone });
  expect(attempt).toMatchObject({ __typename: 'OtpRequested', channel: 'WHATSAPP_CLOUD' });
  const message = meta.messages.at(-1);
  if (message?.to !== phone.slice(1)) throw new Error('WhatsApp got no message');
  return { attempt, phone, message };
}

describe('the route telegram-gateway,whatsapp-cloud,http:mobizon', () => {
  test('needs only its first channel where Telegram delivers the code', async () => {
    const phone = phoneIn('KZ');
    const attempt = await requestOtp(gateway.graphqlUrl, { phone });
    expect(attempt).toMatchObject({ __typename: 'OtpRequested', channel: 'TELEGRAM_GATEWAY' });
    const request = telegram.requests.at(-1);
    expect(await telegram.report(phone, 'delivered')).toBe(0); // Telegram reports to public addresses only
    await makePollsDue(database);
    await eventually(async () =>
      expect(await readAttempt(gateway.graphqlUrl, attempt)).toMatchObject({
        delivery: { channel: 'TELEGRAM_GATEWAY', status: 'DELIVERED', previousChannels: [] },
      }),
    );
    // The next channel would send now if the receipt had not come.
    await makeFailoversDue(database, attempt.attemptId);
    const session = await verifyOtp(gateway.graphqlUrl, { ...attempt, code: request?.code ?? '' });
    expect(session).toMatchObject({ __typename: 'Session', user: { phone } });
    expect(await smsLog(database, attempt)).toMatchObject([{ channel: 'telegram-gateway', status: 'DELIVERED' }]);
    expect(logged(attempt)).toEqual([['otp.sent', 'telegram-gateway']]);
    expect([...meta.messages.map(({ to }) => to), ...sms.messages.map((one) => one.phone)]).not.toContain(
      phone.slice(1),
    );
  });

  test.for([
    ['reports that it could not deliver it', true],
    ['reports nothing in time', false],
  ] as const)(
    'delivers by SMS a code that Telegram refuses, and that WhatsApp accepts and %s',
    async ([, isReported]) => {
      const { attempt, phone, message } = await requestByWhatsApp();
      const { seen, stop } = watchDelivery(gateway, attempt);
      await eventually(() => expect(seen.at(-1)).toMatchObject({ channel: 'WHATSAPP_CLOUD', status: 'SENT' }));
      if (isReported) expect(await meta.deliver([cloudStatus(message, 'failed', 131026)])).toBe(200);
      else await makeFailoversDue(database, attempt.attemptId);

      const messageBySms = () => sms.messages.find((one) => one.phone === phone.slice(1));
      await eventually(() => expect(messageBySms()).toBeDefined());
      const sent = messageBySms();
      expect(codeIn(sent?.text ?? '')).toBe(message.text);
      Object.assign(sent ?? {}, { status: 'DELIVRD' });
      await eventually(async () => expect((await smsLog(database, attempt))[2]).toMatchObject({ status: 'ACCEPTED' }));
      await makePollsDue(database);

      const delivery = {
        channel: 'HTTP',
        status: 'DELIVERED',
        previousChannels: ['TELEGRAM_GATEWAY', 'WHATSAPP_CLOUD'],
      };
      await eventually(async () =>
        expect(await readAttempt(gateway.graphqlUrl, attempt)).toMatchObject({ status: 'PENDING', delivery }),
      );
      await eventually(() => expect(seen.at(-1)).toEqual(delivery));
      await stop();
      expect(await smsLog(database, attempt)).toMatchObject([
        { channel: 'telegram-gateway', status: 'FAILED', failure: 'not_on_channel', detail: 'PHONE_NUMBER_NOT_FOUND' },
        isReported
          ? { channel: 'whatsapp-cloud', status: 'UNDELIVERED', failure: 'not_on_channel', detail: 'code 131026' }
          : { channel: 'whatsapp-cloud', status: 'ACCEPTED', failure: null },
        { channel: 'http:mobizon', status: 'DELIVERED', failure: null, provider_id: sent?.id },
      ]);
      expect(logged(attempt)).toEqual([
        ['otp.send_failed', 'telegram-gateway', 'not_on_channel'],
        ['otp.sent', 'whatsapp-cloud'],
        ['delivery.failover', undefined],
        ['otp.sent', 'http:mobizon'],
      ]);
      const session = await verifyOtp(gateway.graphqlUrl, { ...attempt, code: message.text });
      expect(session).toMatchObject({ __typename: 'Session', user: { phone } });
    },
  );
});
