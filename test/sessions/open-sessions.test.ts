import { hash } from 'node:crypto';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OPEN_SESSIONS_PER_USER } from '../../src/guard/limits.js';
import {
  type Result,
  call,
  claimLogin,
  deliverWebhook,
  incomingText,
  refreshSession,
  startWhatsAppLogin,
} from '../support/calls.js';
import { openFrames } from '../support/frames.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { insertSessions, updateSession } from '../support/rows.js';
import { auditOf, bearer, signIn, soon, verifyStatus } from '../support/sign-in.js';

let database: TestDatabase;
let gateway: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url, APPLICATIONS: 'shop=http://localhost:5173' });
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

/** Sessions of other devices, used 1, 2, 3, … hours ago. @returns their IDs, the one that was used last first */
async function insertOthers(userId: string, count: number): Promise<string[]> {
  const rows = Array.from({ length: count }, (_, index) => ({
    id: uuidv7(),
    userId,
    rotatedAt: `-${index + 1} hours`,
  }));
  await insertSessions(database, rows);
  return rows.map(({ id }) => id);
}

const openSessions = async (userId: string) =>
  (
    await database.query<{ id: string }>('SELECT id FROM sessions WHERE user_id = $1 AND revoked_at IS NULL', [userId])
  ).map(({ id }) => id);
const evictions = async (userId: string) =>
  (await auditOf(database, userId)).filter(({ details }) => details?.['reason'] === 'too_many_sessions');

test('the database has the limit that the reference names', async () => {
  const [row] = await database.query<{ limit: string }>(
    `SELECT encode(tgargs, 'escape') AS limit FROM pg_trigger WHERE tgname = 'sessions_at_most'`,
  );
  expect(row?.limit).toBe(`${OPEN_SESSIONS_PER_USER}\\000`);
});

describe('when a user with fifty open sessions', () => {
  test('signs in with a code, the session that was idle longest ends, and its client is told', async () => {
    const idle = await signIn(gateway);
    const { id: userId, phone } = idle.user;
    await insertOthers(userId, 49);
    const frames = await openFrames(gateway.socketUrl, { init: false });
    frames.send({ type: 'connection_init', payload: bearer(idle.accessToken) });
    await frames.until(({ type }) => type === 'connection_ack');
    await updateSession(database, idle.id, { rotatedAt: '-3 days' });

    const session = await signIn(gateway, { phone });
    const open = await openSessions(userId);
    expect(open).toHaveLength(50);
    expect(open).toContain(session.id);
    expect(open).not.toContain(idle.id);
    expect((await frames.closed).code).toBe(4403);
    await soon(async () => expect(await verifyStatus(gateway, idle.accessToken)).toBe(401));
    expect((await refreshSession(gateway.graphqlUrl, idle.refreshToken)).__typename).toBe('InvalidRefreshToken');
    expect(await database.query('SELECT revoked_reason FROM sessions WHERE id = $1', [idle.id])).toEqual([
      { revoked_reason: 'too_many_sessions' },
    ]);
    expect(await evictions(userId)).toMatchObject([
      { event: 'session.revoked', actor: 'gateway', session_id: idle.id, details: { sessions: [idle.id] } },
    ]);
  });

  test('signs in by WhatsApp, the session that was idle longest ends', async () => {
    const { user } = await signIn(gateway);
    const others = await insertOthers(user.id, 49);
    const login = await startWhatsAppLogin(gateway.graphqlUrl);
    await deliverWebhook(gateway.url, incomingText(login.loginMessage, user.phone));
    const claimed = await soon(async () => {
      const answer = await claimLogin(gateway.graphqlUrl, login);
      expect(answer.__typename).toBe('Session');
      return answer;
    });
    const open = await openSessions(user.id);
    expect([open.length, open.includes(claimed.id), open.includes(others.at(-1) ?? '')]).toEqual([50, true, false]);
  });

  test('comes to an application with an authorization code, no session ends but that of the login page', async () => {
    const page = await signIn(gateway);
    const others = await insertOthers(page.user.id, 49);
    const application = { clientId: 'shop', redirectUri: 'http://localhost:5173' };
    const codeVerifier = 'v'.repeat(43);
    const created = await call<{ createAuthorizationCode: { redirectTo: string } }>(
      gateway.graphqlUrl,
      'mutation ($input: CreateAuthorizationCodeInput!) { createAuthorizationCode(input: $input) { ... on AuthorizationCode { redirectTo } } }',
      {
        input: {
          ...application,
          codeChallenge: hash('sha256', codeVerifier, 'base64url'),
          refreshToken: page.refreshToken,
        },
      },
    );
    const code = new URL(created.data.createAuthorizationCode.redirectTo).searchParams.get('code');
    const { data } = await call<{ exchangeAuthorizationCode: Result }>(
      gateway.graphqlUrl,
      'mutation ($input: ExchangeAuthorizationCodeInput!) { exchangeAuthorizationCode(input: $input) { ... on Session { id } } }',
      { input: { ...application, code, codeVerifier } },
    );
    expect((await openSessions(page.user.id)).toSorted()).toEqual(
      [...others, data.exchangeAuthorizationCode.id].toSorted(),
    );
    expect(await evictions(page.user.id)).toEqual([]);
  });
});

test('sessions that are over do not count', async () => {
  const { user, id } = await signIn(gateway);
  await insertOthers(user.id, 49);
  await database.query(
    `UPDATE sessions SET idle_expires_at = now() - interval '1 second' WHERE user_id = $1 AND id <> $2`,
    [user.id, id],
  );
  await signIn(gateway, { phone: user.phone });
  expect(await evictions(user.id)).toEqual([]);
});

test('fifty concurrent sign-ins of a user with forty sessions leave fifty open, and none of another user ends', async () => {
  const [{ user, id }, neighbour] = [await signIn(gateway), await signIn(gateway)];
  const others = await insertOthers(user.id, 39);
  const pool = new pg.Pool({ connectionString: database.url, max: 50 });
  try {
    // Each transaction stays open for a moment, so that all overlap if nothing makes them wait for each other.
    await Promise.all(
      Array.from({ length: 50 }, () =>
        pool.query(`
          BEGIN;
          INSERT INTO sessions (id, user_id, refresh_token_hash, key_id, idle_expires_at, expires_at)
          VALUES ('${uuidv7()}', '${user.id}', '', 'k', now() + interval '1 day', now() + interval '1 day');
          SELECT pg_sleep(0.02);
          COMMIT;`),
      ),
    );
  } finally {
    await pool.end();
  }
  const open = await openSessions(user.id);
  expect(open).toHaveLength(50);
  expect(open.filter((one) => one === id || others.includes(one))).toEqual([]);
  const ended = (await evictions(user.id)).flatMap(({ details }) => details?.['sessions'] as string[]);
  expect([ended.length, new Set(ended).size]).toEqual([40, 40]);
  expect(await openSessions(neighbour.user.id)).toEqual([neighbour.id]);
});

test('a session that is being refreshed at that moment is not idle: the next one ends, without a deadlock', async () => {
  const used = await signIn(gateway);
  const others = await insertOthers(used.user.id, 49);
  await updateSession(database, used.id, { rotatedAt: '-3 days' });
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM sessions WHERE id = $1 FOR UPDATE', [used.id]);
    await signIn(gateway, { phone: used.user.phone });
    await client.query('ROLLBACK');
  } finally {
    await client.end();
  }
  const open = await openSessions(used.user.id);
  expect([open.length, open.includes(used.id), open.includes(others.at(-1) ?? '')]).toEqual([50, true, false]);
});
