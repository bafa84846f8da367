import { sign } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { gatewayKey } from '../sessions/gateway-key.js';
import { bearer } from '../sessions/person.js';
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
} from '../support/rows.js';
import { type Person, become } from './person.js';

const SECRET = 'a secret whose signing key this file knows';
/** A feed looks once a second; the rest is for a busy machine. */
const SOON = { timeout: 4_000, interval: 20 };
const NOTHING = { sockets: 0, topics: 0, deadlines: 0 };

let database: TestDatabase;
let gateway: TestGateway;
/** Where people sign in, while admins look on elsewhere. */
let other: TestGateway;
/** Rows that are changed to see whether anybody is told. */
const probes: Record<FeedName, string> = { loginAttemptFeed: '', deliveryFeed: '' };
/** Rows that were there before, and never change. */
const history: Record<FeedName, string> = { ...probes };
/** Whoever may be looking on still. */
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
  loginAttemptFeed: 'subscription { loginAttemptFeed { id status maskedPhone failedTries } }',
  deliveryFeed: 'subscription { deliveryFeed { id status maskedPhone attemptId channel } }',
};

interface Told {
  id: string;
  status: string;
  maskedPhone: string | null;
  attemptId?: string;
}
/** Somebody who looks on. */
interface Watcher {
  told: Told[];
  /** How it ended: the code that the socket was closed with, or what stood at the end of the stream. */
  ended: Promise<unknown>;
  leave(): void;
}

function looksOn(watcher: Watcher): Watcher {
  watching.push(watcher);
  return watcher;
}

type Watch = (feed: FeedName, accessToken: string, at?: TestGateway) => Promise<Watcher>;

const byWebSocket: Watch = async (feed, accessToken, at = gateway) => {
  const frames = await openFrames(at.socketUrl, { init: false });
  frames.send({ type: 'connection_init', payload: bearer(accessToken) });
  await frames.until(({ type }) => type === 'connection_ack');
  frames.send({ type: 'subscribe', id: '1', payload: { query: FEEDS[feed] } });
  const told: Told[] = [];
  frames.socket.on('message', (data) => {
    const { type, payload } = JSON.parse((data as Buffer).toString()) as { type: string; payload?: object };
    if (type === 'next') told.push((payload as { data: Record<FeedName, Told> }).data[feed]);
  });
  return looksOn({ told, ended: frames.closed.then(({ code }) => code), leave: () => frames.socket.terminate() });
};

const bySse: Watch = async (feed, accessToken, at = gateway) => {
  const leaving = new AbortController();
  const response = await fetch(at.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...bearer(accessToken) },
    body: JSON.stringify({ query: FEEDS[feed] }),
    signal: leaving.signal,
  });
  const told: Told[] = [];
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
        if (data) told.push((JSON.parse(data) as { data: Record<FeedName, Told> }).data[feed]);
      }
    }
    return last;
  }
  return looksOn({ told, ended: read().catch(() => 'cut off'), leave: () => leaving.abort() });
};

const BUMP = { loginAttemptFeed: countFailedTry, deliveryFeed: touchDelivery };
/** A watcher is sure to look on when they are told of a change: before, nobody could say whether they already do. */
async function untilLooking(feed: FeedName, ...watchers: Watcher[]): Promise<void> {
  await vi.waitFor(
    async () => {
      await BUMP[feed](database, probes[feed]);
      for (const { told } of watchers) expect(told.map(({ id }) => id)).toContain(probes[feed]);
    },
    { timeout: 8_000, interval: 200 },
  );
}

const becomeAdmin = (at = gateway) => become('ADMIN', at, database);
const tokenOf = ({ session }: Person) => session.accessToken;
const statusesOf = ({ told }: Watcher, id: string) => told.filter((row) => row.id === id).map(({ status }) => status);

/** Nobody is held for, and nobody reads for those who have gone. */
async function nothingIsLeft(): Promise<void> {
  for (const { leave } of watching.splice(0)) leave();
  await vi.waitFor(() => {
    for (const at of [gateway, other]) expect(at.waiting()).toEqual(NOTHING);
  }, SOON);
}

/** How often the lists of the feeds have been read since. Only the feeds and the lists name the tables so. */
const reads = async (since: Date) =>
  (
    await database.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query_start > $1
         AND (query LIKE '%"public"."login_attempts"%' OR query LIKE '%"public"."sms_log"%') AND query LIKE 'SELECT "public"%'`,
      [since],
    )
  ).length;

// They wait most of the time: side by side. What they leave behind is looked for when all are done.
describe.concurrent.each([
  ['WebSocket', byWebSocket],
  ['SSE', bySse],
] as const)('over %s', (door, watch) => {
  test('sign-ins on another instance are told soon, and what was before is not', async () => {
    const watcher = await watch('loginAttemptFeed', tokenOf(await becomeAdmin()));
    await untilLooking('loginAttemptFeed', watcher);
    const phone = somePhone();
    const attempt = await requestOtp(other.graphqlUrl, { phone });
    await vi.waitFor(() => expect(statusesOf(watcher, attempt.attemptId)).toEqual(['PENDING']), SOON);
    await verifyOtp(other.graphqlUrl, { ...attempt, code: other.codeOf(attempt.attemptId) });
    await vi.waitFor(() => expect(statusesOf(watcher, attempt.attemptId)).toEqual(['PENDING', 'CLAIMED']), SOON);
    expect(watcher.told.find(({ id }) => id === attempt.attemptId)?.maskedPhone).toBe(`+7701*****${phone.slice(-2)}`);
    expect(JSON.stringify(watcher.told)).not.toContain(phone);
    expect(watcher.told.map(({ id }) => id)).not.toContain(history.loginAttemptFeed);
    watcher.leave();
  });

  test('messages of another instance are told soon, and what was before is not', async () => {
    const watcher = await watch('deliveryFeed', tokenOf(await becomeAdmin()));
    await untilLooking('deliveryFeed', watcher);
    const { attemptId } = await requestOtp(other.graphqlUrl, { phone: somePhone() });
    const statuses = () => watcher.told.filter((row) => row.attemptId === attemptId).map(({ status }) => status);
    await vi.waitFor(() => expect(statuses()).toContain('ACCEPTED'), SOON);
    await setDeliveryStatus(database, attemptId, 'DELIVERED');
    await vi.waitFor(() => expect(statuses().at(-1)).toBe('DELIVERED'), SOON);
    expect(watcher.told.map(({ id }) => id)).not.toContain(history.deliveryFeed);
    watcher.leave();
  });

  test('all who look on are told, and who leaves takes nobody along', async () => {
    const [one, two, elsewhere] = await Promise.all(
      [gateway, gateway, other].map(async (at) => watch('loginAttemptFeed', tokenOf(await becomeAdmin(at)), at)),
    );
    if (!one || !two || !elsewhere) throw new Error('Nobody looks on');
    await untilLooking('loginAttemptFeed', one, two, elsewhere);
    one.leave();
    await one.ended;
    const { attemptId } = await requestOtp(other.graphqlUrl, { phone: somePhone() });
    await vi.waitFor(() => {
      for (const watcher of [two, elsewhere]) expect(statusesOf(watcher, attemptId)).toEqual(['PENDING']);
    }, SOON);
    expect(statusesOf(one, attemptId)).toEqual([]);
    for (const watcher of [two, elsewhere]) watcher.leave();
  });

  test('it ends when the session does, told on another instance', async () => {
    const [admin, second] = await Promise.all([becomeAdmin(), becomeAdmin()]);
    const watchers = await Promise.all(
      (['loginAttemptFeed', 'deliveryFeed'] as const).map((feed) => watch(feed, tokenOf(admin))),
    );
    const staying = await watch('loginAttemptFeed', tokenOf(second));
    await untilLooking('loginAttemptFeed', watchers[0] as Watcher, staying);
    await untilLooking('deliveryFeed', watchers[1] as Watcher);
    const since = performance.now();
    await second.change('revokeUserSessions', { userId: admin.id });
    const how = await Promise.all(watchers.map(({ ended }) => ended));
    expect(performance.now() - since).toBeLessThan(4_000);
    expect(how).toEqual(door === 'SSE' ? ['complete', 'complete'] : [4403, 4403]);
    const { attemptId } = await requestOtp(other.graphqlUrl, { phone: somePhone() });
    await vi.waitFor(() => expect(statusesOf(staying, attemptId)).toEqual(['PENDING']), SOON);
    staying.leave();
  });

  test('it ends when the access token does', async () => {
    const admin = await becomeAdmin();
    const { kid, privateKey } = await gatewayKey(database.url, SECRET);
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = JSON.parse(Buffer.from(tokenOf(admin).split('.')[1] ?? '', 'base64url').toString()) as object;
    const exp = Math.ceil(Date.now() / 1_000) + 1;
    const text = `${encode({ alg: 'EdDSA', kid, typ: 'at+jwt' })}.${encode({ ...claims, exp })}`;
    const signature = sign(null, Buffer.from(text), privateKey).toString('base64url');
    const watcher = await watch('loginAttemptFeed', `${text}.${signature}`);
    expect(await watcher.ended).toBe(door === 'SSE' ? 'complete' : 4403);
    expect(Date.now()).toBeGreaterThanOrEqual(exp * 1_000 - 5);
  });

  test('an admin who is none any more is told nothing more', async () => {
    const [admin, former] = await Promise.all([becomeAdmin(), becomeAdmin()]);
    const [staying, leaving] = await Promise.all([admin, former].map((who) => watch('loginAttemptFeed', tokenOf(who))));
    if (!staying || !leaving) throw new Error('Nobody looks on');
    await untilLooking('loginAttemptFeed', staying, leaving);
    await admin.change('setUserRole', { userId: former.id, role: 'USER' });
    await Promise.race([leaving.ended, new Promise((resolve) => setTimeout(resolve, 2_500))]);
    const { attemptId } = await requestOtp(other.graphqlUrl, { phone: somePhone() });
    await vi.waitFor(() => expect(statusesOf(staying, attemptId)).toEqual(['PENDING']), SOON);
    const told = statusesOf(leaving, attemptId);
    for (const watcher of [staying, leaving]) watcher.leave();
    expect(told).toEqual([]);
  });
});

test('a session that ends while its feed is being opened ends the feed', async () => {
  const admin = await becomeAdmin();
  const second = await bySse('loginAttemptFeed', tokenOf(await becomeAdmin()));
  await untilLooking('loginAttemptFeed', second);
  // The audit row is written before anybody may look on: so the opening can be held.
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

test('nothing is read when nobody looks on any more, however they left', async () => {
  const begun = new Date();
  const watchers = await Promise.all(
    [byWebSocket, bySse].flatMap((watch) =>
      (['loginAttemptFeed', 'deliveryFeed'] as const).map(async (feed) => {
        const watcher = await watch(feed, tokenOf(await becomeAdmin()));
        await untilLooking(feed, watcher);
        return watcher;
      }),
    ),
  );
  await vi.waitFor(async () => expect(await reads(begun)).toBeGreaterThan(0), SOON);
  expect(watchers).toHaveLength(4);
  await nothingIsLeft();
  await new Promise((resolve) => setTimeout(resolve, 1_200)); // what was under way when they left
  const [now] = await database.query<{ now: Date }>('SELECT now()');
  for (let look = 0; look < 20; look += 1) {
    expect(await reads(now?.now ?? begun)).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
});
