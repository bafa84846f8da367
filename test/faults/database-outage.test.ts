import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { LOCALES, type Locale } from '../../src/locales/locale.js';
import { messagesIn } from '../../src/locales/messages.js';
import { type Cable, layCable } from '../support/cable.js';
import {
  call,
  claimLogin,
  deliverWebhook,
  incomingText,
  refreshSession,
  requestOtp,
  somePhone,
  startWhatsAppLogin,
  verifyOtp,
} from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { cleanUpProcesses, familyOf, makeFolder, spawnGateway, untilGone } from '../support/process.js';
import { connectSocket, watchLogin } from '../support/watch.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await database.drop();
});

/** Two gateways with a Redis. The cable of the first to PostgreSQL can be pulled. */
describe('while PostgreSQL cannot be reached', () => {
  let cable: Cable;
  let cut: TestGateway;
  let whole: TestGateway;
  let isPulled = false;
  beforeAll(async () => {
    cable = await layCable(database.url);
    [cut, whole] = await Promise.all([
      startGateway({ DATABASE_URL: cable.url, REDIS_URL: inject('redisUrl') }),
      startGateway({ DATABASE_URL: database.url, REDIS_URL: inject('redisUrl') }),
    ]);
  });
  afterEach(async () => {
    if (isPulled) await plugIn();
  });
  afterAll(async () => {
    await Promise.all([cut.stop(), whole.stop()]);
    await cable.close();
  });

  async function pull(): Promise<void> {
    isPulled = true;
    await cable.pull();
  }
  async function plugIn(): Promise<void> {
    isPulled = false;
    await cable.plugIn();
  }

  /** Longer than the gateway waits for a connection (5 s) and for an answer (10 s): a request that hangs takes longer. */
  const BOUND_MS = 13_000;
  const START = `mutation { requestOtp(input: { phone: "+77010000002" }) { __typename } }`;
  const READ = `{ loginAttempt(attemptId: "0190b0c0-0000-7000-8000-000000000000", secret: "x") { status } }`;

  /** The error of an answer, which must arrive within the bound. */
  async function errorOf(answer: Promise<{ errors?: { message: string; extensions?: { code?: string } }[] }>) {
    const startedAt = performance.now();
    const { errors } = await answer;
    expect(performance.now() - startedAt).toBeLessThan(BOUND_MS);
    expect(errors).toHaveLength(1);
    return { message: errors?.[0]?.message, code: errors?.[0]?.extensions?.code };
  }

  /** The status is that of the last second. */
  const untilReady = (status: number) =>
    vi.waitFor(async () => expect((await fetch(`${cut.url}/health/ready`)).status).toBe(status), { timeout: BOUND_MS });

  const unavailable = (locale: Locale) => ({ code: 'UNAVAILABLE', message: messagesIn(locale).unavailable });

  test('a request gets the error UNAVAILABLE in the language of the caller', async () => {
    await pull();
    for (const locale of LOCALES) {
      const headers = { 'accept-language': `${locale}-XX, en;q=0.5` };
      expect(await errorOf(call({ url: cut.graphqlUrl, headers: headers }, START, {}))).toEqual(unavailable(locale));
      expect(await errorOf(call({ url: cut.graphqlUrl, headers: headers }, READ, {}))).toEqual(unavailable(locale));
    }
  });

  test('a query over GET gets the error UNAVAILABLE in the language of the caller', async () => {
    await pull();
    for (const locale of LOCALES) {
      const answer = fetch(`${cut.graphqlUrl}?query=${encodeURIComponent(READ)}`, {
        headers: { 'accept-language': locale },
      });
      expect(await errorOf(answer.then((response) => response.json() as never))).toEqual(unavailable(locale));
    }
  });

  test('a request in progress gets the error UNAVAILABLE', async () => {
    const locker = await lockAttempts(database);
    const answer = errorOf(call(cut.graphqlUrl, START));
    await untilStatementWaits(locker);
    await pull();
    expect(await answer).toEqual(unavailable('en'));
  });

  test('a new watcher gets the error, and can watch on the same socket when PostgreSQL is back', async () => {
    const attempt = await startWhatsAppLogin(cut.graphqlUrl);
    const client = connectSocket(cut.socketUrl, { connectionParams: { locale: 'ky' }, lazy: false });
    await pull();
    await expect(watchLogin(client, attempt).next()).rejects.toThrow(messagesIn('ky').unavailable);
    await plugIn();
    expect(await watchLogin(client, attempt).next()).toMatchObject({ value: { status: 'PENDING' } });
    await client.dispose();
  });

  test('the gateway is live but not ready, and answers a webhook 503 so that it is delivered again', async () => {
    const attempt = await startWhatsAppLogin(cut.graphqlUrl);
    const message = incomingText(attempt.loginMessage, somePhone());
    const health = async (path: string) => (await fetch(`${cut.url}/health/${path}`)).status;
    expect([await health('live'), await health('ready')]).toEqual([200, 200]);
    await pull();
    await untilReady(503);
    expect(await health('live')).toBe(200);
    expect(await deliverWebhook(cut.url, message)).toBe(503);
    await plugIn();
    await untilReady(200);
    expect(await health('live')).toBe(200);
    expect(await deliverWebhook(cut.url, message)).toBe(200);
    expect(await claimLogin(cut.graphqlUrl, attempt)).toMatchObject({ __typename: 'Session' });
  });

  test('the gateway works again afterwards, also after forty concurrent failed requests', async () => {
    const phone = somePhone();
    const attempt = await requestOtp(cut.graphqlUrl, { phone });
    await pull();
    await Promise.all(Array.from({ length: 40 }, () => errorOf(call(cut.graphqlUrl, START))));
    await plugIn();
    const session = await verifyOtp(cut.graphqlUrl, { ...attempt, code: cut.codeOf(attempt.attemptId) });
    expect(session).toMatchObject({ __typename: 'Session', user: { phone } });
    expect(await refreshSession(cut.graphqlUrl, session.refreshToken)).toMatchObject({ __typename: 'Session' });
    expect(cut.log.filter(({ event }) => event.endsWith('.bug'))).toEqual([]);
  });

  test('when the database is back, watchers receive the changes of the outage and later ones', async () => {
    const attempts = [await startWhatsAppLogin(cut.graphqlUrl), await startWhatsAppLogin(cut.graphqlUrl)] as const;
    const client = connectSocket(cut.socketUrl);
    const watched = attempts.map((attempt) => watchLogin(client, attempt));
    for (const states of watched) expect(await states.next()).toMatchObject({ value: { status: 'PENDING' } });

    await pull();
    const [meanwhile, afterwards] = attempts;
    expect(await deliverWebhook(whole.url, incomingText(meanwhile.loginMessage, somePhone()))).toBe(200);
    await untilReady(503);
    await plugIn();
    const pluggedInAt = performance.now();
    expect(await deliverWebhook(whole.url, incomingText(afterwards.loginMessage, somePhone()))).toBe(200);
    for (const states of watched.toReversed()) {
      expect(await states.next()).toMatchObject({ value: { status: 'COMPLETED' } });
    }
    expect(performance.now() - pluggedInAt).toBeLessThan(7_500); // a recheck without an outage would be later
    for (const attempt of attempts) {
      expect(await claimLogin(cut.graphqlUrl, attempt)).toMatchObject({ __typename: 'Session' });
    }
    await client.dispose();
  });
});

describe('SIGTERM', () => {
  const SAME_SECRET = { GATEWAY_SECRET: 'TpxWUtrsqN7khmgcn9KYvLHRDAQ4iEJweyFb' };
  const spawn = () => spawnGateway(makeFolder(), { env: { DATABASE_URL: fresh.url, ...SAME_SECRET } });
  let fresh: TestDatabase;
  let gateways: ReturnType<typeof spawn>[] = [];
  // Both processes start together, which takes less time than one after the other.
  beforeAll(async () => {
    fresh = await createDatabase();
    gateways = [spawn(), spawn()];
    await Promise.all(gateways.map((gateway) => gateway.ready()));
  });
  const takeGateway = () => gateways.pop() ?? spawn();
  afterAll(async () => {
    await cleanUpProcesses();
    await fresh.drop();
  });

  test('finishes running requests, refuses new ones, and closes sockets with 1001', async () => {
    const gateway = takeGateway();
    const { graphqlUrl, socketUrl, url } = await gateway.ready();
    const family = familyOf(gateway.pid);
    const socket = new WebSocket(socketUrl, 'graphql-transport-ws');
    await new Promise((resolve) => socket.once('open', resolve));
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));

    const locker = await lockAttempts(fresh);
    const phone = somePhone();
    const running = requestOtp(graphqlUrl, { phone });
    running.catch(() => {}); // awaited below
    await untilStatementWaits(locker);

    gateway.signal('SIGTERM');
    expect(await closed).toBe(1001);
    const another = fetch(`${url}/health/ready`, { headers: { connection: 'close' } });
    expect(['503', 'TypeError: fetch failed']).toContain(await another.then(({ status }) => `${status}`, String));
    await locker.query('COMMIT');
    const startedAt = performance.now();
    expect(await running).toMatchObject({ __typename: 'OtpRequested' });
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - startedAt).toBeLessThan(8_000); // also with a connection that is kept alive; service managers kill after ten seconds
    expect(await untilGone(family)).toEqual([]);
  });

  test('does not wait for event streams', async () => {
    const gateway = takeGateway();
    const { graphqlUrl } = await gateway.ready();
    const { attemptId, secret } = await requestOtp(graphqlUrl, { phone: somePhone() });
    const query = `subscription { loginAttemptStatus(attemptId: "${attemptId}", secret: "${secret}") { status } }`;
    const stream = await fetch(graphqlUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query }),
    });
    const body = stream.text().catch(String);
    gateway.signal('SIGTERM');
    const startedAt = performance.now();
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - startedAt).toBeLessThan(8_000); // service managers kill after ten seconds
    await body;
  });
});

/** Locks the attempts: every statement that reads or writes one waits until `COMMIT`. */
async function lockAttempts({ url }: TestDatabase): Promise<pg.Client> {
  const locker = new pg.Client({ connectionString: url });
  await locker.connect();
  onTestFinished(() => locker.end());
  await locker.query('BEGIN; LOCK TABLE login_attempts');
  return locker;
}

/** Waits until a statement waits for the lock. */
async function untilStatementWaits(locker: pg.Client): Promise<void> {
  for (;;) {
    const { rows } = await locker.query(
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    );
    if (rows.length > 0) return;
  }
}
