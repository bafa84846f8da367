import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type TestDatabase, createDatabase } from '../../../test/support/gateway.js';
import { checkLog } from './sms-log.js';

let database: TestDatabase;
beforeAll(async () => void (database = await createDatabase()));
beforeEach(() => database.query('DELETE FROM sms_log'));
afterAll(() => database.drop());

async function tried(channel: string, minutesAgo: number, failure?: string, detail?: string): Promise<void> {
  await database.query(
    `INSERT INTO sms_log (id, channel, masked_phone, purpose, locale, status, failure, detail, created_at)
     VALUES ($1, $2, '+9891******04', 'LOGIN_CODE', 'fa', $3, $4, $5, now() - $6 * interval '1 minute')`,
    [randomUUID(), channel, failure ? 'FAILED' : 'ACCEPTED', failure ?? null, detail ?? null, minutesAgo],
  );
}

test('a line that is not active is told with its code, and how often it was refused', async () => {
  await tried('kavenegar-sms', 30);
  await tried('kavenegar-sms', 20, 'sender_rejected', '412');
  await tried('kavenegar-sms', 10, 'sender_rejected', '412');
  expect(await checkLog(database.query)).toEqual([
    {
      about: 'kavenegar-sms',
      level: 'problem',
      message: 'its last 2 tries were refused: sender_rejected (412)',
      advice: expect.stringContaining('KAVENEGAR_SENDER') as string,
    },
  ]);
});

test('what has gone out since, is about one phone, is only pretended, or is of another day, is not told', async () => {
  await tried('kavenegar-verify', 20, 'template_rejected', '424');
  await tried('kavenegar-verify', 10);
  await tried('green-api', 10, 'not_on_channel', 'noAccount');
  await tried('kavenegar-sms', 10, 'sender_rejected', 'suppressed');
  await tried('melipayamak', 60 * 25, 'template_rejected', '-4');
  expect(await checkLog(database.query)).toEqual([]);
});
