import { sign } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { gatewayKey } from '../sessions/gateway-key.js';
import { bearer } from '../support/sign-in.js';
import { requestOtp, somePhone, verifyOtp } from '../support/calls.js';
import { openFrames } from '../support/frames.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import {
  countFailedTry,
  endSession,
  insertAttempt,
  insertDelivery,
  setDeliveryStatus,
  touchDelivery,
  updateSession,
} from '../support/rows.js';
import { type SignedInUser, signInAs } from './sign-in-as.js';

const SECRET = 'VuJ3eq5GpXDgWHjLPATKNRhdYkUrcn4m6ES7';
/** A feed polls once a second; the rest is for a busy machine. */
const SOON = { timeout: 15_000, interval: 20 };
const NOTHING = { sockets: 0, topics: 0, deadlines: 0 };

let database: TestDatabase;
let gateway: TestGateway;
/** The instance on which users sign in, while admins watch on the first. */
let other: TestGateway;
/** Rows that a test changes to see whether a feed reports it. */
const probes: Record<FeedName, string> = { loginAttemptFeed: '', deliveryFeed: '' };
/** Rows that existed before, and never change. */
const history: Record<FeedName, string> = { ...probes };
/** Watchers that may still be subscribed. */
const watching: Watcher[] = [];

beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url, GATEWAY_SECRET: SECRET };
  [gateway, other] = await Promise.all([startGateway(env), startGateway(env)]);
  for (const rows of [probes, history]) {
    rows.loginAttemptFeed = await insertAttempt(database, { status: 'CANCELED', expiresAt: new Date() });
    rows.deliveryFeed = await insertDelivery(database);
  }
});
afterAll(async () => {
  await Promise.all([gateway.stop(), other.stop()]);
  await database.drop();
});

type FeedName = 'loginAttemptFeed' | 'deliveryFeed';
const FEEDS: Record<FeedName, string> = {
  loginAttemptFeed: 'subscription { loginAttemptFeed { id: attemptId status maskedPhone failedTries } }',
  deliveryFeed: 'subscription { deliveryFeed { id status maskedPhone attemptId channel } }',
};

interface Change {
  id: string;
  status: string;
  maskedPhone: string | null;
  attemptId?: string;
}
/** A client that watches a feed. */
interface Watcher {
  changes: Change[];
  /** How it ended: the close code of the socket, or the last part of the stream. */
  ended: Promise<unknown>;
  leave(): void;
}

function addWatcher(watcher: Watcher): Watcher {
  watching.push(watcher);
  return watcher;
}

type Watch = (feed: FeedName, gatewayToken: string, at?: TestGateway) => Promise<Watcher>;

const byWebSocket: Watch = async (feed, gatewayToken, at = gateway) => {
  const frames = await openFrames(at.socketUrl, { init: false });
  frames.send({ type: 'connection_init', payload: bearer(gatewayToken) });
  await frames.until(({ type }) => type === 'connection_ack');
  frames.send({ type: 'subscribe', id: '1', payload: { query: FEEDS[feed] } });
  const changes: Change[] = [];
  frames.socket.on('message', (data) => {
    const { type, payload } = JSON.parse((data as Buffer).toString()) as { type: string; payload?: object };
    if (type === 'next') changes.push((payload as { data: Record<FeedName, Change> }).data[feed]);
  });
  return addWatcher({ changes, ended: frames.closed.then(({ code }) => code), leave: () => frames.socket.terminate() });
};

const bySse: Watch = async (feed, gatewayToken, at = gateway) => {
  const leaving = new AbortController();
  const response = await fetch(at.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...bearer(gatewayToken) },
    body: JSON.stringify({ query: FEEDS[feed] }),
    signal: leaving.signal,
  });
  const changes: Change[] = [];
  async function read(): Promise<string> {
    let text = '';
    let last = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        last = /^event: ?(\w+)/m.exec(event)?.[1] ?? last;
        const data = /^data: ?(\{.*\})$/m.exec(event)?.[1];
        if (data) changes.push((JSON.parse(data) as { data: Record<FeedName, Change> }).data[feed]);
      }
    }
    return last;
  }
  return addWatcher({ changes, ended: read().catch(() => 'cut off'), leave: () => leaving.abort() });
};

const BUMP = { loginAttemptFeed: countFailedTry, deliveryFeed: touchDelivery };
/** Waits until the feed reports a change to each watcher: only then is it certain that they are subscribed. */
async function untilSubscribed(feed: FeedName, ...watchers: Watcher[]): Promise<void> {
  await vi.waitFor(
    async () => {
      await BUMP[feed](database, probes[feed]);
      for (const { changes } of watchers) expect(changes.map(({ id }) => id)).toContain(probes[feed]);
    },
    { timeout: 8_000, interval: 200 },
  );
}

const becomeAdmin = (at = gateway) => signInAs('ADMIN', { gateway: at, database });
const tokenOf = ({ session }: SignedInUser) => session.gatewayToken;
const statusesOf = ({ changes }: Watcher, id: string) =>
  changes.filter((row) => row.id === id).map(({ status }) => status);

/** All watchers leave, and the gateways keep no data for them. */
async function nothingIsLeft(): Promise<void> {
  for (const { leave } of watching.splice(0)) leave();
  await vi.waitFor(() => {
    for (const at of [gateway, other]) expect(at.waiting()).toEqual(NOTHING);
  }, SOON);
}

/** How often a feed has read its list since. Only feeds and lists name the tables like this. */
const reads = async (since: Date) =>
  (
    await database.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query_start > $1
         AND (query LIKE '%"public"."login_attempts"%' OR query LIKE '%"public"."sms_log"%') AND query LIKE 'SELECT "public"%'`,
      [since],
    )
  ).length;

// These tests wait most of the time, so they run concurrently. The last test checks what they leave behind.
describe.concurrent.each([
  ['WebSocket', byWebSocket],
  ['SSE', bySse],
] as const)('over %s', (transport, watch) => {
  test('loginAttemptFeed reports sign-ins on another instance, and no earlier attempt', async () => {
    const watcher = await watch('loginAttemptFeed', tokenOf(await becomeAdmin()));
    await untilSubscribed('loginAttemptFeed', watcher);
    const phone = somePhone();
    const attempt = await requestOtp(other.graphqlUrl, { phone });
    await vi.waitFor(() => expect(statusesOf(watcher, attempt.attemptId)).toEqual(['PENDING']), SOON);
    await verifyOtp(other.graphqlUrl, { ...attempt, code: other.codeOf(attempt.attemptId) });
    await vi.waitFor(() => expect(statusesOf(watcher, attempt.attemptId)).toEqual(['PENDING', 'CLAIMED']), SOON);
    expect(watcher.changes.find(({ id }) => id === attempt.attemptId)?.maskedPhone).toBe(
      `+7701*****${phone.slice(-2)}`,
    );
    expect(JSON.stringify(watcher.changes)).not.toContain(phone);
    expect(watcher.changes.map(({ id }) => id)).not.toContain(history.loginAttemptFeed);
    watcher.leave();
  });

  test('deliveryFeed reports deliveries of another instance, and no earlier delivery', async () => {
    const watcher = await watch('deliveryFeed', tokenOf(await becomeAdmin()));
    await untilSubscribed('deliveryFeed', watcher);
    const { attemptId } = await requestOtp(other.graphqlUrl, { phone: somePhone() });
    const statuses = () => watcher.changes.filter((row) => row.attemptId === attemptId).map(({ status }) => status);
    await vi.waitFor(() => expect(statuses()).toContain('ACCEPTED'), SOON);
    await setDeliveryStatus(database, attemptId, 'DELIVERED');
    await vi.waitFor(() => expect(statuses().at(-1)).toBe('DELIVERED'), SOON);
    expect(watcher.changes.map(({ id }) => id)).not.toContain(history.deliveryFeed);
    watcher.leave();
  });

  test('every watcher receives changes, and a watcher that leaves does not end the others', async () => {
    const [one, two, elsewhere] = await Promise.all(
      [gateway, gateway, other].map(async (at) => watch('loginAttemptFeed', tokenOf(await becomeAdmin(at)), at)),
    );
    if (!one || !two || !elsewhere) throw new Error('No watcher');
    await untilSubscribed('loginAttemptFeed', one, two, elsewhere);
    one.leave();
    await one.ended;
    const { attemptId } = await requestOtp(other.graphqlUrl, { phone: somePhone() });
    await vi.waitFor(() => {
      for (const watcher of [two, elsewhere]) expect(statusesOf(watcher, attemptId)).toEqual(['PENDING']);
    }, SOON);
    expect(statusesOf(one, attemptId)).toEqual([]);
    for (const watcher of [two, elsewhere]) watcher.leave();
  });

  test('ends when the session is revoked on another instance', async () => {
    const [admin, second] = await Promise.all([becomeAdmin(), becomeAdmin()]);
    const watchers = await Promise.all(
      (['loginAttemptFeed', 'deliveryFeed'] as const).map((feed) => watch(feed, tokenOf(admin))),
    );
    const staying = await watch('loginAttemptFeed', tokenOf(second));
    await untilSubscribed('loginAttemptFeed', watchers[0] as Watcher, staying);
    await untilSubscribed('deliveryFeed', watchers[1] as Watcher);
    const since = performance.now();
    await second.change('revokeUserSessions', { userId: admin.id });
    const how = await Promise.all(watchers.map(({ ended }) => ended));
    expect(performance.now() - since).toBeLessThan(4_000);
    expect(how).toEqual(transport === 'SSE' ? ['complete', 'complete'] : [4403, 4403]);
    const { attemptId } = await requestOtp(other.graphqlUrl, { phone: somePhone() });
    await vi.waitFor(() => expect(statusesOf(staying, attemptId)).toEqual(['PENDING']), SOON);
    staying.leave();
  });

  test('ends when the access token expires', async () => {
    const admin = await becomeAdmin();
    const { kid, privateKey } = await gatewayKey(database.url, SECRET);
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = JSON.parse(Buffer.from(tokenOf(admin).split('.')[1] ?? '', 'base64url').toString()) as object;
    const exp = Math.ceil(Date.now() / 1_000) + 1;
    const text = `${encode({ alg: 'EdDSA', kid, typ: 'gateway+jwt' })}.${encode({ ...claims, exp })}`;
    const signature = sign(null, Buffer.from(text), privateKey).toString('base64url');
    const watcher = await watch('loginAttemptFeed', `${text}.${signature}`);
    expect(await watcher.ended).toBe(transport === 'SSE' ? 'complete' : 4403);
    expect(Date.now()).toBeGreaterThanOrEqual(exp * 1_000 - 5);
  });

  test.each<[string, (admin: SignedInUser, former: SignedInUser) => Promise<unknown>]>([
    ['who loses the role', (admin, { id }) => admin.change('setUserRole', { userId: id, role: 'USER' })],
    [
      'whose sign-in becomes older than ADMIN_SESSION_MINUTES',
      (_, { session }) => updateSession(database, session.id, { createdAt: '-61 minutes' }),
    ],
  ])('sends no further changes to an admin %s', async (_, stop) => {
    const [admin, former] = await Promise.all([becomeAdmin(), becomeAdmin()]);
    const [staying, leaving] = await Promise.all([admin, former].map((who) => watch('loginAttemptFeed', tokenOf(who))));
    if (!staying || !leaving) throw new Error('No watcher');
    await untilSubscribed('loginAttemptFeed', staying, leaving);
    await stop(admin, former);
    await Promise.race([leaving.ended, new Promise((resolve) => setTimeout(resolve, 2_500))]);
    const { attemptId } = await requestOtp(other.graphqlUrl, { phone: somePhone() });
    await vi.waitFor(() => expect(statusesOf(staying, attemptId)).toEqual(['PENDING']), SOON);
    const changes = statusesOf(leaving, attemptId);
    for (const watcher of [staying, leaving]) watcher.leave();
    expect(changes).toEqual([]);
  });
});

test('a feed ends when its session ends while the feed is being opened', async () => {
  const admin = await becomeAdmin();
  const second = await bySse('loginAttemptFeed', tokenOf(await becomeAdmin()));
  await untilSubscribed('loginAttemptFeed', second);
  // The audit entry is written before the feed opens, so a lock on the table delays the opening.
  const holding = new pg.Client({ connectionString: database.url });
  await holding.connect();
  await holding.query('BEGIN; LOCK TABLE audit_log IN EXCLUSIVE MODE');
  const opening = bySse('loginAttemptFeed', tokenOf(admin));
  const held = "SELECT 1 FROM pg_locks JOIN pg_class ON oid = relation WHERE relname = 'audit_log' AND NOT granted";
  await vi.waitFor(async () => expect(await database.query(held)).not.toEqual([]), SOON);
  await endSession(database, admin.session.id);
  await vi.waitFor(async () => {
    const response = await fetch(`${gateway.url}/auth/verify`, { headers: bearer(tokenOf(admin)) });
    expect(response.status).toBe(401); // the instance knows
  }, SOON);
  await holding.query('COMMIT');
  await holding.end();
  const watcher = await opening;
  const ended = await Promise.race([watcher.ended, new Promise((resolve) => setTimeout(resolve, 2_500))]);
  expect(ended).toBe('complete');
});

test('no feed reads the database after all watchers have left', async () => {
  const begun = new Date();
  const watchers = await Promise.all(
    [byWebSocket, bySse].flatMap((watch) =>
      (['loginAttemptFeed', 'deliveryFeed'] as const).map(async (feed) => {
        const watcher = await watch(feed, tokenOf(await becomeAdmin()));
        await untilSubscribed(feed, watcher);
        return watcher;
      }),
    ),
  );
  await vi.waitFor(async () => expect(await reads(begun)).toBeGreaterThan(0), SOON);
  expect(watchers).toHaveLength(4);
  await nothingIsLeft();
  await new Promise((resolve) => setTimeout(resolve, 1_200)); // for a read that was under way when they left
  const [now] = await database.query<{ now: Date }>('SELECT now()');
  for (let look = 0; look < 20; look += 1) {
    expect(await reads(now?.now ?? begun)).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
});
