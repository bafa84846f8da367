import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
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
import { allowResend, blockUser, insertAuditEntry } from '../support/rows.js';
import { act, graceHasPassed, revokeOtherSessions, revokeSession, signIn, signOut, soon } from '../support/sign-in.js';

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
const ofUser = (userId: string) =>
  database.query<Row>('SELECT * FROM audit_log WHERE user_id = $1 ORDER BY id', [userId]);

/** Events are collected for a quarter of a second. */
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

describe('the audit log records', () => {
  test('a sign-in by code: the request, each send, a wrong code, the resend and the sign-in', async () => {
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

  test('a sign-in by WhatsApp: the proof and the claim, and not the start, which anyone can repeat without end', async () => {
    const phone = somePhone();
    const attempt = await startWhatsAppLogin(gateway.graphqlUrl);
    await deliverWebhook(gateway.url, incomingText(attempt.loginMessage, phone));
    const session = await claimLogin(gateway.graphqlUrl, attempt);
    const rows = await untilWritten(() => ofAttempt(attempt.attemptId), 'whatsapp.completed', 'login.claimed');
    expect(rows[0]).toMatchObject({ phone: mask(phone), user_id: session.user.id, ip: '127.0.0.1' });
    expect(rows[1]).toMatchObject({ user_id: session.user.id, session_id: session.id });
  });

  test('a canceled sign-in, and one of a blocked user with its reason', async () => {
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

  test('each session that ends, with its actor and reason, before the request is answered', async () => {
    const own = await signIn(gateway);
    const { phone } = own.user;
    const [second, third] = [await signIn(gateway, { phone }), await signIn(gateway, { phone })];
    await revokeSession(gateway, own.gatewayToken, second.id);
    await revokeOtherSessions(gateway, own.gatewayToken);
    await signOut(gateway, own.gatewayToken);
    // The statement that ends the session writes the entry, so it exists when the answer arrives.
    const ends = (await ofUser(own.user.id)).filter(({ event }) => event === 'session.revoked');
    expect(ends).toMatchObject([
      { actor: own.user.id, session_id: second.id, details: { reason: 'revoked' } },
      { actor: own.user.id, session_id: third.id, details: { reason: 'revoked' } },
      { actor: own.user.id, session_id: own.id, details: { reason: 'signed_out' } },
    ]);
  });
});

test('neither the audit log nor the log holds a code, a token, a secret, a name or a whole phone', async () => {
  const secrets = new Set<string>();
  const phones = new Set<string>();
  const addSecrets = (...values: (string | undefined)[]) => values.forEach((value) => value && secrets.add(value));
  const session = await signIn(gateway);
  const next = await refreshSession(gateway.graphqlUrl, session.refreshToken);
  await refreshSession(gateway.graphqlUrl, next.refreshToken);
  await graceHasPassed(database, session.id);
  await refreshSession(gateway.graphqlUrl, session.refreshToken); // theft
  const attempt = await requestOtp(gateway.graphqlUrl, { phone: session.user.phone });
  const code = gateway.codeOf(attempt.attemptId);
  await verifyOtp(gateway.graphqlUrl, { ...attempt, code: wrongCode(code) });
  // A phone can be changed at once only on a device that the user has had for a day, or that is their first.
  const { deviceToken } = session;
  const again = await verifyOtp(gateway.graphqlUrl, { ...attempt, code }, { deviceToken });
  await act(gateway, 'updateMe', {
    token: again.gatewayToken,
    input: { name: 'Somebody Unmistakable' },
    type: 'UpdateMeInput',
  });
  const phone = somePhone();
  const change = await call<{ requestPhoneChange: { attemptId: string; secret: string } }>(
    { url: gateway.graphqlUrl, headers: { authorization: `Bearer ${again.gatewayToken}` } },
    'mutation ($phone: String!) { requestPhoneChange(input: { phone: $phone }) { ... on OtpRequested { attemptId secret } } }',
    { phone },
  );
  const { attemptId, secret } = change.data.requestPhoneChange;
  const changeCode = gateway.codeOf(attemptId);
  await act(gateway, 'confirmPhoneChange', {
    token: again.gatewayToken,
    input: { attemptId, secret, code: changeCode },
    type: 'VerifyOtpInput',
  });
  addSecrets(attempt.secret, secret, session.refreshToken, next.refreshToken, again.refreshToken);
  addSecrets(session.accessToken, next.accessToken, again.accessToken, again.gatewayToken, 'Somebody Unmistakable');
  phones.add(session.user.phone).add(phone);
  await logged(gateway, 'notification.sent');
  await soon(async () => {
    const events = (await database.query<Row>('SELECT event FROM audit_log')).map(({ event }) => event);
    for (const event of ['session.theft', 'notification.sent', 'user.phone_changed', 'user.updated'])
      expect(events).toContain(event);
  });

  const rows = await database.query<{ row: string }>('SELECT a::text AS row FROM audit_log a');
  const lines = gateway.log.filter(({ event }) => event !== 'console.message').map((line) => JSON.stringify(line));
  const text = [...rows.map(({ row }) => row), ...lines].join('\n');
  expect([...secrets].filter((value) => text.includes(value))).toEqual([]);
  expect([...phones].filter((one) => text.includes(one.slice(-9)))).toEqual([]);
  // Only as a separate number: six digits within an ID occur by chance.
  const isShown = (digits: string) => new RegExp(`(?<![0-9A-Za-z_.-])${digits}(?![0-9A-Za-z_-])`).test(text);
  expect([code, changeCode].filter(isShown)).toEqual([]);
});

describe('the audit log is append-only', () => {
  const refused = (sql: string) => expect(database.query(sql)).rejects.toThrow('append-only');
  /** Entries of earlier requests may still arrive, so those that exist are compared. */
  const entries = () => database.query<{ row: string }>('SELECT a::text AS row FROM audit_log a');

  test('the database refuses to update, delete or truncate its rows', async () => {
    await insertAuditEntry(database, { event: 'test.young' });
    const before = await entries();
    await refused("UPDATE audit_log SET actor = 'nobody'");
    await refused("UPDATE audit_log SET at = now() - interval '1 year' WHERE event = 'test.young'");
    await refused("DELETE FROM audit_log WHERE event = 'test.young'");
    await refused('DELETE FROM audit_log');
    await refused('TRUNCATE audit_log');
    await refused(
      "INSERT INTO audit_log SELECT * FROM audit_log WHERE event = 'test.young' ON CONFLICT (id) DO UPDATE SET actor = 'nobody'",
    );
    expect(await entries()).toEqual(expect.arrayContaining(before));
  });

  test('the database allows deleting a row older than 30 days, and still refuses to update it', async () => {
    await insertAuditEntry(database, { event: 'test.old', at: new Date(Date.now() - 31 * 86_400_000) });
    await refused("UPDATE audit_log SET actor = 'nobody' WHERE event = 'test.old'");
    await database.query("DELETE FROM audit_log WHERE event = 'test.old'");
    expect(await database.query("SELECT id FROM audit_log WHERE event = 'test.old'")).toEqual([]);
  });
});

test('events that happen while the database is unreachable are written when it is back, with the time at which they happened', async () => {
  const cable = await layCable(database.url);
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const cut = await startGateway({ DATABASE_URL: cable.url });
  const flush = () => vi.advanceTimersByTime(250);
  const attempt = await requestOtp(cut.graphqlUrl, { phone: somePhone() });
  await cable.pull();
  flush();
  await logged(cut, 'audit.delayed');
  expect(await ofAttempt(attempt.attemptId)).toEqual([]);
  const pluggedInAt = Date.now();
  await cable.plugIn();
  await soon(async () => {
    flush();
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

test('an instance that stops writes its gathered events first', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }); // gathered events are not written before it stops
  const stopping = await startGateway({ DATABASE_URL: database.url });
  const attempt = await requestOtp(stopping.graphqlUrl, { phone: somePhone() });
  expect(await ofAttempt(attempt.attemptId)).toEqual([]);
  await stopping.stop();
  expect((await ofAttempt(attempt.attemptId)).map(({ event }) => event)).toEqual(['otp.requested', 'otp.sent']);
});
