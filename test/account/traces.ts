import { randomBytes } from 'node:crypto';
import { createKeyring } from '../../src/config/keys.js';
import { hashesOfPhone } from '../../src/guard/captcha/binding.js';
import { phoneHashes } from '../../src/guard/events/phone-hash.js';
import { RETENTION } from '../../src/maintenance/retention.js';
import { maskPhone } from '../../src/phone/mask-phone.js';
import { SECRET, type TestDatabase } from '../support/gateway.js';
import {
  insertAttempts,
  insertAuditEntry,
  insertGuessFailures,
  insertSendBudget,
  updateUser,
} from '../support/rows.js';
import { idAt, insertRows } from '../support/rows/write.js';

/** A user of whom every table in RETENTION has a row. */
export interface Traced {
  id: string;
  phone: string;
  /** Of the user's open session. */
  sessionId: string;
}

const keyring = createKeyring(SECRET);
const now = () => idAt(new Date());
const inHex = (hashes: Buffer[]) => hashes.map((hash) => hash.toString('hex'));

export const NAME = 'Айгүл of the test';
export const BROWSER = 'Browser of the user';

/** What names the user in the row of any table, if it is not the audit log. */
export const wordsOf = ({ id, phone, sessionId }: Traced): string[] => [
  phone,
  phone.slice(1),
  maskPhone(phone),
  id,
  sessionId,
  ...inHex(phoneHashes(phone, keyring)),
  ...inHex(hashesOfPhone(phone, keyring)),
];

/** Writes rows that name the user, for each table in RETENTION. A new table needs an entry here. */
const TRACES: Record<string, (user: Traced, database: TestDatabase) => Promise<unknown>> = {
  users: ({ id, phone }, database) =>
    updateUser(database, id, { name: NAME, whatsappLid: `${phone.slice(1)}9@lid`, whatsappLidCheckedAt: '-1 hour' }),
  sessions: ({ id }, database) =>
    insertRows(database, 'sessions', [
      {
        id: now(),
        userId: id,
        userAgent: BROWSER,
        refreshTokenHash: Buffer.alloc(32),
        keyId: 'k',
        idleExpiresAt: '1 day',
        expiresAt: '1 day',
        revokedAt: '-2 days',
        revokedReason: 'signed_out',
      },
    ]),
  authorization_codes: ({ sessionId }, database) =>
    insertRows(database, 'authorization_codes', [
      { codeHash: randomBytes(32), sessionId, redirectUri: 'https://app.example', expiresAt: '1 minute' },
    ]),
  login_attempts: async ({ id, phone, sessionId }, database) => {
    await insertAttempts(database, [
      { phone, status: 'FAILED', failureReason: 'TOO_MANY_TRIES' },
      { phone, userId: id, status: 'CLAIMED' },
    ]);
    await insertRows(database, 'login_attempts', [
      {
        id: now(),
        method: 'OTP',
        purpose: 'CHANGE_PHONE',
        status: 'EXPIRED',
        phone: '+77010000002',
        userId: id,
        sessionId,
        userAgent: BROWSER,
        secretHash: Buffer.alloc(32),
        keyId: 'k',
        locale: 'en',
        expiresAt: '-1 minute',
      },
    ]);
  },
  sms_log: async ({ id, phone }, database) => {
    const [attemptId] = await insertAttempts(database, [{ phone, status: 'EXPIRED' }]);
    const delivery = { channel: 'console', maskedPhone: maskPhone(phone), locale: 'en', status: 'FAILED' };
    await insertRows(database, 'sms_log', [
      { id: now(), attemptId, purpose: 'LOGIN_CODE', failure: 'suppressed', blockedBy: 'country', ...delivery },
      { id: now(), userId: id, purpose: 'NEW_DEVICE', ...delivery },
    ]);
  },
  known_devices: ({ id, sessionId }, database) =>
    insertRows(database, 'known_devices', [
      { tokenHash: randomBytes(32), userId: id, sessionId, deviceId: sessionId, userAgent: BROWSER },
    ]),
  notifications: ({ id, phone, sessionId }, database) =>
    insertRows(database, 'notifications', [
      { id: now(), purpose: 'NEW_DEVICE', userId: id, phone, sessionId, values: { userAgent: BROWSER }, sendAt: null },
    ]),
  phone_failures: ({ phone }, database) =>
    insertRows(database, 'phone_failures', [{ phone, hourStartedAt: '-1 minute', hourFailures: 7, consecutive: 77 }]),
  budgets: async ({ phone }, database) => {
    for (const subject of [phone, `${phone} on 00ff`])
      await database.query('DELETE FROM budgets WHERE subject = $1', [subject]);
    await insertSendBudget(database, phone, { hourSends: 2, daySends: 3 });
    await insertSendBudget(database, `${phone} on 00ff`, { hourSends: 1, daySends: 4 });
  },
  guess_failures: async ({ phone }, database) => {
    for (const subject of [phone, `${phone} from 203.0.113.77`, `${phone} on 00ff`])
      await insertGuessFailures(database, subject, { hourFailures: 3 });
  },
  send_budgets: ({ phone }, database) =>
    insertRows(database, 'send_budgets', [
      { subject: phone, hourStartedAt: '-1 minute', hourSends: 5, dayStartedAt: '-1 minute', daySends: 55 },
    ]),
  captcha_solutions: ({ phone }, database) =>
    insertRows(database, 'captcha_solutions', [
      { id: randomBytes(32), phoneHash: hashesOfPhone(phone, keyring)[0], networkHash: randomBytes(32) },
    ]),
  // The ID of a message has no connection with a user.
  webhook_events: () => Promise.resolve(),
  guard_events: ({ phone }, database) =>
    insertRows(database, 'guard_events', [
      {
        id: now(),
        at: new Date(),
        rule: 'phone',
        action: 'refused',
        maskedPhone: maskPhone(phone),
        phoneHash: phoneHashes(phone, keyring)[0],
        network: '203.0.113.77',
        count: 1,
      },
    ]),
  audit_log: ({ id }, database) => insertAuditEntry(database, { event: 'otp.verified', userId: id }),
};

/** The tables in which every user can have a row that names them. */
export const TRACED_TABLES = Object.keys(RETENTION).filter((table) => table !== 'webhook_events');

/** Writes a row about the user to each table that can name them. Fails if RETENTION names another table. */
export async function leaveTraces(user: Traced, database: TestDatabase): Promise<void> {
  for (const table of Object.keys(RETENTION)) {
    const trace = TRACES[table];
    if (!trace)
      throw new Error(`src/maintenance/retention.ts lists ${table}: write a row of it in test/account/traces.ts`);
    await trace(user, database);
  }
}

/** Every row of every table as text, after the name of the table, except the audit log. */
async function dump(database: TestDatabase): Promise<string[]> {
  const tables = await database.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables
     WHERE table_schema = 'public' AND table_name NOT IN ('audit_log', '_prisma_migrations')
       AND table_name NOT IN (SELECT relname FROM pg_class WHERE relispartition)`,
  );
  const rows = await Promise.all(
    tables.map(({ name }) =>
      database.query<{ row: string }>(`SELECT '${name} ' || row_to_json(t)::text AS row FROM "${name}" t`),
    ),
  );
  return rows.flat().map(({ row }) => row);
}

/** The rows of any table, except the audit log, that contain one of the words. */
export const rowsNaming = async (database: TestDatabase, ...words: string[]) =>
  (await dump(database)).filter((row) => words.some((word) => row.includes(word)));

/** The tables that these rows are of. */
export const tablesOf = (rows: string[]) => [...new Set(rows.map((row) => row.slice(0, row.indexOf(' '))))].toSorted();
