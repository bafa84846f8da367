import { sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Result, refreshSession, startWhatsAppLogin } from '../support/calls.js';
import { layCable } from '../support/cable.js';
import { type FrameSocket, openFrames, subscribeTo } from '../support/frames.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { logged } from '../support/logged.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { gatewayKey } from './gateway-key.js';
import { bearer, revokeOtherSessions, revokeSession, signIn, signOut, soon, verifyStatus, whoAmI } from './person.js';

const SECRET = 'a secret whose signing key this file knows';
/** The list of revocations is read every second, woken or not; the rest is for a busy machine. */
const WITHIN_MS = 1_000 + 1_500;

let database: TestDatabase;
let redis: RedisServer;
let one: TestGateway;
let other: TestGateway;

beforeAll(async () => {
  [database, redis] = await Promise.all([createDatabase(), startRedis()]);
  [one, other] = await Promise.all([start(), start()]);
  await Promise.all([one, other].map((gateway) => logged(gateway, 'redis.connected')));
});
afterAll(async () => {
  await Promise.all([one.stop(), other.stop()]);
  await redis.stop();
  await database.drop();
});

const start = (env: Record<string, string> = {}) =>
  startGateway({ DATABASE_URL: database.url, REDIS_URL: redis.url, GATEWAY_SECRET: SECRET, ...env });

async function openSocket(at: TestGateway, accessToken: string): Promise<FrameSocket> {
  const frames = await openFrames(at.socketUrl, { init: false });
  frames.send({ type: 'connection_init', payload: { authorization: `Bearer ${accessToken}` } });
  await frames.until(({ type }) => type === 'connection_ack');
  return frames;
}

/** A socket on which somebody without a session waits for a sign-in. */
async function openAnonymous(at: TestGateway): Promise<FrameSocket> {
  const frames = await openFrames(at.socketUrl);
  frames.send(subscribeTo(await startWhatsAppLogin(at.graphqlUrl)));
  await frames.until(({ type }) => type === 'next');
  return frames;
}

const isOpen = ({ socket }: FrameSocket) => socket.readyState === socket.OPEN;
const refusedAt = (at: TestGateway, accessToken: string, withinMs = WITHIN_MS) =>
  vi.waitFor(async () => expect(await verifyStatus(at, accessToken)).toBe(401), { timeout: withinMs, interval: 20 });

describe('a session that is ended on one instance', () => {
  test.each<[string, (own: Result, second: Result) => Promise<unknown>]>([
    ['signOut', (own) => signOut(one, own.accessToken)],
    ['revokeSession', (own, second) => revokeSession(one, second.accessToken, own.id)],
    ['revokeOtherSessions', (_, second) => revokeOtherSessions(one, second.accessToken)],
  ])('by %s is over on the other: socket, refresh, forward-auth', async (_, end) => {
    const own = await signIn(one);
    const second = await signIn(one, { phone: own.user.phone });
    const [ending, staying, stranger, anonymous] = await Promise.all([
      openSocket(other, own.accessToken),
      openSocket(other, second.accessToken),
      openSocket(other, (await signIn(other)).accessToken),
      openAnonymous(other),
    ]);
    expect(await verifyStatus(other, own.accessToken)).toBe(200);
    await end(own, second);
    const endedAt = performance.now();
    // The database is asked: there is nothing to wait for.
    expect((await refreshSession(other.graphqlUrl, own.refreshToken)).__typename).toBe('InvalidRefreshToken');
    expect(await whoAmI(other, own.accessToken)).toBe('UNAUTHENTICATED');
    expect((await ending.closed).code).toBe(4403);
    await refusedAt(other, own.accessToken);
    expect(performance.now() - endedAt).toBeLessThan(WITHIN_MS);
    // A token of an ended session opens no new socket either.
    const late = await openFrames(other.socketUrl, { init: false });
    late.send({ type: 'connection_init', payload: { authorization: `Bearer ${own.accessToken}` } });
    expect((await late.closed).code).toBe(4403);
    // Nobody else is concerned.
    expect([staying, stranger, anonymous].map(isOpen)).toEqual([true, true, true]);
    expect(await verifyStatus(other, second.accessToken)).toBe(200);
    for (const { socket } of [staying, stranger, anonymous]) socket.close();
  });

  test('is told by a wake-up: an instance that never looks by itself closes the socket too', async () => {
    vi.useFakeTimers({ toFake: ['setInterval'] });
    const woken = await start();
    vi.useRealTimers();
    await logged(woken, 'redis.connected');
    const { accessToken } = await signIn(one);
    const { closed } = await openSocket(woken, accessToken);
    await signOut(one, accessToken);
    expect((await closed).code).toBe(4403);
    expect(await verifyStatus(woken, accessToken)).toBe(401);
    await woken.stop();
  });

  test('leaves an instance that starts later no way in', async () => {
    const { accessToken } = await signIn(one);
    await signOut(one, accessToken);
    const late = await start();
    expect(await verifyStatus(late, accessToken)).toBe(401);
    await late.stop();
  });
});

test('while Redis is down the socket ends within the interval of re-reading', async () => {
  const cable = await layCable(redis.url);
  const cut = await start({ REDIS_URL: cable.url });
  await logged(cut, 'redis.connected');
  await cable.pull();
  await logged(cut, 'redis.disconnected');
  const { accessToken } = await signIn(one);
  const { closed } = await openSocket(cut, accessToken);
  const since = performance.now();
  await signOut(one, accessToken);
  expect((await closed).code).toBe(4403);
  expect(performance.now() - since).toBeLessThan(WITHIN_MS);
  expect(await verifyStatus(cut, accessToken)).toBe(401);
  await cut.stop();
  await cable.close();
});

test('what was revoked while the database was out of reach is found when it is back', async () => {
  const cable = await layCable(database.url);
  const cut = await start({ DATABASE_URL: cable.url });
  const { accessToken } = await signIn(one);
  const { closed } = await openSocket(cut, accessToken);
  await cable.pull();
  await logged(cut, 'session.revocations_read_failed');
  await signOut(one, accessToken);
  // A plain check of the token needs no database; that it is over is not known yet.
  expect(await verifyStatus(cut, accessToken)).toBe(200);
  await cable.plugIn();
  expect((await closed).code).toBe(4403);
  expect(await verifyStatus(cut, accessToken)).toBe(401);
  await cut.stop();
  await cable.close();
});

test('a socket ends when its access token does, though the session goes on', async () => {
  const session = await signIn(one);
  const { kid, privateKey } = await gatewayKey(database.url, SECRET);
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = JSON.parse(Buffer.from(session.accessToken.split('.')[1] ?? '', 'base64url').toString()) as object;
  const exp = Math.ceil(Date.now() / 1000) + 2;
  const text = `${encode({ alg: 'EdDSA', kid, typ: 'at+jwt' })}.${encode({ ...claims, exp })}`;
  const { closed } = await openSocket(
    one,
    `${text}.${sign(null, Buffer.from(text), privateKey).toString('base64url')}`,
  );
  const whole = await openSocket(one, session.accessToken);
  expect((await closed).code).toBe(4403);
  expect(Date.now()).toBeGreaterThanOrEqual(exp * 1000);
  expect(isOpen(whole)).toBe(true);
  expect((await refreshSession(one.graphqlUrl, session.refreshToken)).__typename).toBe('Session');
  whole.socket.close();
});

test('an Authorization header of the upgrade says nothing: only connection_init does', async () => {
  const { accessToken } = await signIn(one);
  const frames = await openFrames(one.socketUrl, { headers: bearer(accessToken) });
  frames.send({ type: 'subscribe', id: '1', payload: { query: '{ me { id } }' } });
  const [answer] = await frames.until(({ type }) => type === 'next' || type === 'error');
  expect(JSON.stringify(answer)).toContain('UNAUTHENTICATED');
  frames.socket.close();
});

test('nothing is left behind when the sockets have gone', async () => {
  const people = await Promise.all(Array.from({ length: 10 }, () => signIn(one)));
  const sockets = await Promise.all(people.map(({ accessToken }) => openSocket(other, accessToken)));
  expect(other.waiting()).toMatchObject({ sockets: 10, deadlines: 10 });
  await Promise.all(people.slice(0, 5).map(({ accessToken }) => signOut(one, accessToken)));
  for (const { socket } of sockets.slice(5)) socket.terminate();
  await Promise.all(sockets.map(({ closed }) => closed));
  await soon(() => {
    for (const gateway of [one, other]) expect(gateway.waiting()).toEqual({ sockets: 0, topics: 0, deadlines: 0 });
  });
});
