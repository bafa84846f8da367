import { hash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'graphql-ws';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import {
  cancelLogin,
  claimLogin,
  deliverWebhook,
  incomingText,
  readAttempt,
  requestOtp,
  somePhone,
  startWhatsAppLogin,
  verifyOtp,
  wrongCode,
} from '../support/calls.js';
import { openFrames, subscribeTo } from '../support/frames.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { logged } from '../support/logged.js';
import { insertAttempts } from '../support/rows.js';
import { watchBySse } from '../support/sse.js';
import { connectSocket, watchLogin, watchToTheEnd } from '../support/watch.js';

/** The earliest recheck of a watcher while the bus is connected. */
const CONNECTED_RECHECK_MS = 7_500;

interface Attempt {
  attemptId: string;
  secret: string;
}

/** Changes happen at `one`, clients watch at `other`. Redis connects the two. */
let database: TestDatabase;
let one: TestGateway;
let other: TestGateway;
/** Asks for a confirmation. */
let strict: TestGateway;
/** Asks for a confirmation, and its attempts expire after a second. */
let brief: TestGateway;
/** Refuses new users. */
let closed: TestGateway;
/** Without Redis. */
let alone: TestGateway;
let aloneToo: TestGateway;
let clients: Client[] = [];

async function start(env: Record<string, string> = {}): Promise<TestGateway> {
  const gateway = await startGateway({ DATABASE_URL: database.url, ...env });
  if (env['REDIS_URL']) await logged(gateway, 'redis.connected');
  return gateway;
}
const startConnected = (env: Record<string, string> = {}) => start({ REDIS_URL: inject('redisUrl'), ...env });

beforeAll(async () => {
  database = await createDatabase();
  [one, other, strict, brief, closed, alone, aloneToo] = await Promise.all([
    startConnected(),
    startConnected(),
    startConnected({ WHATSAPP_CONFIRMATION: 'always' }),
    startConnected({ WHATSAPP_LOGIN_TTL_SECONDS: '1', OTP_TTL_SECONDS: '1', WHATSAPP_CONFIRMATION: 'always' }),
    startConnected({ SIGN_UP: 'closed' }),
    start(),
    start(),
  ]);
});
afterEach(async () => {
  vi.useRealTimers();
  for (const client of clients) await client.dispose();
  clients = [];
});
afterAll(async () => {
  await Promise.all([one, other, strict, brief, closed, alone, aloneToo].map((gateway) => gateway.stop()));
  await database.drop();
});

/** A watcher that starts from now on does not recheck, so every change that it receives came by a message. */
async function stopRechecks(...gateways: TestGateway[]): Promise<void> {
  // The timer of the rechecks starts with the first watcher.
  for (const gateway of gateways) await expect.poll(() => gateway.waiting().deadlines).toBe(0);
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
}

function connect({ socketUrl }: TestGateway): Client {
  const client = connectSocket(socketUrl);
  clients.push(client);
  return client;
}

/** Watches an attempt. Resolves after the first state with the promise of all states. */
async function watchFromNow(gateway: TestGateway, attempt: Attempt): Promise<{ all: Promise<string[]> }> {
  const states = watchLogin(connect(gateway), attempt);
  const first = await states.next();
  const seen = [first.value?.status as string];
  const all = (async () => {
    for await (const { status } of states) seen.push(status);
    return seen;
  })();
  return { all };
}

async function startWithCode(gateway = one) {
  const phone = somePhone();
  const attempt = await requestOtp(gateway.graphqlUrl, { phone });
  return { ...attempt, phone, code: gateway.codeOf(attempt.attemptId) };
}

describe('a change reaches', () => {
  test('the gateway where the browser watches from the one that received the webhook, by a message over Redis', async () => {
    await stopRechecks(one, other);
    for (let round = 0; round < 10; round += 1) {
      const attempt = await startWhatsAppLogin(one.graphqlUrl);
      const { all } = await watchFromNow(other, attempt);
      await deliverWebhook(one.url, incomingText(attempt.loginMessage, somePhone()));
      expect(await all).toEqual(['PENDING', 'COMPLETED']);
    }
  });

  test('watchers of the same gateway by a message without Redis', async () => {
    await stopRechecks(alone);
    const attempt = await startWhatsAppLogin(alone.graphqlUrl);
    const { all } = await watchFromNow(alone, attempt);
    await deliverWebhook(alone.url, incomingText(attempt.loginMessage, somePhone()));
    expect(await all).toEqual(['PENDING', 'COMPLETED']);
  });

  test('another gateway by a recheck within 2 s without Redis', async () => {
    const attempt = await startWhatsAppLogin(alone.graphqlUrl);
    const { all } = await watchFromNow(aloneToo, attempt);
    const sentAt = performance.now();
    await deliverWebhook(alone.url, incomingText(attempt.loginMessage, somePhone()));
    expect(await all).toEqual(['PENDING', 'COMPLETED']);
    expect(performance.now() - sentAt).toBeLessThan(CONNECTED_RECHECK_MS);
  });

  test('every watcher: two sockets, two gateways and an event stream', async () => {
    const attempt = await startWhatsAppLogin(one.graphqlUrl);
    const watching = await Promise.all([one, other, other].map((gateway) => watchFromNow(gateway, attempt)));
    const stream = (async () => {
      const seen: (string | undefined)[] = [];
      for await (const { data } of watchBySse(other.graphqlUrl, attempt))
        seen.push(data.data?.loginAttemptStatus.status);
      return seen;
    })();
    await deliverWebhook(one.url, incomingText(attempt.loginMessage, somePhone()));
    for (const { all } of watching) expect(await all).toEqual(['PENDING', 'COMPLETED']);
    expect((await stream).at(-1)).toBe('COMPLETED');
  });
});

describe('a watcher receives each status and then the end', () => {
  test('of a login that is confirmed: PENDING, CONFIRMING with its number, COMPLETED', async () => {
    const attempt = await startWhatsAppLogin(strict.graphqlUrl);
    const phone = somePhone();
    const states = watchLogin(connect(other), attempt);
    expect((await states.next()).value).toMatchObject({ status: 'PENDING', confirmationNumber: null });
    await deliverWebhook(strict.url, incomingText(attempt.loginMessage, phone));
    const { value: confirming } = await states.next();
    expect(confirming).toMatchObject({ status: 'CONFIRMING', confirmationNumber: expect.stringMatching(/^\d\d$/) });
    await deliverWebhook(strict.url, incomingText(confirming?.confirmationNumber ?? '', phone));
    expect((await states.next()).value).toMatchObject({ status: 'COMPLETED', confirmationNumber: null });
    expect((await states.next()).done).toBe(true);
  });

  test('of a login that is denied by NO in WhatsApp: CANCELED', async () => {
    const attempt = await startWhatsAppLogin(strict.graphqlUrl);
    const phone = somePhone();
    const states = watchLogin(connect(other), attempt);
    expect((await states.next()).value?.status).toBe('PENDING');
    await deliverWebhook(strict.url, incomingText(attempt.loginMessage, phone));
    expect((await states.next()).value?.status).toBe('CONFIRMING');
    await deliverWebhook(strict.url, incomingText('NO', phone));
    expect((await states.next()).value?.status).toBe('CANCELED');
    expect((await states.next()).done).toBe(true);
  });

  test('of a login that the client cancels: CANCELED', async () => {
    const attempt = await startWhatsAppLogin(one.graphqlUrl);
    const { all } = await watchFromNow(other, attempt);
    await cancelLogin(one.graphqlUrl, attempt);
    expect(await all).toEqual(['PENDING', 'CANCELED']);
  });

  test('of an unknown number while sign-up is closed: FAILED, with the reason', async () => {
    const attempt = await startWhatsAppLogin(closed.graphqlUrl);
    const states = watchLogin(connect(other), attempt);
    await states.next();
    await deliverWebhook(closed.url, incomingText(attempt.loginMessage, somePhone()));
    expect((await states.next()).value).toMatchObject({ status: 'FAILED', failureReason: 'USER_NOT_FOUND' });
    expect((await states.next()).done).toBe(true);
  });

  test('of a right code: CLAIMED', async () => {
    const attempt = await startWithCode();
    const { all } = await watchFromNow(other, attempt);
    expect(await verifyOtp(one.graphqlUrl, attempt)).toMatchObject({ __typename: 'Session' });
    expect(await all).toEqual(['PENDING', 'CLAIMED']);
  });

  test('of five wrong codes: FAILED', async () => {
    const attempt = await startWithCode();
    const { all } = await watchFromNow(other, attempt);
    for (let guess = 0; guess < 5; guess += 1)
      await verifyOtp(one.graphqlUrl, { ...attempt, code: wrongCode(attempt.code) });
    expect(await all).toEqual(['PENDING', 'FAILED']);
  });

  test('of an attempt that has ended already: its last status only', async () => {
    const completed = await startWhatsAppLogin(one.graphqlUrl);
    await deliverWebhook(one.url, incomingText(completed.loginMessage, somePhone()));
    expect(await watchToTheEnd(connect(other), completed)).toEqual(['COMPLETED']);
    await claimLogin(one.graphqlUrl, completed);
    expect(await watchToTheEnd(connect(other), completed)).toEqual(['CLAIMED']);

    const canceled = await startWhatsAppLogin(one.graphqlUrl);
    await cancelLogin(one.graphqlUrl, canceled);
    expect(await watchToTheEnd(connect(other), canceled)).toEqual(['CANCELED']);
  });

  test('of an attempt that expires: EXPIRED when its time comes and not before, for WhatsApp and for codes', async () => {
    // Connected before the attempts start, so that each watcher receives PENDING in time.
    const client = connectSocket(brief.socketUrl, { lazy: false });
    clients.push(client);
    const canceled = await startWhatsAppLogin(one.graphqlUrl);
    await cancelLogin(one.graphqlUrl, canceled);
    await watchToTheEnd(client, canceled);
    const lateness = await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        for (;;) {
          const attempt =
            index % 2 === 0
              ? await startWhatsAppLogin(brief.graphqlUrl)
              : await requestOtp(brief.graphqlUrl, { phone: somePhone() });
          const expiresAt = Date.parse(attempt.expiresAt);
          const statuses: string[] = [];
          let firstAt = 0;
          for await (const { status } of watchLogin(client, attempt)) {
            firstAt ||= Date.now();
            statuses.push(status);
          }
          // On a busy machine the attempt can be over before its watcher is served. Then it shows nothing.
          if (statuses.length === 1 && firstAt >= expiresAt) continue;
          expect(statuses).toEqual(['PENDING', 'EXPIRED']);
          return Date.now() - expiresAt;
        }
      }),
    );
    expect(Math.min(...lateness)).toBeGreaterThanOrEqual(0);
    // The next recheck would have been later. src/realtime/watch.test.ts checks the exact time.
    expect(Math.max(...lateness)).toBeLessThan(CONNECTED_RECHECK_MS - 1_000);
  });

  test('of an attempt that its message prolongs: no EXPIRED at its earlier time', async () => {
    const attempt = await startWhatsAppLogin(brief.graphqlUrl);
    const phone = somePhone();
    const states = watchLogin(connect(brief), attempt);
    await states.next();
    await deliverWebhook(brief.url, incomingText(attempt.loginMessage, phone));
    const { value: confirming } = await states.next();
    await sleep(Date.parse(attempt.expiresAt) - Date.now() + 400);
    await deliverWebhook(brief.url, incomingText(confirming?.confirmationNumber ?? '', phone));
    expect((await states.next()).value?.status).toBe('COMPLETED');
  });
});

describe('the attempt secret', () => {
  const notFound = { errors: [{ extensions: { code: 'ATTEMPT_NOT_FOUND' } }] };

  /** The first answer to a subscription with this secret, over WebSocket and over SSE. */
  async function firstAnswers(attempt: Attempt): Promise<unknown[]> {
    const { socket, send, until } = await openFrames(other.socketUrl);
    send(subscribeTo(attempt));
    const [overSocket] = await until(({ type }) => type === 'next' || type === 'error');
    socket.close();
    const stream = watchBySse(other.graphqlUrl, attempt);
    const overSse = (await stream.next()).value?.data;
    await stream.return(undefined);
    return [overSocket?.type === 'error' ? { errors: overSocket.payload } : overSocket?.payload, overSse];
  }

  test('is needed to watch or read: a wrong or empty one, or that of another attempt, gets ATTEMPT_NOT_FOUND', async () => {
    const [attempt, another] = await Promise.all([
      startWhatsAppLogin(one.graphqlUrl),
      startWhatsAppLogin(one.graphqlUrl),
    ]);
    for (const secret of ['wrong', '', another.secret, `${attempt.secret}=`]) {
      for (const answer of await firstAnswers({ attemptId: attempt.attemptId, secret }))
        expect(answer).toMatchObject(notFound);
      expect(await readAttempt(other.graphqlUrl, { attemptId: attempt.attemptId, secret })).toBeNull();
    }
  });

  test('does not reveal whether an attempt exists: an unknown ID gets ATTEMPT_NOT_FOUND too', async () => {
    const { secret } = await startWhatsAppLogin(one.graphqlUrl);
    for (const attemptId of ['00000000-0000-7000-8000-000000000000', 'no-uuid', '']) {
      for (const answer of await firstAnswers({ attemptId, secret })) expect(answer).toMatchObject(notFound);
    }
  });

  test('is checked per subscription: a wrong one on the same socket at the same time gets ATTEMPT_NOT_FOUND', async () => {
    const attempt = await startWhatsAppLogin(one.graphqlUrl);
    const { socket, send, until } = await openFrames(other.socketUrl);
    send(subscribeTo(attempt, 'right'));
    send(subscribeTo({ ...attempt, secret: 'wrong' }, 'wrong'));
    const frames = await until(({ type }) => type === 'next', 2);
    socket.close();
    const payloadOf = (id: string) => frames.find((frame) => frame.id === id)?.payload;
    expect(payloadOf('right')).toMatchObject({ data: { loginAttemptStatus: { status: 'PENDING' } } });
    expect(payloadOf('wrong')).toMatchObject(notFound);
  });
});

test(
  'all of a thousand logins that complete while the browser is still connecting reach it, by a message or the first read',
  { timeout: 120_000 },
  async () => {
    await stopRechecks(one, other);
    const [batches, sockets, perSocket] = [10, 20, 5];
    const secret = randomBytes(32).toString('base64url');
    const secretHash = hash('sha256', secret, 'buffer');
    const attempts = await insertAttempts(
      database,
      Array.from({ length: batches * sockets * perSocket }, () => ({
        id: uuidv7(),
        method: 'WHATSAPP',
        phone: null,
        secretHash,
      })),
    );
    for (let batch = 0; batch < batches; batch += 1) {
      const shared = Array.from({ length: sockets }, () => connect(other));
      const received = await Promise.all(
        attempts.splice(0, sockets * perSocket).map(async (attemptId, index) => {
          const [status, seen] = await Promise.all([
            sleep(Math.random() * 30).then(() =>
              deliverWebhook(one.url, incomingText(`AMT LOGIN ${attemptId}`, somePhone())),
            ),
            sleep(Math.random() * 30).then(() =>
              watchToTheEnd(shared[index % sockets] as Client, { attemptId, secret }),
            ),
          ]);
          expect(status).toBe(200);
          return seen;
        }),
      );
      for (const seen of received) expect(['COMPLETED', 'PENDING,COMPLETED']).toContain(seen.join(','));
      for (const client of shared) await client.dispose();
    }
    expect(attempts).toEqual([]);
  },
);

test('a client that sends pings and never reads is disconnected, and the gateway keeps no data for it', async () => {
  const attempt = await startWhatsAppLogin(other.graphqlUrl);
  const before = other.waiting();
  const { socket, send, until } = await openFrames(other.socketUrl);
  send(subscribeTo(attempt));
  await until(({ type }) => type === 'next');

  socket.pause();
  const ballast = 'x'.repeat(60_000);
  for (let ping = 0; ping < 400; ping += 1) send({ type: 'ping', payload: { ballast } });
  await expect.poll(() => other.waiting(), { timeout: 15_000 }).toEqual(before);
  socket.terminate();
});
