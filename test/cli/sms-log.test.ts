import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { checkProviderUrl } from '../../src/cli/doctor/provider-url.js';
import { checkSmsLog, checkUnproven } from '../../src/cli/doctor/sms-log.js';
import { loadConfig } from '../../src/config/config.js';
import { PROVIDER_ENTRIES } from '../../src/delivery/channels/providers.js';
import { PRODUCTION, WEBHOOK_TOKEN } from '../support/config.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import { insertDelivery } from '../support/rows.js';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
beforeEach(() => database.query('DELETE FROM sms_log'));
afterAll(async () => {
  await client.end();
  await database.drop();
});

interface Delivery {
  channel: string;
  minutesAgo: number;
  failure?: string;
  detail?: string;
}

const insert = ({ minutesAgo, ...delivery }: Delivery) =>
  insertDelivery(database, {
    ...delivery,
    status: delivery.failure ? 'FAILED' : 'ACCEPTED',
    createdAt: new Date(Date.now() - minutesAgo * 60_000),
  });

test('a channel whose last deliveries were all refused is a problem, with the reason and their number', async () => {
  await insert({ channel: 'kavenegar-sms', minutesAgo: 30 });
  await insert({ channel: 'kavenegar-sms', minutesAgo: 20, failure: 'sender_rejected', detail: '412' });
  await insert({ channel: 'kavenegar-sms', minutesAgo: 10, failure: 'sender_rejected', detail: '412' });
  expect(await checkSmsLog({ client })).toEqual([
    {
      about: 'kavenegar-sms',
      level: 'problem',
      message: 'its last 2 deliveries were refused: sender_rejected (412)',
      advice: expect.stringContaining('KAVENEGAR_SENDER') as string,
    },
  ]);
});

test('a failure before a success, of one phone, of a decoy or of another day is no problem', async () => {
  await insert({ channel: 'kavenegar-verify', minutesAgo: 20, failure: 'template_rejected', detail: '424' });
  await insert({ channel: 'kavenegar-verify', minutesAgo: 10 });
  await insert({ channel: 'green-api', minutesAgo: 10, failure: 'not_on_channel', detail: 'noAccount' });
  await insert({ channel: 'kavenegar-sms', minutesAgo: 10, failure: 'sender_rejected', detail: 'suppressed' });
  await insert({ channel: 'melipayamak', minutesAgo: 60 * 25, failure: 'template_rejected', detail: '-4' });
  expect(await checkSmsLog({ client })).toEqual([]);
});

test.each([
  ['kavenegar-sms', 'sender_rejected', 'KAVENEGAR_SENDER'],
  ['kavenegar-verify', 'template_rejected', 'KAVENEGAR_TEMPLATE'],
  ['melipayamak', 'template_rejected', 'MELIPAYAMAK_BODY_ID'],
  ['whatsapp-cloud', 'template_rejected', 'WHATSAPP_CLOUD_TEMPLATE'],
  ['telegram-gateway', 'sender_rejected', 'TELEGRAM_GATEWAY_SENDER'],
  ['http:mobizon', 'sender_rejected', 'its file in HTTP_CHANNELS_FOLDER'],
])('the advice for a refusal of %s (%s) names %s, and no variable of another provider', async (...refused) => {
  const [channel, failure, variable] = refused;
  await insert({ channel, minutesAgo: 10, failure, detail: '1' });
  const [finding] = await checkSmsLog({ client });
  const variables = finding?.advice?.match(/[A-Z]+(_[A-Z]+)+/g) ?? [];
  expect(finding?.advice).toContain(variable);
  expect(variables).toHaveLength(1);
});

const EVERY_PROVIDER = {
  ...PRODUCTION,
  GREEN_API_URL: 'http://api.example.com',
  GREEN_API_ID_INSTANCE: '1101000001',
  GREEN_API_TOKEN: 'd75b3a66374942c5b3c019c698abc2067e151558',
  GREEN_API_WEBHOOK_TOKEN: WEBHOOK_TOKEN,
  KAVENEGAR_URL: 'http://api.example.com',
  KAVENEGAR_API_KEY: '5A4B6C7D5A4B6C7D5A4B6C7D',
  MELIPAYAMAK_URL: 'http://api.example.com',
  MELIPAYAMAK_USERNAME: 'user',
  MELIPAYAMAK_PASSWORD: 'f3b1c2d4',
  MELIPAYAMAK_BODY_ID: '524',
  WHATSAPP_CLOUD_URL: 'http://api.example.com/v23.0',
  WHATSAPP_CLOUD_PHONE_NUMBER_ID: '106540352242922',
  WHATSAPP_CLOUD_TOKEN: 'EAAInventedTokenOfMeta',
  TELEGRAM_GATEWAY_URL: 'http://api.example.com',
  TELEGRAM_GATEWAY_TOKEN: 'AAEEGInventedTokenOfTelegram',
  TELEGRAM_GATEWAY_SENDER: 'exampleshop',
};

test('what only a message can show is named, until one has shown it', async () => {
  const config = loadConfig(EVERY_PROVIDER);
  const unproven = async () =>
    (await checkUnproven({ config, client })).map(({ about, message }) => [about, message.split(' is not checked')[0]]);
  const line = ['kavenegar-sms', 'the line of plain SMS'];
  const pattern = ['melipayamak', 'MELIPAYAMAK_BODY_ID (524)'];
  expect(await unproven()).toEqual([line, pattern, ['telegram-gateway', 'TELEGRAM_GATEWAY_SENDER (exampleshop)']]);
  await insertDelivery(database, { channel: 'telegram-gateway', providerId: '1', status: 'SENT' });
  await insertDelivery(database, { channel: 'kavenegar-sms', providerId: '2', status: 'SENT' });
  await insertDelivery(database, { channel: 'melipayamak', providerId: '3', status: 'SENT' });
  expect(await unproven()).toEqual([pattern]); // another pattern has sent that message
});

test('a URL without TLS is a warning for every provider that has one', () => {
  const config = loadConfig(EVERY_PROVIDER);
  const apis = PROVIDER_ENTRIES.flatMap(([key, provider]) => provider.apis?.(config[key]) ?? []);
  expect(apis.flatMap(checkProviderUrl).map(({ about, message }) => [about, message.split(' ')[0]])).toEqual([
    ['green-api', 'GREEN_API_URL'],
    ['kavenegar', 'KAVENEGAR_URL'],
    ['melipayamak', 'MELIPAYAMAK_URL'],
    ['whatsapp-cloud', 'WHATSAPP_CLOUD_URL'],
    ['telegram-gateway', 'TELEGRAM_GATEWAY_URL'],
  ]);
});
