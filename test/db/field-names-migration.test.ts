import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readMigrations } from '../../src/db/migration-status.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';

const FIELD_NAMES = '20261128093000_field_names';
const PHONE = '+77010000002';
const [USER, ATTEMPT, SESSION, DELIVERY] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];

const migrations = readMigrations();

let database: TestDatabase;

/** Rows as the previous version wrote them. */
const OLD_ROWS = `
  INSERT INTO users (id, phone, role) VALUES ('${USER}', '${PHONE}', 'USER');
  INSERT INTO login_attempts (id, method, phone, secret_hash, open_slot, key_id, locale, expires_at, place, purpose)
  VALUES ('${ATTEMPT}', 'OTP', '${PHONE}', '\\x01', 2, 'k', 'en', now() + interval '5 minutes', 'Almaty', 'SIGN_IN');
  INSERT INTO sessions (id, user_id, refresh_token_hash, key_id, idle_expires_at, expires_at, place)
  VALUES ('${SESSION}', '${USER}', '\\x02', 'k', now() + interval '1 day', now() + interval '2 days', 'Bishkek');
  INSERT INTO provider_accounts (account, asked_at) VALUES ('green-api:1101000001', '2026-11-21T12:00:00Z');
  INSERT INTO sms_log (id, attempt_id, channel, masked_phone, purpose, locale, state)
  VALUES ('${DELIVERY}', '${ATTEMPT}', 'console', '+7 *** 02', 'LOGIN_CODE', 'en', 'DELIVERED');`;

beforeAll(async () => {
  database = await createDatabase({ migrated: false });
  for (const { name, sql } of migrations) if (name < FIELD_NAMES) await database.query(sql);
  await database.query(OLD_ROWS);
  for (const { name, sql } of migrations) if (name === FIELD_NAMES) await database.query(sql);
});
afterAll(() => database.drop());

describe('the migration that renames columns to the names of the field', () => {
  test.each([
    ['login_attempts', 'location', 'Almaty'],
    ['login_attempts', 'active_slot', 2],
    ['sessions', 'location', 'Bishkek'],
    ['provider_accounts', 'status_requested_at', new Date('2026-11-21T12:00:00Z')],
    ['sms_log', 'status', 'DELIVERED'],
  ])('keeps the value of %s.%s', async (table, column, value) => {
    expect(await database.query(`SELECT ${column} AS value FROM ${table}`)).toEqual([{ value }]);
  });

  test('renames the type of sms_log.status', async () => {
    expect(await database.query('SELECT pg_typeof(status)::text AS type FROM sms_log')).toEqual([
      { type: 'delivery_status' },
    ]);
  });

  const insertAttempt = (values: { slot: number; status: string }) =>
    database.query(
      `INSERT INTO login_attempts (id, method, phone, secret_hash, active_slot, key_id, locale, expires_at, purpose, status)
       VALUES (gen_random_uuid(), 'OTP', $1, '\\x03', $2, 'k', 'en', now() + interval '5 minutes', 'SIGN_IN', $3)`,
      [PHONE, values.slot, values.status],
    );

  test('keeps the unique index: a phone has one pending attempt per active slot', async () => {
    await expect(insertAttempt({ slot: 2, status: 'PENDING' })).rejects.toMatchObject({
      code: '23505',
      constraint: 'login_attempts_open_otp_key',
    });
    await insertAttempt({ slot: 2, status: 'CLAIMED' });
    await insertAttempt({ slot: 1, status: 'PENDING' });
  });
});
