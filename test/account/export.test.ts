import { randomBytes } from 'node:crypto';
import type { AccountExport } from '../../src/account/export-me.js';
import { RETENTION } from '../../src/maintenance/retention.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signInAs } from '../admin/sign-in-as.js';
import { type Result, requestOtp, somePhone } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { ageSession, insertGuessFailures, insertSendBudget, minutePasses, updateUser } from '../support/rows.js';
import { insertRows } from '../support/rows/write.js';
import { act, auditOf, signIn, soon } from '../support/sign-in.js';
import { type Traced, leaveTraces } from './traces.js';

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

const exportMe = ({ gatewayToken }: Pick<Result, 'gatewayToken'>) =>
  act<{ json: string }>(gateway, 'exportMe', {
    token: gatewayToken,
    fields: '... on AccountExport { json } ... on Error { code }',
  });

/** Makes the device of a session so old that it is not new for its user. */
const ageDevice = ({ id }: Result) =>
  database.query(
    `UPDATE known_devices SET first_seen_at = first_seen_at - interval '24 hours 1 second' WHERE session_id = $1`,
    [id],
  );

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);

type Row = Record<string, unknown>;
type Exported = Record<Exclude<keyof AccountExport, 'truncated'>, Row[]> & { truncated: string[] };
const dataOf = async (session: Pick<Result, 'gatewayToken'>) => JSON.parse((await exportMe(session)).json) as Exported;

const hasRows = (list: object | object[]) => (Array.isArray(list) ? list.length > 0 : Object.keys(list).length > 0);

/** For each list of the export: the row to copy, and the columns of the copy with the number `n`. */
const copiesOf = ({ id, phone, sessionId }: Traced) => {
  const [uuid, bytes] = [
    "'id', overlay(gen_random_uuid()::text placing to_hex(4096 + n) from 10)",
    "'\\\\x' || lpad(to_hex(n), 64, '0')",
  ];
  return [
    { table: 'sessions', where: `user_id = '${id}' AND revoked_at IS NOT NULL`, key: uuid },
    { table: 'authorization_codes', where: `session_id = '${sessionId}'`, key: `'code_hash', ${bytes}` },
    { table: 'login_attempts', where: `phone = '${phone}' AND status = 'FAILED'`, key: uuid },
    { table: 'login_attempts', where: `user_id = '${id}' AND purpose = 'CHANGE_PHONE'`, key: uuid },
    { table: 'sms_log', where: `user_id = '${id}'`, key: uuid },
    { table: 'known_devices', where: `user_id = '${id}'`, key: `'token_hash', ${bytes}` },
    { table: 'notifications', where: `user_id = '${id}'`, key: uuid },
    { table: 'budgets', where: `subject = '${phone}'`, key: `'subject', '${phone} on ' || n` },
    { table: 'guess_failures', where: `subject = '${phone}'`, key: `'subject', '${phone} from ' || n` },
    { table: 'captcha_solutions', where: 'phone_hash IS NOT NULL ORDER BY solved_at DESC', key: `'id', ${bytes}` },
    { table: 'guard_events', where: 'phone_hash IS NOT NULL ORDER BY at DESC', key: uuid },
    { table: 'audit_log', where: `user_id = '${id}'`, key: uuid },
  ];
};

describe('exportMe', () => {
  test('has the user, sessions, sign-ins, messages and audit entries, and leaves an audit entry', async () => {
    const phone = somePhone();
    const session = await signIn(gateway, { phone });
    await signIn(gateway, { phone });
    await updateUser(database, session.user.id, { name: 'Али', whatsappLid: `${phone.slice(1)}@lid` });
    await soon(async () => expect((await auditOf(database, session.user.id)).length).toBeGreaterThan(1));
    const data = await dataOf(session);
    expect(data.user).toMatchObject({ id: session.user.id, phone, name: 'Али', role: 'USER' });
    expect(data.sessions.map(({ id }) => id)).toContain(session.id);
    expect(data.signIns).toMatchObject([{ outcome: 'SIGNED_IN' }, { outcome: 'SIGNED_IN', sessionId: session.id }]);
    const codes = data.messages.filter(({ purpose }) => purpose === 'LOGIN_CODE');
    expect(codes).toMatchObject([{ channel: 'console' }, { channel: 'console' }]);
    expect(data.devices).toMatchObject([{ lastSeenAt: expect.any(String) }, { lastSeenAt: expect.any(String) }]);
    expect(data.auditLog.map(({ event }) => event)).toContain('otp.verified');
    expect(data.truncated).toEqual([]);
    expect(await auditOf(database, session.user.id)).toContainEqual(
      expect.objectContaining({ event: 'user.exported', actor: session.user.id }),
    );
  });

  test('is made once at a time for a user, and five times an hour', async () => {
    const session = await signIn(gateway);
    const answers = await Promise.all(Array.from({ length: 50 }, () => exportMe(session)));
    const made = answers.filter(({ json }) => json !== undefined).length;
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThanOrEqual(5);
    for (let more = made; more < 5; more += 1) expect((await exportMe(session)).json).toBeDefined();
    expect(await exportMe(session)).toMatchObject({ code: 'RATE_LIMITED' });
    const entries = (await auditOf(database, session.user.id)).filter(({ event }) => event === 'user.exported');
    expect(entries).toHaveLength(5);
    expect((await exportMe(await signIn(gateway))).json).toBeDefined();
  });

  test('has rows of every table that names the user', async () => {
    const session = await signIn(gateway);
    const { id, phone } = session.user;
    await updateUser(database, id, { createdAt: daysAgo(100) });
    await leaveTraces({ id, phone, sessionId: session.id }, database);
    const data = await dataOf(session);
    const empty = Object.entries(RETENTION).flatMap(([table, { exported }]) =>
      'not' in exported ? [] : exported.filter((list) => !hasRows(data[list])).map((list) => `${table}: ${list}`),
    );
    expect(empty).toEqual([]);
    // Every list is one that a table declares.
    const declared = Object.values(RETENTION).flatMap(({ exported }) => ('not' in exported ? [] : exported));
    expect(new Set([...declared, 'exportedAt', 'truncated'])).toEqual(new Set(Object.keys(data)));

    expect(data.sessions).toMatchObject([{ isOpen: false, endedBecause: 'signed_out' }, { isOpen: true }]);
    expect(data.phoneChanges).toMatchObject([{ requestedBy: 'user', to: '+7701*****02', status: 'EXPIRED' }]);
    expect(data.messages).toContainEqual(
      expect.objectContaining({ purpose: 'LOGIN_CODE', failure: 'suppressed', blockedBy: 'country' }),
    );
    expect(data.messages).toContainEqual(expect.objectContaining({ purpose: 'NEW_DEVICE' }));
    // Both tables of each kind, the current one and that of earlier versions.
    expect(data.sentMessages).toContainEqual(expect.objectContaining({ client: 'known device', day: 4 }));
    expect(data.sentMessages).toContainEqual(expect.objectContaining({ client: 'all', day: 55 }));
    expect(data.wrongCodes).toContainEqual(
      expect.objectContaining({ client: 'network', network: '203.0.113.0/24', hour: 3 }),
    );
    expect(data.wrongCodes).toContainEqual(expect.objectContaining({ client: 'all', hour: 7, total: 77 }));
    expect(data.guardEvents).toMatchObject([{ rule: 'phone', action: 'refused', network: '203.0.113.0/24' }]);
  });

  test('has nothing that named the phone before it was that of the user', async () => {
    const session = await signIn(gateway);
    const { id, phone } = session.user;
    await leaveTraces({ id, phone, sessionId: session.id }, database);
    await updateUser(database, id, { createdAt: new Date(Date.now() + 60_000) });
    const data = await dataOf(session);
    for (const list of ['sentMessages', 'wrongCodes', 'captchas', 'guardEvents'] as const)
      expect(data[list]).toEqual([]);
  });

  // The new owner of a number must not read what happened to the earlier owner.
  test.each(['an admin', 'an operator with SQL'])(
    'has nothing that named the phone before %s gave it to the user',
    async (giver) => {
      const [earlier, { user }] = [await signIn(gateway), await signIn(gateway)];
      const { phone } = earlier.user;
      await leaveTraces({ id: earlier.user.id, phone, sessionId: earlier.id }, database);
      const admin = await signInAs('ADMIN', { gateway, database });
      const give = (userId: string, to: string) =>
        giver === 'an admin'
          ? admin.change('setUserPhone', { userId, phone: to })
          : database.query('UPDATE users SET phone = $2 WHERE id = $1', [userId, to]);
      await give(earlier.user.id, somePhone());
      await give(user.id, phone);
      await minutePasses(database, phone);
      const session = await signIn(gateway, { phone });
      expect(session.user.id).toBe(user.id);
      await ageDevice(session);
      const data = await dataOf(session);
      for (const list of ['wrongCodes', 'captchas', 'guardEvents', 'phoneChanges'] as const)
        expect(data[list]).toEqual([]);
      // The gateway may have sent the new owner a notification about the sign-in already.
      expect(data.sentMessages.filter(({ client }) => client !== 'gateway')).toEqual([]);
      expect(data.signIns.map(({ outcome }) => outcome)).toEqual([
        'SIGNED_IN',
        giver === 'an admin' ? 'ENDED' : 'SIGNED_IN',
      ]);
    },
  );

  test('counts notifications as sent by the gateway', async () => {
    const session = await signIn(gateway);
    const { id, phone } = session.user;
    await updateUser(database, id, { createdAt: daysAgo(1) });
    await insertSendBudget(database, `${phone} notifications NEW_DEVICE`, { hourSends: 1, daySends: 2 });
    expect((await dataOf(session)).sentMessages).toContainEqual(expect.objectContaining({ client: 'gateway', day: 2 }));
  });

  test('has the total of wrong codes once the user has had the phone for 90 days', async () => {
    const session = await signIn(gateway);
    const { id, phone } = session.user;
    for (const [createdAt, total] of [
      [daysAgo(1), null],
      [daysAgo(91), 77],
    ] as const) {
      await updateUser(database, id, { createdAt });
      await insertGuessFailures(database, `${phone} on ${createdAt.getTime()}`, { dayFailures: 5, totalFailures: 77 });
      expect((await dataOf(session)).wrongCodes).toContainEqual(expect.objectContaining({ day: 5, total }));
    }
  });

  test('has the attempt of another user to take the phone, without that user', async () => {
    const [session, other] = [await signIn(gateway), await signIn(gateway)];
    await act(gateway, 'requestPhoneChange', {
      token: other.gatewayToken,
      input: { phone: session.user.phone },
      type: 'RequestOtpInput',
    });
    const { json } = await exportMe(session);
    expect((JSON.parse(json) as Exported).phoneChanges).toMatchObject([{ requestedBy: 'somebody else' }]);
    for (const word of [other.user.id, other.user.phone]) expect(json).not.toContain(word);
  });

  test('contains no secret, hash, token or code, and nothing of another user', async () => {
    const session = await signIn(gateway);
    await leaveTraces({ id: session.user.id, phone: session.user.phone, sessionId: session.id }, database);
    const admin = await signInAs('ADMIN', { gateway, database });
    await admin.read('query ($id: ID!) { user(id: $id) { id } }', { id: session.user.id });
    const attempt = await requestOtp(gateway.graphqlUrl, { phone: session.user.phone });
    const { json } = await exportMe(session);
    expect(json).toContain('admin.read');
    for (const secret of [
      session.accessToken,
      session.refreshToken,
      attempt.secret,
      `"${gateway.codeOf(attempt.attemptId)}"`,
      admin.id,
      admin.session.user.phone,
    ])
      expect(json).not.toContain(secret);
    expect(json).not.toMatch(/hash|secret|keyId|token/i);
  });

  test('has at most 1,000 rows of each list and 10 MB, and says which lists are longer', async () => {
    const session = await signIn(gateway);
    const { id, phone } = session.user;
    await leaveTraces({ id, phone, sessionId: session.id }, database);
    // Rows with the longest texts that the gateway stores.
    await database.query(
      `UPDATE sessions SET user_agent = repeat('ж', 256), location = repeat('ж', 64) WHERE user_id = $1`,
      [id],
    );
    await database.query(
      `UPDATE login_attempts SET user_agent = repeat('ж', 256), location = repeat('ж', 64) WHERE user_id = $1 OR phone = $2`,
      [id, phone],
    );
    await database.query(
      `UPDATE notifications SET "values" = jsonb_build_object('userAgent', repeat('ж', 256), 'location', repeat('ж', 64)) WHERE user_id = $1`,
      [id],
    );
    await database.query('UPDATE known_devices SET user_agent = $2 WHERE user_id = $1', [id, 'ж'.repeat(256)]);
    for (const { table, where, key } of copiesOf({ id, phone, sessionId: session.id }))
      await database.query(
        `INSERT INTO ${table} SELECT copy.* FROM (SELECT to_jsonb(t) AS row FROM ${table} t WHERE ${where} LIMIT 1) one, generate_series(1, 1200) AS n,
         LATERAL jsonb_populate_record(NULL::${table}, one.row || jsonb_build_object(${key})) AS copy`,
      );
    const { json } = await exportMe(session);
    const data = JSON.parse(json) as Exported;
    const lists = Object.keys(data).filter((list) => !['exportedAt', 'user', 'truncated'].includes(list));
    expect(data.truncated.toSorted()).toEqual(lists.toSorted());
    for (const list of lists) expect(data[list as keyof Exported]).toHaveLength(1_000);
    expect(Buffer.byteLength(json)).toBeLessThan(10_000_000);
  });

  test('names no list as incomplete that has exactly 1,000 rows', async () => {
    const { user, ...session } = await signIn(gateway);
    const devices = Array.from({ length: 999 }, () => ({
      tokenHash: randomBytes(32),
      userId: user.id,
      sessionId: session.id,
    }));
    await insertRows(database, 'known_devices', devices);
    const data = await dataOf(session);
    expect(data.devices).toHaveLength(1_000);
    expect(data.truncated).toEqual([]);
  });

  test('is refused on a device that is known for less than 24 hours, if the user has older ones', async () => {
    const owner = await signIn(gateway);
    const thief = await signIn(gateway, { phone: owner.user.phone });
    expect(await exportMe(thief)).toMatchObject({ __typename: 'DeviceTooNew', code: 'DEVICE_TOO_NEW' });
    expect((await exportMe(owner)).json).toBeDefined();
    await ageDevice(thief);
    expect((await exportMe(thief)).json).toBeDefined();
  });

  test('needs a session and a fresh sign-in', async () => {
    const session = await signIn(gateway);
    await ageSession(database, session.id, '11 minutes');
    expect(await exportMe(session)).toMatchObject({ code: 'FRESH_SIGN_IN_REQUIRED' });
    expect(await exportMe({ gatewayToken: 'x' })).toEqual({ code: 'UNAUTHENTICATED' });
  });
});
