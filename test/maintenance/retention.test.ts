import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Database, connectDatabase } from '../../src/db/database.js';
import { RETENTION } from '../../src/maintenance/retention.js';
import { startOfPartition } from '../../src/maintenance/partitions.js';
import { SILENT } from '../sessions/gateway-key.js';
import { somePhone } from '../support/calls.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import {
  insertAttempt,
  insertAuditEntry,
  insertDelivery,
  insertGuessFailures,
  insertGuardEvents,
  insertSendBudget,
  insertSessions,
  insertUser,
  updateGuessFailures,
  updateSendBudget,
} from '../support/rows.js';
import { insertRows } from '../support/rows/write.js';
import { AUDIT_DAYS, GUARD_EVENT_DAYS, HISTORY_DAYS, cleanUpOnce } from './clean-up-once.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

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

const ago = (ms: number) => new Date(Date.now() - ms);
const idAgo = (ms: number) => uuidv7({ msecs: Date.now() - ms });

interface Period {
  /** The column that tells the rows of this test apart. */
  key: string;
  /** Age at which a row is deleted. Of a partitioned table the age at the end of its month or week. */
  hours: number;
  /** The period of a partition, in which every row is deleted at the same time. */
  unit?: 'month' | 'week';
  /** Writes a row of this age. @returns its key */
  insert: (age: number) => Promise<string>;
}

const failures = (client: string) => async (age: number) => {
  const subject = client.replace('+', somePhone());
  await insertGuessFailures(own, subject, { hourFailures: 1, dayFailures: 1, totalFailures: 1 });
  await updateGuessFailures(own, subject, { hourStartedAt: ago(0), dayStartedAt: ago(age) });
  return subject;
};

async function insertEndedSession(age: number): Promise<string> {
  const userId = await insertUser(own);
  const id = idAgo(age);
  await insertSessions(own, [{ id, userId, expiresAt: '-1 second', revokedAt: '-2 days' }]);
  return id;
}

/** The periods of each table, by the name that the test prints. A new entry of RETENTION needs one here. */
const PERIODS: Record<string, Period[]> = {
  sessions: [{ key: 'id', hours: HISTORY_DAYS * 24, insert: insertEndedSession }],
  authorization_codes: [
    {
      key: 'redirect_uri',
      hours: 24,
      async insert(age) {
        const redirectUri = `https://app.example/${age}`;
        const sessionId = await insertEndedSession(0);
        const codeHash = Buffer.from(redirectUri);
        const times = { createdAt: ago(age), expiresAt: ago(age) };
        await insertRows(own, 'authorization_codes', [{ codeHash, sessionId, redirectUri, ...times }]);
        return redirectUri;
      },
    },
  ],
  login_attempts: [
    {
      key: 'id',
      hours: HISTORY_DAYS * 24,
      insert: (age) => insertAttempt(own, { id: idAgo(age), status: 'CLAIMED' }),
    },
    ...['EXPIRED', 'CANCELED'].map((status) => ({
      key: 'id',
      hours: 24,
      insert: (age: number) => insertAttempt(own, { id: idAgo(age), method: 'WHATSAPP', phone: null, status }),
    })),
    {
      key: 'id',
      hours: HISTORY_DAYS * 24,
      insert: (age) =>
        insertAttempt(own, { id: idAgo(age), method: 'WHATSAPP', completedAt: ago(age), status: 'EXPIRED' }),
    },
  ],
  sms_log: [{ key: 'id', hours: HISTORY_DAYS * 24, insert: (age) => insertDelivery(own, { id: idAgo(age) }) }],
  known_devices: [
    {
      key: 'user_agent',
      hours: 180 * 24,
      async insert(age) {
        const userAgent = `${age}`;
        const seen = { firstSeenAt: ago(age), lastSeenAt: ago(age) };
        const [userId, sessionId] = [await insertUser(own), idAgo(age)];
        await insertRows(own, 'known_devices', [
          { tokenHash: Buffer.from(userAgent), userId, sessionId, userAgent, ...seen },
        ]);
        return userAgent;
      },
    },
  ],
  notifications: [
    {
      key: 'id',
      hours: 48,
      async insert(age) {
        const id = idAgo(age);
        const message = { purpose: 'NEW_DEVICE', userId: await insertUser(own), phone: somePhone(), values: {} };
        await insertRows(own, 'notifications', [{ id, ...message, createdAt: ago(age) }]);
        return id;
      },
    },
  ],
  phone_failures: [
    {
      key: 'phone',
      hours: 24,
      async insert(age) {
        const phone = somePhone();
        await insertRows(own, 'phone_failures', [
          { phone, hourStartedAt: ago(age), hourFailures: 1, consecutive: 100 },
        ]);
        return phone;
      },
    },
  ],
  guess_failures: [
    { key: 'subject', hours: 91 * 24, insert: failures('+') },
    { key: 'subject', hours: 91 * 24, insert: failures('+ on 00ff') },
    { key: 'subject', hours: 48, insert: failures('+ from 203.0.113.7') },
    { key: 'subject', hours: 48, insert: async (age) => failures(`203.0.113.${age % 256} ${age}`)(age) },
  ],
  budgets: [
    { subject: '+77010000002', hours: 24 },
    { subject: '203.0.113.7', hours: 15 * 24, dayVerified: 1 },
    { subject: 'starts:203.0.113.7', hours: 24 },
  ].map(({ subject: base, hours, dayVerified = 0 }) => ({
    key: 'subject',
    hours,
    async insert(age) {
      const subject = `${base} ${age}`;
      await insertSendBudget(own, subject, { hourSends: 1, daySends: 20, dayVerified });
      await updateSendBudget(own, subject, { hourStartedAt: ago(0), dayStartedAt: ago(age) });
      return subject;
    },
  })),
  send_budgets: [
    {
      key: 'subject',
      hours: 24,
      async insert(age) {
        const subject = `+77010000002 ${age}`;
        const counts = { hourSends: 1, hourStartedAt: ago(0), daySends: 20, dayStartedAt: ago(age) };
        await insertRows(own, 'send_budgets', [{ subject, ...counts }]);
        return subject;
      },
    },
  ],
  captcha_solutions: [
    {
      key: "convert_from(id, 'UTF8')",
      hours: 1,
      async insert(age) {
        const id = Buffer.from(`${age}`);
        await insertRows(own, 'captcha_solutions', [{ id, networkHash: id, solvedAt: ago(age) }]);
        return `${age}`;
      },
    },
  ],
  webhook_events: [
    {
      key: 'id_message',
      hours: 48,
      async insert(age) {
        const idMessage = `${age}`;
        const event = { instance: 'i', typeWebhook: 't', idMessage, receivedAt: ago(age) };
        await insertRows(own, 'webhook_events', [event]);
        return idMessage;
      },
    },
  ],
  guard_events: [
    {
      key: 'id',
      hours: GUARD_EVENT_DAYS * 24,
      unit: 'week',
      insert: async (age) => String((await insertGuardEvents(own, [{ at: ago(age) }]))[0]),
    },
  ],
  audit_log: [
    {
      key: 'id',
      hours: AUDIT_DAYS * 24,
      unit: 'month',
      insert: (age) => insertAuditEntry(own, { at: ago(age), event: 'retention' }),
    },
  ],
};

const titled = (period: Period) => ({
  ...period,
  from: period.unit ? ` after the end of its ${period.unit}` : '',
});

describe.each(Object.entries(PERIODS))('%s', (table, periods) => {
  test.each(periods.map(titled))('keeps a row for $hours hours$from, and no longer', async (period) => {
    const { key, hours, unit, insert } = period;
    const MARGIN = HOUR_MS / 2;
    const expired = ago(hours * HOUR_MS);
    const age = Date.now() - (unit ? startOfPartition(unit, expired) : expired).getTime();
    const [young, old] = [await insert(age - MARGIN), await insert(age + MARGIN)];
    await cleanUpOnce(database);
    const rows = await own.query<{ key: string }>(
      `SELECT ${key}::text AS key FROM ${table} WHERE ${key}::text = ANY($1)`,
      [[young, old]],
    );
    expect(rows.map((row) => row.key)).toEqual([young]);
  });
});

test('users stay, because nothing but a deletion ends an account', async () => {
  const id = await insertUser(own, { createdAt: ago(5_000 * DAY_MS), lastLoginAt: ago(4_000 * DAY_MS) });
  await cleanUpOnce(database);
  expect(await own.query('SELECT id FROM users WHERE id = $1', [id])).toHaveLength(1);
});

test('deletes 1,500 old counts of wrong codes in one round', async () => {
  await own.query(
    `INSERT INTO guess_failures SELECT '+9989' || n, now(), 1, now() - interval '92 days', 1, 1, 0, 0, 0 FROM generate_series(1, 1500) n`,
  );
  await cleanUpOnce(database);
  expect(await own.query(`SELECT subject FROM guess_failures WHERE subject LIKE '+9989%'`)).toEqual([]);
});

test('deletes 1,500 old devices and notifications in one round', async () => {
  const userId = await insertUser(own);
  await own.query(
    `INSERT INTO known_devices (token_hash, user_id, session_id, last_seen_at)
     SELECT sha256(n::text::bytea), $1, gen_random_uuid(), now() - interval '181 days' FROM generate_series(1, 1500) n`,
    [userId],
  );
  await own.query(
    `INSERT INTO notifications (id, purpose, user_id, phone, "values", created_at)
     SELECT gen_random_uuid(), 'NEW_DEVICE', $1, '+77010000002', '{}', now() - interval '49 hours' FROM generate_series(1, 1500)`,
    [userId],
  );
  await cleanUpOnce(database);
  expect(await own.query('SELECT FROM known_devices WHERE user_id = $1', [userId])).toEqual([]);
  expect(await own.query('SELECT FROM notifications WHERE user_id = $1', [userId])).toEqual([]);
});

test('a wrong code that is counted during the cleanup keeps the count', async () => {
  const phone = await failures('+')(200 * DAY_MS);
  const guessing = new pg.Client({ connectionString: own.url });
  await guessing.connect();
  await guessing.query('BEGIN');
  const count = 'UPDATE guess_failures SET day_started_at = now(), day_failures = day_failures + 1 WHERE subject = $1';
  await guessing.query(count, [phone]);
  await cleanUpOnce(database);
  await guessing.query('COMMIT');
  await guessing.end();
  await cleanUpOnce(database);
  expect(await own.query('SELECT day_failures FROM guess_failures WHERE subject = $1', [phone])).toEqual([
    { day_failures: 2 },
  ]);
});

describe('the declaration', () => {
  /** Parts of names of columns that name a person or a device, or lead to one. */
  const PERSONAL =
    /phone|(^|_)ip($|_)|network|agent|location|(^|_)lid($|_)|(user|session|attempt|message|provider|actor)_id|id_message|^actor$|^subject$|^name$|mail|birth|address|contact|device|label|credential/;
  /** Columns whose names only look like that. */
  const IMPERSONAL: Record<string, string[]> = {};

  const columns = async () =>
    own.query<{ table: string; column: string }>(
      `SELECT table_name AS table, column_name AS column FROM information_schema.columns
       WHERE table_schema = 'public' AND table_name <> '_prisma_migrations'
         AND table_name NOT IN (SELECT relname FROM pg_class WHERE relispartition) ORDER BY 1, 2`,
    );

  test('has every column that names a person', async () => {
    const named = (await columns()).filter(({ column }) => PERSONAL.test(column));
    expect(named.length).toBeGreaterThan(20);
    const undeclared = named.filter(
      ({ table, column }) => ![...(RETENTION[table]?.personal ?? []), ...(IMPERSONAL[table] ?? [])].includes(column),
    );
    expect(undeclared).toEqual([]);
  });

  test('has only columns of the schema', async () => {
    const known = new Set((await columns()).map(({ table, column }) => `${table}.${column}`));
    const declared = Object.entries(RETENTION).flatMap(([table, { personal }]) =>
      personal.map((column) => `${table}.${column}`),
    );
    expect(declared.filter((column) => !known.has(column))).toEqual([]);
  });

  test('has a period that is tried above for every table except users', () => {
    expect(Object.keys(RETENTION).toSorted()).toEqual([...Object.keys(PERIODS), 'users'].toSorted());
  });
});
