import { sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Result, refreshSession, startWhatsAppLogin } from '../support/calls.js';
import { layCable } from '../support/cable.js';
import { type FrameSocket, openFrames, subscribeTo } from '../support/frames.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { logged } from '../support/logged.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { gatewayKey } from './gateway-key.js';
import {
  bearer,
  revokeOtherSessions,
  revokeSession,
  signIn,
  signOut,
  soon,
  verifyStatus,
  whoAmI,
} from '../support/sign-in.js';

const SECRET = 'VuJ3eq5GpXDgWHjLPATKNRhdYkUrcn4m6ES7';
/** Revocations are read every second. The rest is for a busy machine, and less than the 600 s that a token lives. */
const WITHIN_MS = 1_000 + 9_000;

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

/** A socket without a session, which watches an attempt. */
async function openAnonymous(at: TestGateway): Promise<FrameSocket> {
  const frames = await openFrames(at.socketUrl);
  frames.send(subscribeTo(await startWhatsAppLogin(at.graphqlUrl)));
  await frames.until(({ type }) => type === 'next');
  return frames;
}

const isOpen = ({ socket }: FrameSocket) => socket.readyState === socket.OPEN;
const refusedAt = (at: TestGateway, accessToken: string, withinMs = WITHIN_MS) =>
  vi.waitFor(async () => expect(await verifyStatus(at, accessToken)).toBe(401), { timeout: withinMs, interval: 20 });

describe('a session that is ended at one gateway', () => {
  test.each<[string, (own: Result, second: Result) => Promise<unknown>]>([
    ['signOut', (own) => signOut(one, own.gatewayToken)],
    ['revokeSession', (own, second) => revokeSession(one, second.gatewayToken, own.id)],
    ['revokeOtherSessions', (_, second) => revokeOtherSessions(one, second.gatewayToken)],
  ])('by %s is refused at the other: socket, refresh, forward-auth', async (_, end) => {
    const own = await signIn(one);
    const second = await signIn(one, { phone: own.user.phone });
    const [ending, staying, otherUser, anonymous] = await Promise.all([
      openSocket(other, own.accessToken),
      openSocket(other, second.accessToken),
      openSocket(other, (await signIn(other)).accessToken),
      openAnonymous(other),
    ]);
    expect(await verifyStatus(other, own.accessToken)).toBe(200);
    await end(own, second);
    const endedAt = performance.now();
    // These read the database, so the session ends at once.
    expect((await refreshSession(other.graphqlUrl, own.refreshToken)).__typename).toBe('InvalidRefreshToken');
    expect(await whoAmI(other, own.accessToken)).toBe('UNAUTHENTICATED');
    expect((await ending.closed).code).toBe(4403);
    await refusedAt(other, own.accessToken);
    expect(performance.now() - endedAt).toBeLessThan(WITHIN_MS);
    // Its access token opens no new socket either.
    const late = await openFrames(other.socketUrl, { init: false });
    late.send({ type: 'connection_init', payload: { authorization: `Bearer ${own.accessToken}` } });
    expect((await late.closed).code).toBe(4403);
    // Other sessions stay open.
    expect([staying, otherUser, anonymous].map(isOpen)).toEqual([true, true, true]);
    expect(await verifyStatus(other, second.accessToken)).toBe(200);
    for (const { socket } of [staying, otherUser, anonymous]) socket.close();
  });

  test('is published: a gateway that does not poll closes its socket as well', async () => {
    vi.useFakeTimers({ toFake: ['setInterval'] });
    const woken = await start();
    vi.useRealTimers();
    await logged(woken, 'redis.connected');
    const { accessToken, gatewayToken } = await signIn(one);
    const { closed } = await openSocket(woken, accessToken);
    await signOut(one, gatewayToken);
    expect((await closed).code).toBe(4403);
    expect(await verifyStatus(woken, accessToken)).toBe(401);
    await woken.stop();
  });

  test('is refused by a gateway that starts later', async () => {
    const { accessToken, gatewayToken } = await signIn(one);
    await signOut(one, gatewayToken);
    const late = await start();
    expect(await verifyStatus(late, accessToken)).toBe(401);
    await late.stop();
  });
});

test('while Redis is down, sockets of a revoked session close at the next poll', async () => {
  const cable = await layCable(redis.url);
  const cut = await start({ REDIS_URL: cable.url });
  await logged(cut, 'redis.connected');
  await cable.pull();
  await logged(cut, 'redis.disconnected');
  const { accessToken, gatewayToken } = await signIn(one);
  const { closed } = await openSocket(cut, accessToken);
  const since = performance.now();
  await signOut(one, gatewayToken);
  expect((await closed).code).toBe(4403);
  expect(performance.now() - since).toBeLessThan(WITHIN_MS);
  expect(await verifyStatus(cut, accessToken)).toBe(401);
  await cut.stop();
  await cable.close();
});

test('sessions that were revoked while a gateway could not reach the database are refused when it can again', async () => {
  const cable = await layCable(database.url);
  const cut = await start({ DATABASE_URL: cable.url });
  const { accessToken, gatewayToken } = await signIn(one);
  const { closed } = await openSocket(cut, accessToken);
  await cable.pull();
  await logged(cut, 'session.revocations_read_failed');
  await signOut(one, gatewayToken);
  // Forward-auth needs no database for a valid token, and this gateway has not read the revocation yet.
  expect(await verifyStatus(cut, accessToken)).toBe(200);
  await cable.plugIn();
  expect((await closed).code).toBe(4403);
  expect(await verifyStatus(cut, accessToken)).toBe(401);
  await cut.stop();
  await cable.close();
});

test('a socket closes when its access token expires, while the session goes on', async () => {
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

test('an Authorization header of the upgrade is ignored: only connection_init signs a socket in', async () => {
  const { accessToken } = await signIn(one);
  const frames = await openFrames(one.socketUrl, { headers: bearer(accessToken) });
  frames.send({ type: 'subscribe', id: '1', payload: { query: '{ me { id } }' } });
  const [answer] = await frames.until(({ type }) => type === 'next' || type === 'error');
  expect(JSON.stringify(answer)).toContain('UNAUTHENTICATED');
  frames.socket.close();
});

test('no deadline or topic is left when the sockets have closed', async () => {
  const sessions = await Promise.all(Array.from({ length: 10 }, () => signIn(one)));
  const sockets = await Promise.all(sessions.map(({ accessToken }) => openSocket(other, accessToken)));
  expect(other.waiting()).toMatchObject({ sockets: 10, deadlines: 10 });
  await Promise.all(sessions.slice(0, 5).map(({ gatewayToken }) => signOut(one, gatewayToken)));
  for (const { socket } of sockets.slice(5)) socket.terminate();
  await Promise.all(sockets.map(({ closed }) => closed));
  await soon(() => {
    for (const gateway of [one, other]) expect(gateway.waiting()).toEqual({ sockets: 0, topics: 0, deadlines: 0 });
  });
});
