import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
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
import { watchBySse } from '../support/sse.js';
import { connectSocket, watchLogin, watchToTheEnd } from '../support/watch.js';

interface Attempt {
  attemptId: string;
  secret: string;
}

/** Changes happen at `one`, people watch at `other`; Redis is what they share. */
let database: TestDatabase;
let one: TestGateway;
let other: TestGateway;
let clients: Client[] = [];
const gateways: TestGateway[] = [];

async function start(env: Record<string, string> = {}): Promise<TestGateway> {
  const gateway = await startGateway({ DATABASE_URL: database.url, ...env });
  gateways.push(gateway);
  if (env['REDIS_URL']) await logged(gateway, 'redis.connected');
  return gateway;
}
const startLinked = (env: Record<string, string> = {}) => start({ REDIS_URL: inject('redisUrl'), ...env });

beforeAll(async () => {
  database = await createDatabase();
  [one, other] = await Promise.all([startLinked(), startLinked()]);
});
afterEach(async () => {
  for (const client of clients) await client.dispose();
  clients = [];
});
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  await database.drop();
});

function connect({ socketUrl }: TestGateway): Client {
  const client = connectSocket(socketUrl);
  clients.push(client);
  return client;
}

/** Watches, and resolves with the promise of all states once the first is there. */
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

async function openCode(gateway = one) {
  const phone = somePhone();
  const attempt = await requestOtp(gateway.graphqlUrl, { phone });
  return { ...attempt, phone, code: gateway.codeOf(attempt.attemptId) };
}

describe('the news travels', () => {
  test('over Redis, from the instance that got the webhook to the one the browser hangs on, well before it re-reads', async () => {
    const delays: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      const attempt = await startWhatsAppLogin(one.graphqlUrl);
      const { all } = await watchFromNow(other, attempt);
      const sentAt = performance.now();
      await deliverWebhook(one.url, incomingText(attempt.loginMessage, somePhone()));
      expect(await all).toEqual(['PENDING', 'COMPLETED']);
      delays.push(performance.now() - sentAt);
    }
    expect(Math.max(...delays)).toBeLessThan(1_000);
  });

  test('without Redis, within an instance at once', async () => {
    const alone = await start();
    const attempt = await startWhatsAppLogin(alone.graphqlUrl);
    const { all } = await watchFromNow(alone, attempt);
    const sentAt = performance.now();
    await deliverWebhook(alone.url, incomingText(attempt.loginMessage, somePhone()));
    expect(await all).toEqual(['PENDING', 'COMPLETED']);
    expect(performance.now() - sentAt).toBeLessThan(1_000);
  });

  test('without Redis, to another instance by re-reading', async () => {
    const [here, there] = await Promise.all([start(), start()]);
    const attempt = await startWhatsAppLogin(here.graphqlUrl);
    const { all } = await watchFromNow(there, attempt);
    const sentAt = performance.now();
    await deliverWebhook(here.url, incomingText(attempt.loginMessage, somePhone()));
    expect(await all).toEqual(['PENDING', 'COMPLETED']);
    expect(performance.now() - sentAt).toBeLessThan(4_000);
  });

  test('to everybody who watches: two sockets, two instances and a stream of events', async () => {
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

describe('every change, and the end', () => {
  test('a login that is confirmed: PENDING, CONFIRMING with its number, COMPLETED', async () => {
    const strict = await startLinked({ WHATSAPP_CONFIRMATION: 'always' });
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

  test('a NO by WhatsApp: CANCELED', async () => {
    const strict = await startLinked({ WHATSAPP_CONFIRMATION: 'always' });
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

  test('the client gives up: CANCELED', async () => {
    const attempt = await startWhatsAppLogin(one.graphqlUrl);
    const { all } = await watchFromNow(other, attempt);
    await cancelLogin(one.graphqlUrl, attempt);
    expect(await all).toEqual(['PENDING', 'CANCELED']);
  });

  test('a stranger where sign-up is closed: FAILED, with the reason', async () => {
    const closed = await startLinked({ SIGN_UP: 'closed' });
    const attempt = await startWhatsAppLogin(closed.graphqlUrl);
    const states = watchLogin(connect(other), attempt);
    await states.next();
    await deliverWebhook(closed.url, incomingText(attempt.loginMessage, somePhone()));
    expect((await states.next()).value).toMatchObject({ status: 'FAILED', failureReason: 'USER_NOT_FOUND' });
    expect((await states.next()).done).toBe(true);
  });

  test('a right code: CLAIMED', async () => {
    const attempt = await openCode();
    const { all } = await watchFromNow(other, attempt);
    expect(await verifyOtp(one.graphqlUrl, attempt)).toMatchObject({ __typename: 'Session' });
    expect(await all).toEqual(['PENDING', 'CLAIMED']);
  });

  test('five wrong codes: FAILED', async () => {
    const attempt = await openCode();
    const { all } = await watchFromNow(other, attempt);
    for (let guess = 0; guess < 5; guess += 1)
      await verifyOtp(one.graphqlUrl, { ...attempt, code: wrongCode(attempt.code) });
    expect(await all).toEqual(['PENDING', 'FAILED']);
  });

  test('whoever comes after the end is told how it ended, and no more', async () => {
    const completed = await startWhatsAppLogin(one.graphqlUrl);
    await deliverWebhook(one.url, incomingText(completed.loginMessage, somePhone()));
    expect(await watchToTheEnd(connect(other), completed)).toEqual(['COMPLETED']);
    await claimLogin(one.graphqlUrl, completed);
    expect(await watchToTheEnd(connect(other), completed)).toEqual(['CLAIMED']);

    const canceled = await startWhatsAppLogin(one.graphqlUrl);
    await cancelLogin(one.graphqlUrl, canceled);
    expect(await watchToTheEnd(connect(other), canceled)).toEqual(['CANCELED']);
  });

  test('time runs out: EXPIRED at that moment, for WhatsApp and for codes', async () => {
    const brief = await startLinked({ WHATSAPP_LOGIN_TTL_SECONDS: '1', OTP_TTL_SECONDS: '1' });
    const lateness = await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        const attempt =
          index % 2 === 0
            ? await startWhatsAppLogin(brief.graphqlUrl)
            : await requestOtp(brief.graphqlUrl, { phone: somePhone() });
        expect(await watchToTheEnd(connect(brief), attempt)).toEqual(['PENDING', 'EXPIRED']);
        return Date.now() - Date.parse(attempt.expiresAt);
      }),
    );
    const [median, last] = [lateness.toSorted((a, b) => a - b)[5] as number, Math.max(...lateness)];
    expect(Math.min(...lateness)).toBeGreaterThanOrEqual(0);
    expect(median).toBeLessThan(400);
    expect(last).toBeLessThan(1_500);
  });

  test('an attempt that is prolonged by its message is not called expired at its old time', async () => {
    const brief = await startLinked({ WHATSAPP_LOGIN_TTL_SECONDS: '1', WHATSAPP_CONFIRMATION: 'always' });
    const attempt = await startWhatsAppLogin(brief.graphqlUrl);
    const phone = somePhone();
    const states = watchLogin(connect(brief), attempt);
    await states.next();
    await deliverWebhook(brief.url, incomingText(attempt.loginMessage, phone));
    const { value: confirming } = await states.next();
    await sleep(1_500);
    await deliverWebhook(brief.url, incomingText(confirming?.confirmationNumber ?? '', phone));
    expect((await states.next()).value?.status).toBe('COMPLETED');
  });
});

describe('the secret', () => {
  const notFound = { errors: [{ extensions: { code: 'ATTEMPT_NOT_FOUND' } }] };

  /** What is told, over WebSocket and as a stream of events, to somebody who shows this. */
  async function told(attempt: Attempt): Promise<unknown[]> {
    const { socket, send, until } = await openFrames(other.socketUrl);
    send(subscribeTo(attempt));
    const [overSocket] = await until(({ type }) => type === 'next' || type === 'error');
    socket.close();
    const stream = watchBySse(other.graphqlUrl, attempt);
    const overSse = (await stream.next()).value?.data;
    await stream.return(undefined);
    return [overSocket?.type === 'error' ? { errors: overSocket.payload } : overSocket?.payload, overSse];
  }

  test('without the right one nothing is seen: a wrong one, an empty one, that of another attempt', async () => {
    const [attempt, another] = await Promise.all([
      startWhatsAppLogin(one.graphqlUrl),
      startWhatsAppLogin(one.graphqlUrl),
    ]);
    for (const secret of ['wrong', '', another.secret, `${attempt.secret}=`]) {
      for (const answer of await told({ attemptId: attempt.attemptId, secret })) expect(answer).toMatchObject(notFound);
      expect(await readAttempt(other.graphqlUrl, { attemptId: attempt.attemptId, secret })).toBeNull();
    }
  });

  test('attempts that do not exist look the same', async () => {
    const { secret } = await startWhatsAppLogin(one.graphqlUrl);
    for (const attemptId of ['00000000-0000-7000-8000-000000000000', 'no-uuid', '']) {
      for (const answer of await told({ attemptId, secret })) expect(answer).toMatchObject(notFound);
    }
  });

  test('a wrong one beside the right one, at the same moment, still sees nothing', async () => {
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
  'a thousand logins that complete while the browser is still connecting: none is lost',
  { timeout: 120_000 },
  async () => {
    const [batches, sockets, perSocket] = [5, 25, 8];
    const slowest: number[] = [];
    for (let batch = 0; batch < batches; batch += 1) {
      const shared = Array.from({ length: sockets }, () => connect(other));
      const told = await Promise.all(
        Array.from({ length: sockets * perSocket }, async (_, index) => {
          const attempt = await startWhatsAppLogin(one.graphqlUrl);
          const begunAt = performance.now();
          const [status, seen] = await Promise.all([
            sleep(Math.random() * 30).then(() =>
              deliverWebhook(one.url, incomingText(attempt.loginMessage, somePhone())),
            ),
            sleep(Math.random() * 30).then(() => watchToTheEnd(shared[index % sockets] as Client, attempt)),
          ]);
          expect(status).toBe(200);
          return { seen, elapsed: performance.now() - begunAt };
        }),
      );
      for (const { seen } of told) expect(['COMPLETED', 'PENDING,COMPLETED']).toContain(seen.join(','));
      slowest.push(Math.max(...told.map(({ elapsed }) => elapsed)));
      for (const client of shared) await client.dispose();
    }
    expect(Math.max(...slowest)).toBeLessThan(10_000); // the wake-ups told them, not the re-reading after 15 s
  },
);

test('a client that asks and asks and never reads is cut off, and nothing is kept for it', async () => {
  const attempt = await startWhatsAppLogin(other.graphqlUrl);
  const before = other.waiting();
  const { socket, send, until } = await openFrames(other.socketUrl);
  send(subscribeTo(attempt));
  await until(({ type }) => type === 'next');

  socket.pause();
  const ballast = 'x'.repeat(60_000);
  for (let ping = 0; ping < 400; ping += 1) send({ type: 'ping', payload: { ballast } });
  await expect.poll(() => other.waiting(), { timeout: 5_000 }).toEqual(before);
  socket.terminate();
});
