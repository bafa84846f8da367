import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { checkSmsLog } from '../../src/cli/doctor/sms-log.js';
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
