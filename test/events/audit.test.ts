import { createAudit } from '../../src/events/audit.js';
import type { Config } from '../../src/config/config.js';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Database, connectDatabase } from '../../src/db/database.js';
import { startCleanup } from '../../src/maintenance/cleanup.js';
import {
  call,
  cancelLogin,
  claimLogin,
  deliverWebhook,
  incomingText,
  refreshSession,
  requestOtp,
  resendOtp,
  somePhone,
  startWhatsAppLogin,
  verifyOtp,
  wrongCode,
} from '../support/calls.js';
import { layCable } from '../support/cable.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { logged } from '../support/logged.js';
import {
  allowResend,
  blockUser,
  insertAttempt,
  insertAuditEntries,
  insertAuditEntry,
  insertDelivery,
  insertSessions,
  insertUser,
} from '../support/rows.js';
import { SILENT } from '../sessions/gateway-key.js';
import { act, graceHasPassed, revokeOtherSessions, revokeSession, signIn, signOut, soon } from '../sessions/person.js';

let database: TestDatabase;
let gateway: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url });
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});
afterEach(() => void vi.useRealTimers());

interface Row {
  event: string;
  actor: string;
  user_id: string | null;
  session_id: string | null;
  phone: string | null;
  ip: string | null;
  details: Record<string, unknown> | null;
}

const ofAttempt = (attemptId: string) =>
  database.query<Row>('SELECT * FROM audit_log WHERE attempt_id = $1 ORDER BY id', [attemptId]);
const ofPerson = (userId: string) =>
  database.query<Row>('SELECT * FROM audit_log WHERE user_id = $1 ORDER BY id', [userId]);

/** Events are gathered for a quarter of a second. */
async function untilWritten(read: () => Promise<Row[]>, ...events: string[]): Promise<Row[]> {
  return vi.waitFor(
    async () => {
      const rows = await read();
      expect(rows.map(({ event }) => event)).toEqual(events);
      return rows;
    },
    { timeout: 5_000, interval: 50 },
  );
}
const mask = (phone: string) => `${phone.slice(0, 5)}*****${phone.slice(-2)}`;

describe('what is written down', () => {
  test('of a sign-in by code: the request, the send, a wrong guess, the resend, the sign-in', async () => {
    const phone = somePhone();
    const attempt = await requestOtp(gateway.graphqlUrl, { phone });
    const code = gateway.codeOf(attempt.attemptId);
    await verifyOtp(gateway.graphqlUrl, { ...attempt, code: wrongCode(code) });
    await allowResend(database, attempt.attemptId);
    await resendOtp(gateway.graphqlUrl, attempt);
    const session = await verifyOtp(gateway.graphqlUrl, { ...attempt, code });
    const rows = await untilWritten(
      () => ofAttempt(attempt.attemptId),
      'otp.requested',
      'otp.sent',
      'otp.incorrect',
      'otp.resend_requested',
      'otp.sent',
      'otp.verified',
    );
    expect(rows[0]).toMatchObject({ phone: mask(phone), ip: '127.0.0.1', actor: 'gateway' });
    expect(rows[1]).toMatchObject({ phone: mask(phone), details: { channel: 'console' } });
    expect(rows[2]).toMatchObject({ details: { triesLeft: 4 } });
    expect(rows[5]).toMatchObject({ user_id: session.user.id, session_id: session.id, details: { role: 'USER' } });
  });

  test('of a sign-in by WhatsApp: the start, the proof, the claim', async () => {
    const phone = somePhone();
    const attempt = await startWhatsAppLogin(gateway.graphqlUrl);
    await deliverWebhook(gateway.url, incomingText(attempt.loginMessage, phone));
    const session = await claimLogin(gateway.graphqlUrl, attempt);
    const rows = await untilWritten(
      () => ofAttempt(attempt.attemptId),
      'whatsapp.started',
      'whatsapp.completed',
      'login.claimed',
    );
    expect(rows[1]).toMatchObject({ phone: mask(phone), user_id: session.user.id });
    expect(rows[2]).toMatchObject({ user_id: session.user.id, session_id: session.id });
  });

  test('of one that came to nothing: canceled, guessed too often, blocked', async () => {
    const canceled = await requestOtp(gateway.graphqlUrl, { phone: somePhone() });
    await cancelLogin(gateway.graphqlUrl, canceled);
    await untilWritten(() => ofAttempt(canceled.attemptId), 'otp.requested', 'otp.sent', 'login.canceled');
    const { user } = await signIn(gateway);
    const blocked = await requestOtp(gateway.graphqlUrl, { phone: user.phone });
    await blockUser(database, user.id);
    await verifyOtp(gateway.graphqlUrl, { ...blocked, code: gateway.codeOf(blocked.attemptId) });
    const rows = await untilWritten(() => ofAttempt(blocked.attemptId), 'otp.requested', 'otp.sent', 'login.failed');
    expect(rows[2]).toMatchObject({ details: { reason: 'USER_BLOCKED' } });
  });

  test('of sessions: each end, with who ended it and why, in the statement that does it', async () => {
    const own = await signIn(gateway);
    const { phone } = own.user;
    const [second, third] = [await signIn(gateway, { phone }), await signIn(gateway, { phone })];
    await revokeSession(gateway, own.accessToken, second.id);
    await revokeOtherSessions(gateway, own.accessToken);
    await signOut(gateway, own.accessToken);
    // Not gathered: they are there by the time the answer is.
    const ends = (await ofPerson(own.user.id)).filter(({ event }) => event === 'session.revoked');
    expect(ends).toMatchObject([
      { actor: own.user.id, session_id: second.id, details: { reason: 'revoked' } },
      { actor: own.user.id, session_id: third.id, details: { reason: 'revoked' } },
      { actor: own.user.id, session_id: own.id, details: { reason: 'signed_out' } },
    ]);
  });
});

test('nothing that opens anything is written down, nor a whole phone, in rows or in the log', async () => {
  const secrets = new Set<string>();
  const phones = new Set<string>();
  const note = (...values: (string | undefined)[]) => values.forEach((value) => value && secrets.add(value));
  const session = await signIn(gateway);
  const next = await refreshSession(gateway.graphqlUrl, session.refreshToken);
  await graceHasPassed(database, session.id);
  await refreshSession(gateway.graphqlUrl, session.refreshToken); // theft
  const attempt = await requestOtp(gateway.graphqlUrl, { phone: session.user.phone });
  const code = gateway.codeOf(attempt.attemptId);
  await verifyOtp(gateway.graphqlUrl, { ...attempt, code: wrongCode(code) });
  const again = await verifyOtp(gateway.graphqlUrl, { ...attempt, code });
  await act(gateway, 'updateMe', {
    accessToken: again.accessToken,
    input: { name: 'Somebody Unmistakable' },
    type: 'UpdateMeInput',
  });
  const phone = somePhone();
  const change = await call<{ requestPhoneChange: { attemptId: string; secret: string } }>(
    gateway.graphqlUrl,
    'mutation ($phone: String!) { requestPhoneChange(input: { phone: $phone }) { ... on OtpRequested { attemptId secret } } }',
    { phone },
    { authorization: `Bearer ${again.accessToken}` },
  );
  const { attemptId, secret } = change.data.requestPhoneChange;
  const changeCode = gateway.codeOf(attemptId);
  await act(gateway, 'confirmPhoneChange', {
    accessToken: again.accessToken,
    input: { attemptId, secret, code: changeCode },
    type: 'VerifyOtpInput',
  });
  note(attempt.secret, secret, session.refreshToken, next.refreshToken, again.refreshToken);
  note(session.accessToken, next.accessToken, again.accessToken, 'Somebody Unmistakable');
  phones.add(session.user.phone).add(phone);
  await logged(gateway, 'notice.sent');
  await soon(async () => {
    const events = (await database.query<Row>('SELECT event FROM audit_log')).map(({ event }) => event);
    for (const event of ['session.theft', 'notice.sent', 'user.phone_changed', 'user.updated'])
      expect(events).toContain(event);
  });

  const rows = await database.query<{ row: string }>('SELECT a::text AS row FROM audit_log a');
  const lines = gateway.log.filter(({ event }) => event !== 'console.message').map((line) => JSON.stringify(line));
  const text = [...rows.map(({ row }) => row), ...lines].join('\n');
  expect([...secrets].filter((value) => text.includes(value))).toEqual([]);
  expect([...phones].filter((one) => text.includes(one.slice(-9)))).toEqual([]);
  // As a number of its own: six digits within an id are chance.
  const stands = (digits: string) => new RegExp(`(?<![0-9A-Za-z_.-])${digits}(?![0-9A-Za-z_-])`).test(text);
  expect([code, changeCode].filter(stands)).toEqual([]);
});

describe('the audit log is append-only', () => {
  const refused = (sql: string) => expect(database.query(sql)).rejects.toThrow('append-only');
  const count = async () => (await database.query<{ n: number }>('SELECT count(*)::int AS n FROM audit_log'))[0]?.n;

  test('the database itself refuses to change, delete or empty it', async () => {
    await insertAuditEntry(database, { event: 'test.young' });
    const before = await count();
    await refused("UPDATE audit_log SET actor = 'nobody'");
    await refused("UPDATE audit_log SET at = now() - interval '1 year' WHERE event = 'test.young'");
    await refused("DELETE FROM audit_log WHERE event = 'test.young'");
    await refused('DELETE FROM audit_log');
    await refused('TRUNCATE audit_log');
    await refused(
      "INSERT INTO audit_log SELECT * FROM audit_log WHERE event = 'test.young' ON CONFLICT (id) DO UPDATE SET actor = 'nobody'",
    );
    expect(await count()).toBe(before);
  });

  test('what is older than 30 days may be forgotten, and still not be changed', async () => {
    await insertAuditEntry(database, { event: 'test.old', at: new Date(Date.now() - 31 * 86_400_000) });
    await refused("UPDATE audit_log SET actor = 'nobody' WHERE event = 'test.old'");
    await database.query("DELETE FROM audit_log WHERE event = 'test.old'");
    expect(await database.query("SELECT id FROM audit_log WHERE event = 'test.old'")).toEqual([]);
  });
});

test('while the database is away events are kept, and written with their own time when it is back', async () => {
  const cable = await layCable(database.url);
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const cut = await startGateway({ DATABASE_URL: cable.url });
  const quarterPasses = () => vi.advanceTimersByTime(250);
  const attempt = await requestOtp(cut.graphqlUrl, { phone: somePhone() });
  await cable.pull();
  quarterPasses();
  await logged(cut, 'audit.delayed');
  expect(await ofAttempt(attempt.attemptId)).toEqual([]);
  const pluggedInAt = Date.now();
  await cable.plugIn();
  await soon(async () => {
    quarterPasses();
    expect((await ofAttempt(attempt.attemptId)).map(({ event }) => event)).toEqual(['otp.requested', 'otp.sent']);
  });
  const [late] = await database.query<{ late: boolean }>(
    'SELECT bool_or(at >= $2) AS late FROM audit_log WHERE attempt_id = $1',
    [attempt.attemptId, new Date(pluggedInAt)],
  );
  expect(late?.late).toBe(false);
  expect(cut.log.filter(({ event }) => event === 'audit.lost')).toEqual([]);
  await cut.stop();
  vi.useRealTimers();
  await cable.close();
});

test('an instance that stops writes what it has gathered', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }); // the quarter of a second does not pass
  const stopping = await startGateway({ DATABASE_URL: database.url });
  const attempt = await requestOtp(stopping.graphqlUrl, { phone: somePhone() });
  expect(await ofAttempt(attempt.attemptId)).toEqual([]);
  await stopping.stop();
  expect((await ofAttempt(attempt.attemptId)).map(({ event }) => event)).toEqual(['otp.requested', 'otp.sent']);
});

describe('what is old enough is forgotten', () => {
  const DAY_MS = 86_400_000;
  const RETENTION = { historyDays: 90, auditDays: 365 };
  let rooms: Database;
  let own: TestDatabase;
  beforeAll(async () => {
    own = await createDatabase();
    rooms = connectDatabase(own.url, SILENT);
  });
  afterAll(async () => {
    await rooms.close();
    await own.drop();
  });

  /** One round of tidying up. */
  async function sweep(): Promise<void> {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    // Its last statement tells that the round is over.
    let done = (): void => {};
    const over = new Promise<void>((resolve) => (done = resolve));
    const query = rooms.query as (statement: { name: string }, values: unknown) => Promise<unknown[]>;
    const watched: Database = {
      ...rooms,
      query: (async (statement: { name: string }, values: unknown) => {
        const rows = await query(statement, values);
        if (statement.name === 'forget_old_audit_log' && (await leftToForget()) === 0) done();
        return rows;
      }) as Database['query'],
    };
    const config = { retention: RETENTION, defaultCountries: ['KZ'] } as unknown as Config;
    const stop = startCleanup({ config, database: watched, audit: createAudit(watched, SILENT), log: SILENT });
    vi.advanceTimersByTime(30_000);
    await Promise.race([over, new Promise((_, reject) => setTimeout(reject, 5_000, new Error('Old rows are left')))]);
    stop();
  }
  const leftToForget = async () =>
    (
      await own.query<{ n: number }>("SELECT count(*)::int AS n FROM audit_log WHERE at < now() - interval '365 days'")
    )[0]?.n;

  const id = (days: number) => uuidv7({ msecs: Date.now() - days * DAY_MS });
  const names = async (table: string, column: string) =>
    (await own.query<{ name: string }>(`SELECT ${column} AS name FROM ${table} ORDER BY 1`)).map(({ name }) => name);

  test('attempts, deliveries, dead sessions and audit rows go after their time; the rest stays', async () => {
    const attempt = (days: number, status: string) =>
      insertAttempt(own, {
        id: id(days),
        method: 'WHATSAPP',
        status,
        phone: `${status} ${days}`,
        expiresAt: '1 hour',
      });
    for (const status of ['CLAIMED', 'EXPIRED', 'CANCELED', 'FAILED']) {
      await attempt(89, status);
      await attempt(91, status);
    }
    await attempt(91, 'PENDING');
    for (const days of [89, 91]) await insertDelivery(own, { id: id(days), channel: `${days}` });
    const userId = await insertUser(own);
    const session = (days: number, userAgent: string, idle: string, absolute: string, revokedAt: string | null) =>
      insertSessions(own, [{ id: id(days), userId, userAgent, idleExpiresAt: idle, expiresAt: absolute, revokedAt }]);
    await session(91, 'old, used', '1 day', '1 day', null);
    await session(91, 'old, idle', '-1 second', '1 day', null);
    await session(91, 'old, ended', '1 day', '-1 second', null);
    await session(91, 'old, revoked long ago', '1 day', '1 day', '-2 days');
    await session(91, 'old, revoked now', '1 day', '1 day', '0');
    await session(89, 'young, ended', '-1 day', '-1 day', '-2 days');
    for (const days of [100, 364, 366])
      await insertAuditEntry(own, { at: new Date(Date.now() - days * DAY_MS), event: `${days}` });
    await sweep();
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

  // A round comes every 30 s; a thousand rows a round is 33 a second, and ten sign-ins a second leave more than that.
  test('however many they are: one round keeps up with a busy half minute', async () => {
    const at = new Date(Date.now() - 400 * DAY_MS);
    await insertAuditEntries(
      own,
      Array.from({ length: 2_500 }, () => ({ at, event: 'busy' })),
    );
    await sweep();
    expect(await own.query("SELECT id FROM audit_log WHERE event = 'busy'")).toEqual([]);
  });
});
