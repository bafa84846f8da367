import { createHash } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadStatements } from '../../scripts/load-statements.js';
import { signedInUser } from '../admin/sign-in-as.js';
import {
  type Result,
  claimLogin,
  deliverWebhook,
  incomingText,
  requestOtp,
  somePhone,
  startWhatsAppLogin,
  verifyOtp,
  wrongCode,
} from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { blockUser, insertAttempts, insertUser, updateUser } from '../support/rows.js';
import { act, signIn, signOut } from '../support/sign-in.js';

const STRANGER = { 'user-agent': 'Stranger', 'x-forwarded-for': '198.51.100.9', 'cf-ipcity': 'Oslo' };
const OWN = { 'user-agent': 'Chrome/140 Android', 'x-forwarded-for': '203.0.113.7', 'cf-ipcity': 'Almaty' };

let database: TestDatabase;
let gateway: TestGateway;
beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({
    DATABASE_URL: database.url,
    TRUSTED_PROXY_HOPS: '1',
    CLIENT_LOCATION_HEADER: 'CF-IPCity',
  });
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

interface Listed {
  id: string;
  outcome: string;
  ipAddress: string | null;
  sessionId: string | null;
  [field: string]: unknown;
}

interface PageOfSignIns {
  mySignIns: { edges: { node: Listed }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
}

const FIELDS = 'id at method outcome failureReason failedTries device ipAddress location sessionId';
const QUERY = `query ($first: Int, $after: String, $last: Int, $before: String) {
  mySignIns(first: $first, after: $after, last: $last, before: $before) { edges { node { ${FIELDS} } } pageInfo { hasNextPage endCursor } }
}`;

async function pageOf(session: Result, args: object = {}) {
  const { mySignIns } = await signedInUser(session, gateway).read<PageOfSignIns>(QUERY, args);
  return { signIns: mySignIns.edges.map(({ node }) => node), ...mySignIns.pageInfo };
}
const listOf = async (session: Result, args: object = {}) => (await pageOf(session, args)).signIns;

describe('mySignIns', () => {
  test('shows sign-ins by code and by WhatsApp, open and ended, newest first', async () => {
    const phone = somePhone();
    const first = await signIn(gateway, { phone, headers: OWN });
    const attempt = await startWhatsAppLogin(gateway.graphqlUrl, {}, OWN);
    await deliverWebhook(gateway.url, incomingText(attempt.loginMessage, phone));
    const second = await claimLogin(gateway.graphqlUrl, attempt);
    await signOut(gateway, first.gatewayToken);
    const own = { device: 'Chrome, Android', ipAddress: '203.0.113.7', location: 'Almaty', failedTries: 0 };
    expect(await listOf(second)).toMatchObject([
      { ...own, id: `SignIn:${attempt.attemptId}`, method: 'WHATSAPP', outcome: 'SIGNED_IN', sessionId: second.id },
      { ...own, method: 'OTP', outcome: 'ENDED', sessionId: null },
    ]);
  });

  test("shows a stranger's refused and unfinished attempts, with the network instead of the IP address", async () => {
    const session = await signIn(gateway, { headers: OWN });
    const { phone } = session.user;
    const guessed = await requestOtp(gateway.graphqlUrl, { phone }, STRANGER);
    await verifyOtp(gateway.graphqlUrl, { ...guessed, code: wrongCode(gateway.codeOf(guessed.attemptId)) });
    await requestOtp(gateway.graphqlUrl, { phone }, STRANGER);
    const shown = { ipAddress: '198.51.100.0/24', location: 'Oslo', device: '?', sessionId: null };
    expect(await listOf(session)).toMatchObject([
      { ...shown, outcome: 'UNFINISHED' },
      { ...shown, outcome: 'REFUSED', failedTries: 1, failureReason: null },
      { outcome: 'SIGNED_IN', ipAddress: '203.0.113.7' },
    ]);
    expect(JSON.stringify(await listOf(session))).not.toContain('198.51.100.9');
  });

  test('shows why an attempt failed', async () => {
    const session = await signIn(gateway);
    const { id, phone } = session.user;
    const attempt = await requestOtp(gateway.graphqlUrl, { phone });
    await blockUser(database, id);
    await verifyOtp(gateway.graphqlUrl, { ...attempt, code: gateway.codeOf(attempt.attemptId) });
    await updateUser(database, id, { blocked: false });
    expect((await listOf(session))[0]).toMatchObject({ outcome: 'REFUSED', failureReason: 'USER_BLOCKED' });
  });

  test('shows a session that an application continues as open, under the id to end', async () => {
    const session = await signIn(gateway);
    const redirectUri = 'http://localhost:3000/back';
    const codeVerifier = 'v'.repeat(43);
    const { redirectTo } = await act<{ redirectTo: string }>(gateway, 'createAuthorizationCode', {
      token: session.gatewayToken,
      input: {
        clientId: 'shop',
        redirectUri,
        refreshToken: session.refreshToken,
        codeChallenge: createHash('sha256').update(codeVerifier).digest('base64url'),
      },
      type: 'CreateAuthorizationCodeInput',
      fields: '... on AuthorizationCode { redirectTo }',
    });
    const continued = await act<Result>(gateway, 'exchangeAuthorizationCode', {
      token: '',
      input: { clientId: 'shop', code: new URL(redirectTo).searchParams.get('code'), redirectUri, codeVerifier },
      type: 'ExchangeAuthorizationCodeInput',
      fields: '... on Session { id accessToken gatewayToken user { id phone role } }',
    });
    expect(await listOf(continued)).toMatchObject([{ outcome: 'SIGNED_IN', sessionId: continued.id }]);
  });

  test('shows nothing of other users, and nothing of the phone from before it was theirs', async () => {
    const phone = somePhone();
    await requestOtp(gateway.graphqlUrl, { phone }, STRANGER);
    const first = await signIn(gateway);
    const session = await signIn(gateway, { phone });
    expect(await listOf(session)).toHaveLength(1);
    // The same after a change of phone.
    const taken = somePhone();
    await requestOtp(gateway.graphqlUrl, { phone: taken }, STRANGER);
    const change = await act<Result>(gateway, 'requestPhoneChange', {
      token: first.gatewayToken,
      input: { phone: taken },
      type: 'RequestOtpInput',
      fields: '... on OtpRequested { attemptId secret }',
    });
    await act(gateway, 'confirmPhoneChange', {
      token: first.gatewayToken,
      input: { attemptId: change.attemptId, secret: change.secret, code: gateway.codeOf(change.attemptId) },
      type: 'VerifyOtpInput',
    });
    expect(await listOf(first)).toMatchObject([{ outcome: 'SIGNED_IN' }]);
    await requestOtp(gateway.graphqlUrl, { phone: taken }, STRANGER);
    expect(await listOf(first)).toMatchObject([{ outcome: 'UNFINISHED' }, { outcome: 'SIGNED_IN' }]);
  });

  test('has pages of at most 100, in both directions, and refuses a cursor that is none', async () => {
    const session = await signIn(gateway);
    const rows = Array.from({ length: 130 }, (_, n) => ({
      userId: session.user.id,
      phone: null,
      status: 'CLAIMED',
      createdAt: new Date(Date.now() - (n + 1) * 60_000),
    }));
    await insertAttempts(database, rows);
    const first = await pageOf(session, { first: 500 });
    expect([first.signIns.length, first.hasNextPage]).toEqual([100, true]);
    const second = await pageOf(session, { first: 100, after: first.endCursor });
    expect([second.signIns.length, second.hasNextPage]).toEqual([31, false]);
    const all = [...first.signIns, ...second.signIns].map(({ at }) => String(at));
    expect(all).toEqual(all.toSorted().toReversed());
    expect(new Set(all).size).toBe(131);
    const last = await listOf(session, { last: 31 });
    expect(last).toEqual(second.signIns);
    const { errors } = await signedInUser(session, gateway).ask(QUERY, { after: 'x' });
    expect(errors?.[0]?.extensions?.code).toBe('INVALID_INPUT');
  });

  test('shows the last 90 days', async () => {
    const session = await signIn(gateway);
    const DAY_MS = 86_400_000;
    await insertAttempts(
      database,
      [89, 91].map((days) => ({
        userId: session.user.id,
        phone: `day ${days}`,
        status: 'CLAIMED',
        createdAt: new Date(Date.now() - days * DAY_MS),
      })),
    );
    expect(await listOf(session)).toHaveLength(2);
  });

  test('is refused without a session', async () => {
    const { errors } = await signedInUser({ gatewayToken: 'x', user: {} } as Result, gateway).ask(QUERY);
    expect(errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
  });

  // The attempts of strangers are sorted, and the limits of the phone keep them few. Those of the user are not.
  test('reads no more rows than it shows, however many there are', async () => {
    const phone = somePhone();
    const userId = await insertUser(database, { phone, createdAt: new Date(Date.now() - 3_600_000) });
    const many = (count: number, row: object) =>
      insertAttempts(
        database,
        Array.from({ length: count }, () => ({ status: 'CANCELED', secretHash: Buffer.alloc(1), ...row })),
      );
    await many(2_000, { phone, userId, status: 'CLAIMED' });
    await many(500, { phone });
    await database.query(
      `INSERT INTO login_attempts (id, method, phone, secret_hash, key_id, locale, expires_at, status, user_id)
       SELECT gen_random_uuid(), 'OTP', '+1' || n, '\\x00', 'k', 'en', now(), 'CLAIMED', gen_random_uuid()
       FROM generate_series(1, 20000) AS n`,
    );
    await database.query('ANALYZE login_attempts');
    const statement = (await loadStatements()).find(({ name }) => name === 'login/list_sign_ins');
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const values = {
      userId,
      above: '00000000-0000-0000-0000-000000000000',
      below: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
      limit: 21,
    };
    const { rows } = await client.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
      `EXPLAIN (ANALYZE, FORMAT JSON) ${statement?.positionalSql}`,
      statement?.parameterNames.map((name) => values[name as keyof typeof values]),
    );
    await client.end();
    expect(rowsRead(rows[0]?.['QUERY PLAN'][0]?.Plan)).toBeLessThan(600);
  });
});

interface PlanNode {
  'Relation Name'?: string;
  'Actual Rows': number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}

/** The rows of login_attempts that a plan read. */
function rowsRead(plan: PlanNode | undefined): number {
  if (!plan) return 0;
  const own =
    plan['Relation Name'] === 'login_attempts' ? plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0) : 0;
  return own + (plan.Plans ?? []).reduce((sum, inner) => sum + rowsRead(inner), 0);
}
