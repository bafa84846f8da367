import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PUBLIC } from './public-fields.js';
import { schema } from '../../src/graphql/schema.js';
import { refreshSession, requestOtp, somePhone } from '../support/calls.js';
import { openFrames } from '../support/frames.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { insertAttempt, insertAuditEntries, insertGuessFailures, insertTemplate } from '../support/rows.js';
import { type SignedInUser, auditBy, signInAs } from './sign-in-as.js';
import { bearer } from '../support/sign-in.js';

let database: TestDatabase;
let gateway: TestGateway;
let admin: SignedInUser;
let someUser: SignedInUser;

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url });
});
beforeEach(async () => {
  [admin, someUser] = await Promise.all([
    signInAs('ADMIN', { gateway, database }),
    signInAs('USER', { gateway, database }),
  ]);
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

const written = () => auditBy(database, admin.id);
const templateId = async () =>
  (await database.query<{ id: string }>("SELECT id FROM sms_templates WHERE locale = 'en' AND active LIMIT 1"))[0]?.id;

interface Expected {
  event: string;
  user_id?: string | null;
  session_id?: string | null;
  phone?: string | null;
  details?: unknown;
}
/** The input of each mutation, and the one audit entry that it leaves. A mutation that is missing here fails a test. */
const CHANGES: Record<string, () => Promise<{ input: object; row: Expected }> | { input: object; row: Expected }> = {
  addUser: () => ({
    input: { phone: somePhone(), name: 'Somebody', role: 'MANAGER' },
    row: { event: 'user.added', details: { role: 'MANAGER' } },
  }),
  updateUser: () => ({
    input: { userId: someUser.id, name: 'Other' },
    row: { event: 'user.updated', user_id: someUser.id, details: { name: true, locale: false } },
  }),
  // Before the change of the role, because an admin changes the phone of a user with the first role only.
  setUserPhone: () => ({
    input: { userId: someUser.id, phone: '+77010000002' },
    row: { event: 'user.phone_changed', user_id: someUser.id, details: { to: '+7701*****02', sessionsEnded: 1 } },
  }),
  setUserRole: () => ({
    input: { userId: someUser.id, role: 'MANAGER' },
    row: { event: 'user.role_set', user_id: someUser.id, details: { from: 'USER', to: 'MANAGER', sessionsEnded: 1 } },
  }),
  blockUser: () => ({
    input: { userId: someUser.id },
    row: { event: 'user.blocked', user_id: someUser.id, details: { sessions: 1 } },
  }),
  approveLogin: async () => {
    const attemptId = await insertAttempt(database, { status: 'CONFIRMING', userId: someUser.id });
    return { input: { attemptId }, row: { event: 'login.approved', user_id: someUser.id } };
  },
  unblockUser: () => ({ input: { userId: someUser.id }, row: { event: 'user.unblocked', user_id: someUser.id } }),
  revokeUserSession: () => ({
    input: { sessionId: someUser.session.id },
    row: { event: 'session.revoked', user_id: someUser.id, session_id: someUser.session.id },
  }),
  revokeUserSessions: () => ({
    input: { userId: someUser.id },
    row: {
      event: 'session.revoked',
      user_id: someUser.id,
      details: { reason: 'revoked', sessions: [someUser.session.id] },
    },
  }),
  resetPhoneLimits: () => ({
    input: { phone: someUser.session.user.phone },
    row: { event: 'phone.limits_reset', phone: `+7701*****${someUser.session.user.phone.slice(-2)}` },
  }),
  createSmsTemplate: () => ({
    input: { purpose: 'LOGIN_CODE', channel: '*', locale: 'en', body: 'Draft {code}' },
    row: { event: 'template.created', details: expect.objectContaining({ channel: '*', locale: 'en' }) },
  }),
  editSmsTemplate: async () => ({
    input: { id: await templateId(), body: 'Edited {code}' },
    row: {
      event: 'template.edited',
      details: expect.objectContaining({ after: { body: 'Edited {code}', providerTemplate: null } }),
    },
  }),
  activateSmsTemplate: async () => ({
    input: { id: await templateId() },
    row: { event: 'template.activated', details: expect.objectContaining({ locale: 'en' }) },
  }),
  // The last one, because a test makes all of these changes to one user.
  deleteUser: () => ({
    input: { userId: someUser.id },
    row: { event: 'user.erased', user_id: someUser.id, details: { sessions: 1, blockKept: false } },
  }),
};

/** The document of each query for admins, and the one audit entry that it leaves. */
const LOOKS: Record<string, () => { query: string; row: Omit<Expected, 'event'> }> = {
  users: () => ({
    query: `{ users(search: "${someUser.session.user.phone}", blocked: false) { edges { node { name phone } } } }`,
    row: {
      details: {
        what: 'users',
        filter: { search: `+*********${someUser.session.user.phone.slice(-2)}`, blocked: false },
      },
    },
  }),
  user: () => ({
    query: `{ user(id: "${someUser.id}") { phone } }`,
    row: { user_id: someUser.id, details: { what: 'user' } },
  }),
  loginAttempts: () => ({
    query: `{ loginAttempts(phone: "${someUser.session.user.phone}", userId: "${someUser.id}", status: CLAIMED) { edges { node { id } } } }`,
    row: {
      user_id: someUser.id,
      phone: `+7701*****${someUser.session.user.phone.slice(-2)}`,
      details: { what: 'login_attempts', filter: { status: 'CLAIMED' } },
    },
  }),
  guardEvents: () => ({
    query: `{ guardEvents(phone: "${someUser.session.user.phone}", rule: "phone", network: "203.0.113.7") { edges { node { id } } } }`,
    row: {
      phone: `+7701*****${someUser.session.user.phone.slice(-2)}`,
      details: { what: 'guard_events', filter: { rule: 'phone', network: '***.*.**3.7' } },
    },
  }),
  smsLog: () => ({
    query: '{ smsLog(country: "KZ", channel: CONSOLE) { edges { node { id } } } }',
    row: { details: { what: 'sms_log', filter: { country: 'KZ', channel: 'console' } } },
  }),
  auditLog: () => ({
    query: `{ auditLog(userId: "${someUser.id}", actor: "operator") { edges { node { id } } } }`,
    row: { user_id: someUser.id, details: { what: 'audit_log', filter: { actor: 'operator' } } },
  }),
};
/** Fields that show no user, or the caller only. */
const NO_LOOKS = [
  'me',
  'mySessions',
  'mySignIns',
  'loginAttempt',
  'recognizePhone',
  'smsTemplates',
  'previewSmsTemplate',
  'sendStatistics',
];

test('every field of the schema either has its audit entry above, or needs none', () => {
  const names = (root: { getFields(): object } | null | undefined) => Object.keys(root?.getFields() ?? {}).toSorted();
  expect(names(schema.getMutationType())).toEqual([...Object.keys(CHANGES), ...PUBLIC.mutation].toSorted());
  expect(names(schema.getQueryType())).toEqual([...Object.keys(LOOKS), ...NO_LOOKS].toSorted());
});

test.each(Object.entries(CHANGES))('%s leaves one audit entry with actor, event and user', async (field, change) => {
  const { input, row } = await change();
  const answer = await admin.change(field, input);
  expect(answer.code).toBeUndefined();
  expect(await written()).toMatchObject([row]);
});

test.each(Object.entries(LOOKS))('%s leaves one audit entry with actor and filter', async (_, look) => {
  const { query, row } = look();
  await admin.read(query);
  expect(await written()).toMatchObject([{ event: 'admin.read', ...row }]);
});

test('reading the sessions of a user leaves a separate audit entry', async () => {
  await admin.read(`{ user(id: "${someUser.id}") { sessions { ipAddress } } }`);
  expect(await written()).toMatchObject([
    { event: 'admin.read', user_id: someUser.id, details: { what: 'user' } },
    { event: 'admin.read', user_id: someUser.id, details: { what: 'sessions' } },
  ]);
});

test.each(['loginAttemptFeed', 'deliveryFeed'])(
  '%s leaves one row when it begins, and none for what it tells',
  async (feed) => {
    const frames = await openFrames(gateway.socketUrl, { init: false });
    frames.send({ type: 'connection_init', payload: bearer(admin.session.gatewayToken) });
    await frames.until(({ type }) => type === 'connection_ack');
    frames.send({ type: 'subscribe', id: '1', payload: { query: `subscription { ${feed} { id } }` } });
    await expect.poll(written, { timeout: 5_000 }).toHaveLength(1);
    await expect
      .poll(
        async () => {
          await requestOtp(gateway.graphqlUrl, { phone: somePhone() });
          return frames.received.some(({ type }) => type === 'next');
        },
        { timeout: 8_000, interval: 300 },
      )
      .toBe(true);
    expect(await written()).toMatchObject([{ event: 'admin.read' }]);
    frames.socket.close();
  },
);

test('a request that is refused or changes nothing leaves no audit entry', async () => {
  const nobody = '019aa664-3a00-7000-8000-00000000000f';
  for (const field of ['updateUser', 'blockUser', 'unblockUser', 'revokeUserSessions'])
    await admin.change(field, { userId: nobody });
  await admin.change('setUserRole', { userId: someUser.id, role: 'EMPEROR' });
  await admin.change('blockUser', { userId: admin.id });
  await admin.change('addUser', { phone: someUser.session.user.phone });
  await admin.change('revokeUserSession', { sessionId: nobody });
  await admin.change('resetPhoneLimits', { phone: 'nonsense' });
  await admin.change('activateSmsTemplate', { id: nobody });
  await admin.read(`{ user(id: "${nobody}") { id } }`);
  expect(await written()).toEqual([]);
});

describe('when the audit log cannot be written', () => {
  let broken: TestDatabase;
  let on: TestGateway;
  beforeAll(async () => {
    broken = await createDatabase();
    on = await startGateway({ DATABASE_URL: broken.url });
  });
  afterAll(async () => {
    await on.stop();
    await broken.drop();
  });

  /** Every table that an admin can change. */
  const state = () =>
    broken.query(
      `SELECT (SELECT jsonb_agg(to_jsonb(u) ORDER BY id) FROM users u) AS users,
              (SELECT jsonb_agg(to_jsonb(s) ORDER BY id) FROM sessions s) AS sessions,
              (SELECT jsonb_agg(to_jsonb(t) ORDER BY id) FROM sms_templates t) AS templates,
              (SELECT jsonb_agg(to_jsonb(f) ORDER BY subject) FROM guess_failures f) AS failures`,
    );

  test('every request of an admin fails, changes nothing and shows nothing', async () => {
    admin = await signInAs('ADMIN', { gateway: on, database: broken });
    someUser = await signInAs('USER', { gateway: on, database: broken });
    const draft = await insertTemplate(broken, { body: 'Draft {code}', active: false });
    await insertGuessFailures(broken, someUser.session.user.phone, { hourFailures: 3 });
    const inputs = Object.fromEntries(
      await Promise.all(Object.entries(CHANGES).map(async ([field, make]) => [field, (await make()).input] as const)),
    );
    const attemptId = await insertAttempt(broken, { status: 'CONFIRMING', userId: someUser.id });
    const own: Record<string, object> = {
      editSmsTemplate: { ...inputs['editSmsTemplate'], id: draft },
      activateSmsTemplate: { ...inputs['activateSmsTemplate'], id: draft },
      approveLogin: { attemptId },
    };
    const input = (field: string) => own[field] ?? inputs[field] ?? {};
    const before = await state();
    // The database accepts entries of the gateway and refuses those of an admin.
    await broken.query("ALTER TABLE audit_log ADD CONSTRAINT broken CHECK (actor = 'gateway') NOT VALID");
    for (const field of Object.keys(CHANGES))
      expect([field, (await admin.change(field, input(field))).code]).toEqual([field, 'INTERNAL_SERVER_ERROR']);
    for (const make of Object.values(LOOKS)) {
      const { data, errors } = await admin.ask<Record<string, unknown>>(make().query);
      expect(Object.values(data ?? {})).toEqual(data ? [null] : []);
      expect(errors?.map(({ extensions }) => extensions?.code)).toEqual(['INTERNAL_SERVER_ERROR']);
      expect(JSON.stringify({ data, errors })).not.toContain(someUser.session.user.phone);
    }
    expect(await state()).toEqual(before);
    expect((await refreshSession(on.graphqlUrl, someUser.session.refreshToken)).__typename).toBe('Session');
    await broken.query('ALTER TABLE audit_log DROP CONSTRAINT broken');
    for (const field of Object.keys(CHANGES)) {
      // An admin gives a role no earlier than 30 days after a phone.
      if (field === 'setUserRole')
        await broken.query("UPDATE users SET phone_set_at = phone_set_at - interval '31 days'");
      expect([field, (await admin.change(field, input(field))).code]).toEqual(
        // A blocked user has no session, and no sign-in that waits for an approval.
        [field, { revokeUserSession: 'SESSION_NOT_FOUND', approveLogin: 'ATTEMPT_CLOSED' }[field]],
      );
    }
    expect(await state()).not.toEqual(before);
  });
});

describe('auditLog', () => {
  const LOG = `query ($event: String, $actor: String, $userId: ID, $attemptId: ID, $since: DateTime, $until: DateTime) {
    auditLog(event: $event, actor: $actor, userId: $userId, attemptId: $attemptId, since: $since, until: $until, first: 100) {
      edges { node { id at event actor userId attemptId sessionId phone ip details } }
    }
  }`;
  interface Entry {
    id: string;
    event: string;
    actor: string;
    userId: string | null;
    details: string | null;
  }
  async function read(filter: object): Promise<Entry[]> {
    const { auditLog } = await admin.read<{ auditLog: { edges: { node: Entry }[] } }>(LOG, filter);
    return auditLog.edges.map(({ node }) => node);
  }

  test('lists entries with their details, the newest first', async () => {
    await admin.change('setUserRole', { userId: someUser.id, role: 'MANAGER' });
    await admin.change('blockUser', { userId: someUser.id });
    const reported = (await read({ actor: admin.id })).filter(({ event }) => event !== 'admin.read');
    expect(reported).toMatchObject([
      { event: 'user.blocked', actor: admin.id, userId: someUser.id },
      { event: 'user.role_set', actor: admin.id, userId: someUser.id },
    ]);
    expect(JSON.parse(reported[1]?.details ?? '')).toEqual({ from: 'USER', to: 'MANAGER', sessionsEnded: 1 });
  });

  test('filters by event, actor, user, attempt and time', async () => {
    const attempt = await requestOtp(gateway.graphqlUrl, { phone: somePhone() });
    const day = 86_400_000;
    const then = Date.now() - 10 * day;
    const row = { actor: 'operator', userId: someUser.id, attemptId: attempt.attemptId };
    const ids = await insertAuditEntries(database, [
      { ...row, event: 'test.one', at: new Date(then) },
      { ...row, event: 'test.two', at: new Date(then + 1) },
    ]);
    const period = { since: new Date(then - day).toISOString(), until: new Date(then + day).toISOString() };
    const found = async (filter: object) => (await read({ ...period, ...filter })).map(({ id }) => ids.indexOf(id));
    expect(await found({})).toEqual([1, 0]);
    expect(await found({ event: 'test.one' })).toEqual([0]);
    expect(await found({ actor: 'operator', userId: someUser.id, attemptId: attempt.attemptId })).toEqual([1, 0]);
    expect(await found({ actor: admin.id })).toEqual([]);
    expect(await found({ userId: admin.id })).toEqual([]);
    expect(await found({ since: new Date(then + 1).toISOString() })).toEqual([1]);
    expect(await found({ until: new Date(then + 1).toISOString() })).toEqual([0]);
    expect(await found({ userId: 'nonsense' })).toEqual([]);
    expect(await found({ attemptId: 'nonsense' })).toEqual([]);
  });

  // A filter is recorded together with the read. It must not look like an event, an actor or a user.
  test.each(['user.blocked', 'session.theft', 'no.such_event'])(
    'records a read with the filter %s as a read, and not as that event',
    async (event) => {
      await read({ event, userId: someUser.id });
      expect(await written()).toMatchObject([{ event: 'admin.read', user_id: someUser.id }]);
      expect(await read({ event, userId: someUser.id })).toEqual([]);
    },
  );

  test('holds no whole phone, code, token or secret', async () => {
    const phone = somePhone();
    const attempt = await requestOtp(gateway.graphqlUrl, { phone });
    await admin.change('addUser', { phone: somePhone(), name: 'Somebody' });
    await admin.change('resetPhoneLimits', { phone });
    for (const search of [phone, phone.slice(2), phone.replace('+7', '8 '), phone.split('').join(' ')])
      await admin.read('query ($search: String) { users(search: $search) { __typename } }', { search });
    await admin.read('query ($phone: String) { loginAttempts(phone: $phone) { __typename } }', { phone });
    const rows = JSON.stringify(await database.query('SELECT * FROM audit_log'));
    const users = await database.query<{ phone: string }>('SELECT phone FROM users');
    const secrets = [
      phone,
      attempt.secret,
      someUser.session.refreshToken,
      someUser.session.accessToken,
      someUser.session.gatewayToken,
    ];
    for (const hidden of [...secrets, phone.slice(2), ...users.map((one) => one.phone.slice(2))])
      expect(rows).not.toContain(hidden);
    expect(rows.replaceAll(/[^\d"]/g, '')).not.toContain(phone.slice(2));
    expect(
      gateway.log
        .filter(({ event }) => event === 'admin.read')
        .map((line) => JSON.stringify(line))
        .join('\n'),
    ).not.toContain(phone.slice(2));
  });
});

test('a search for one phone is recorded with the ID of its user, and without the whole phone', async () => {
  const { phone } = someUser.session.user;
  await admin.read(`{ users(search: "${phone}") { edges { node { id } } } }`);
  await admin.read(`{ users(role: "${phone}") { edges { node { id } } } }`);
  const rows = await database.query<{ user_id: string | null; details: Record<string, unknown> }>(
    `SELECT user_id, details FROM audit_log WHERE event = 'admin.read' AND actor = $1 ORDER BY id DESC LIMIT 2`,
    [admin.id],
  );
  expect(rows.map(({ user_id }) => user_id)).toEqual([null, someUser.id]);
  expect(rows[1]?.details['shown']).toEqual([someUser.id]);
  expect(JSON.stringify(rows)).not.toContain(phone.slice(1));
});
