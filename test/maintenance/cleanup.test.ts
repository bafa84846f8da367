import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { type Database, connectDatabase } from '../../src/db/database.js';
import { DELETE_OLD_WEBHOOK_EVENTS } from '../../src/maintenance/delete-old-webhook-events.js';
import { DELETE_OLD_CODES } from '../../src/sessions/authorization-codes/create.js';
import { SILENT } from '../sessions/gateway-key.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import {
  insertAttempt,
  insertAuditEntries,
  insertAuditEntry,
  insertDelivery,
  insertSessions,
  insertUser,
} from '../support/rows.js';
import { cleanUpOnce } from './clean-up-once.js';

const DAY_MS = 86_400_000;

let own: TestDatabase;
let database: Database;
beforeAll(async () => {
  own = await createDatabase();
  database = connectDatabase(own.url, SILENT);
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

const id = (days: number) => uuidv7({ msecs: Date.now() - days * DAY_MS });
const names = async (table: string, column: string) =>
  (await own.query<{ name: string }>(`SELECT ${column} AS name FROM ${table} ORDER BY 1`)).map(({ name }) => name);

test('deletes closed attempts, deliveries, ended sessions and audit entries after their retention period, and no others', async () => {
  const attempt = (days: number, status: string) =>
    insertAttempt(own, {
      id: id(days),
      method: 'WHATSAPP',
      status,
      phone: `${status} ${days}`,
      completedAt: '0 seconds',
      expiresAt: '1 hour',
    });
  for (const status of ['CLAIMED', 'EXPIRED', 'CANCELED', 'FAILED']) {
    await attempt(89, status);
    await attempt(91, status);
  }
  await attempt(91, 'PENDING');
  for (const days of [89, 91]) await insertDelivery(own, { id: id(days), channel: `${days}` });
  const userId = await insertUser(own);
  const session = (
    days: number,
    userAgent: string,
    times: { idle: string; absolute: string; revokedAt: string | null },
  ) =>
    insertSessions(own, [
      {
        id: id(days),
        userId,
        userAgent,
        idleExpiresAt: times.idle,
        expiresAt: times.absolute,
        revokedAt: times.revokedAt,
      },
    ]);
  await session(91, 'old, used', { idle: '1 day', absolute: '1 day', revokedAt: null });
  await session(91, 'old, idle', { idle: '-1 second', absolute: '1 day', revokedAt: null });
  await session(91, 'old, ended', { idle: '1 day', absolute: '-1 second', revokedAt: null });
  await session(91, 'old, revoked long ago', { idle: '1 day', absolute: '1 day', revokedAt: '-2 days' });
  await session(91, 'old, revoked now', { idle: '1 day', absolute: '1 day', revokedAt: '0' });
  await session(89, 'young, ended', { idle: '-1 day', absolute: '-1 day', revokedAt: '-2 days' });
  for (const days of [100, 364, 397])
    await insertAuditEntry(own, { at: new Date(Date.now() - days * DAY_MS), event: `${days}` });
  await cleanUpOnce(database);
  expect(await names('login_attempts', 'phone')).toEqual([
    'CANCELED 89',
    'CLAIMED 89',
    'EXPIRED 89',
    'FAILED 89',
    'PENDING 91',
  ]);
  expect(await names('sms_log', 'channel')).toEqual(['89']);
  expect(await names('sessions', 'user_agent')).toEqual(['old, revoked now', 'old, used', 'young, ended']);
  expect(await names('audit_log', 'event')).toEqual(['100', '364']);
});

// Anybody can start WhatsApp logins, and each row names an IP address.
test('deletes a WhatsApp login that nobody has proven after 24 hours, and no attempt with a code or a proof', async () => {
  const HOUR = 1 / 24;
  const attempts: Record<string, Parameters<typeof insertAttempt>[1]> = {
    'open, over for long': { id: id(25 * HOUR), status: 'PENDING', expiresAt: '-24 hours' },
    'expired, 25 hours': { id: id(25 * HOUR), status: 'EXPIRED' },
    'canceled, 25 hours': { id: id(25 * HOUR), status: 'CANCELED' },
    'expired, 23 hours': { id: id(23 * HOUR), status: 'EXPIRED' },
    'canceled, 23 hours': { id: id(23 * HOUR), status: 'CANCELED' },
    'open, 25 hours': { id: id(25 * HOUR), status: 'PENDING', expiresAt: '1 hour' },
    'proven, 25 hours': { id: id(25 * HOUR), status: 'EXPIRED', completedAt: '-25 hours' },
    'refused, 25 hours': { id: id(25 * HOUR), status: 'FAILED', failureReason: 'USER_BLOCKED' },
    'code, 25 hours': { id: id(25 * HOUR), method: 'OTP', status: 'EXPIRED' },
  };
  for (const [locale, attempt] of Object.entries(attempts))
    await insertAttempt(own, { method: 'WHATSAPP', phone: null, locale, ...attempt });
  await cleanUpOnce(database);
  const kept = await own.query<{ locale: string }>(
    `SELECT locale FROM login_attempts WHERE locale LIKE '%,%' ORDER BY locale`,
  );
  expect(kept.map(({ locale }) => locale)).toEqual([
    'canceled, 23 hours',
    'code, 25 hours',
    'expired, 23 hours',
    'open, 25 hours',
    'proven, 25 hours',
    'refused, 25 hours',
  ]);
});

// A round runs every 30 s. Ten sign-ins a second write more than one batch of 1,000 rows in that time.
test('deletes 2,500 old rows in one round', async () => {
  const at = new Date(Date.now() - 400 * DAY_MS);
  await insertAuditEntries(
    own,
    Array.from({ length: 2_500 }, () => ({ at, event: 'busy' })),
  );
  await cleanUpOnce(database);
  expect(await own.query("SELECT id FROM audit_log WHERE event = 'busy'")).toEqual([]);
});

// Regression: both were deleted in one statement, whose locks and time grew with the number of rows.
test('deletes old webhook events and authorization codes in batches, until none is left', async () => {
  const userId = await insertUser(own);
  await own.query(
    `INSERT INTO webhook_events (instance, type_webhook, id_message, received_at)
     SELECT 'batch', 'x', n::text, now() - interval '3 days' FROM generate_series(1, 2500) AS n`,
  );
  const sessionId = id(1);
  await insertSessions(own, [{ id: sessionId, userId }]);
  await own.query(
    `INSERT INTO authorization_codes (code_hash, session_id, redirect_uri, created_at, expires_at)
     SELECT sha256(n::text::bytea), $1, 'x', now() - interval '2 days', now() FROM generate_series(1, 2500) AS n`,
    [sessionId],
  );
  expect(await database.query(DELETE_OLD_WEBHOOK_EVENTS, {})).toHaveLength(1_000);
  expect(await database.query(DELETE_OLD_CODES, {})).toHaveLength(1_000);
  await cleanUpOnce(database);
  expect(await own.query("SELECT 1 FROM webhook_events WHERE instance = 'batch'")).toEqual([]);
  expect(await own.query('SELECT 1 FROM authorization_codes')).toEqual([]);
});

test('forgets the devices on which nobody has signed in for 180 days', async () => {
  const userId = await insertUser(own);
  await own.query(
    `INSERT INTO known_devices (token_hash, user_id, session_id, user_agent, last_seen_at)
     SELECT sha256(days::text::bytea), $1, gen_random_uuid(), days::text, now() - days * interval '1 day'
     FROM unnest(ARRAY[179, 181]) AS days`,
    [userId],
  );
  await cleanUpOnce(database);
  expect(await names('known_devices', 'user_agent')).toEqual(['179']);
});

test('deletes by the time of the database, so that an instance whose clock is a year ahead deletes nothing early', async () => {
  await insertAttempt(own, {
    id: id(1),
    method: 'WHATSAPP',
    status: 'CLAIMED',
    phone: 'of yesterday',
    completedAt: '0 seconds',
    expiresAt: '1 hour',
  });
  await insertAuditEntry(own, { event: 'of.yesterday' });
  const now = Date.now();
  vi.spyOn(Date, 'now').mockImplementation(() => now + 365 * DAY_MS);
  onTestFinished(() => void vi.restoreAllMocks());
  await cleanUpOnce(database);
  expect(await names('login_attempts', 'phone')).toContain('of yesterday');
  expect(await names('audit_log', 'event')).toContain('of.yesterday');
});
