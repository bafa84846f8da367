import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  type Result,
  cancelLogin,
  deliverWebhook,
  incomingText,
  requestOtp,
  somePhone,
  startWhatsAppLogin,
  verifyOtp,
} from '../support/calls.js';
import { type FrameSocket, openFrames, subscribeTo } from '../support/frames.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { logged } from '../support/logged.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { watchBySse } from '../support/sse.js';
import { connectSocket, watchToTheEnd } from '../support/watch.js';

let database: TestDatabase;
let redis: RedisServer;
let admin: Redis;
let gateway: TestGateway;

beforeAll(async () => {
  [database, redis] = await Promise.all([createDatabase(), startRedis()]);
  admin = new Redis(redis.url);
  gateway = await startGateway({ DATABASE_URL: database.url, REDIS_URL: redis.url });
  await logged(gateway, 'redis.connected');
});
afterAll(async () => {
  await gateway.stop();
  admin.disconnect();
  await redis.stop();
  await database.drop();
});

/**
 * The resources that the gateway and Redis hold for clients. Two channels belong to the gateway itself: the
 * revocations and the heartbeats.
 */
const held = async () => ({ ...gateway.waiting(), channels: (await admin.pubsub('CHANNELS')).length - 2 });
const NOTHING = { sockets: 0, topics: 0, deadlines: 0, channels: 0 };

/** Waits until these resources are held: they must exist before the test can check that they are released. */
const untilHeld = (expected: object) =>
  vi.waitFor(async () => expect(await held()).toMatchObject(expected), { timeout: 10_000, interval: 10 });

/** Waits until no resources are held, and checks that it stays so. */
async function nothingIsLeft(): Promise<void> {
  await untilHeld(NOTHING);
  await sleep(100);
  expect(await held()).toEqual(NOTHING);
}

const start = () => startWhatsAppLogin(gateway.graphqlUrl);
const isNext = ({ type }: { type: string }) => type === 'next';

const departures: { name: string; leave: (frames: FrameSocket) => void }[] = [
  { name: 'closes its socket', leave: ({ socket }) => socket.close(1000) },
  { name: 'is cut off', leave: ({ socket }) => socket.terminate() },
  {
    name: 'dies with its machine',
    leave: ({ socket }) => (socket as unknown as { _socket: import('node:net').Socket })._socket.resetAndDestroy(),
  },
];
const moments: { name: string; reach: (attempt: Result) => Promise<FrameSocket> }[] = [
  { name: 'before its first message', reach: () => openFrames(gateway.socketUrl, { init: false }) },
  {
    name: 'before it is acknowledged',
    async reach() {
      const frames = await openFrames(gateway.socketUrl, { init: false });
      frames.send({ type: 'connection_init' });
      return frames;
    },
  },
  { name: 'before it subscribes', reach: () => openFrames(gateway.socketUrl) },
  {
    name: 'before the first event',
    async reach(attempt) {
      const frames = await openFrames(gateway.socketUrl);
      frames.send(subscribeTo(attempt));
      return frames;
    },
  },
  {
    name: 'a moment after it subscribed',
    async reach(attempt) {
      const frames = await openFrames(gateway.socketUrl);
      frames.send(subscribeTo(attempt));
      await sleep(Math.random() * 5);
      return frames;
    },
  },
  {
    name: 'while it watches',
    async reach(attempt) {
      const frames = await openFrames(gateway.socketUrl);
      frames.send(subscribeTo(attempt));
      await frames.until(isNext);
      await untilHeld({ sockets: 1, topics: 1, deadlines: 1, channels: 1 });
      return frames;
    },
  },
  {
    name: 'while it watches ten attempts',
    async reach() {
      const frames = await openFrames(gateway.socketUrl);
      const attempts = await Promise.all(Array.from({ length: 10 }, start));
      attempts.forEach((attempt, index) => frames.send(subscribeTo(attempt, `${index}`)));
      await frames.until(isNext, 10);
      await untilHeld({ sockets: 1, topics: 10, deadlines: 10, channels: 10 });
      return frames;
    },
  },
];

describe.each(departures)('a client that $name', ({ leave }) => {
  test.each(moments)('$name leaves nothing', async ({ reach }) => {
    for (let round = 0; round < 3; round += 1) {
      leave(await reach(await start()));
      await untilHeld(NOTHING);
    }
    await nothingIsLeft();
  });
});

describe('a client that unsubscribes', () => {
  let frames: FrameSocket;
  afterEach(async () => {
    frames.socket.close();
    await nothingIsLeft();
  });

  const onlyTheSocket = { ...NOTHING, sockets: 1 };

  test('while it watches leaves only its socket', async () => {
    frames = await openFrames(gateway.socketUrl);
    frames.send(subscribeTo(await start()));
    await frames.until(isNext);
    frames.send({ type: 'complete', id: '1' });
    await untilHeld(onlyTheSocket);
  });

  test('before the first event leaves only its socket', async () => {
    frames = await openFrames(gateway.socketUrl);
    const attempts = await Promise.all(Array.from({ length: 5 }, start));
    attempts.forEach((attempt, index) => {
      frames.send(subscribeTo(attempt, `${index}`));
      frames.send({ type: 'complete', id: `${index}` });
    });
    await sleep(100);
    await untilHeld(onlyTheSocket);
    expect(frames.received.map(({ type }) => type)).toEqual(['connection_ack']);
  });
});

describe('an event stream', () => {
  test('that is aborted while it watches leaves nothing', async () => {
    for (let round = 0; round < 3; round += 1) {
      const abort = new AbortController();
      const stream = watchBySse(gateway.graphqlUrl, await start(), abort.signal);
      expect((await stream.next()).value?.data.data?.loginAttemptStatus.status).toBe('PENDING');
      await untilHeld({ topics: 1, deadlines: 1, channels: 1 });
      abort.abort();
      await expect(stream.next()).rejects.toThrow(/abort/i);
      await untilHeld(NOTHING);
    }
    await nothingIsLeft();
  });

  test('that is aborted before its first event leaves nothing', async () => {
    for (let round = 0; round < 10; round += 1) {
      const abort = new AbortController();
      const first = watchBySse(gateway.graphqlUrl, await start(), abort.signal).next();
      first.catch(() => {});
      await sleep(round * 2);
      abort.abort();
    }
    await nothingIsLeft();
  });
});

describe('the end', () => {
  test('of a login leaves only the socket', async () => {
    const client = connectSocket(gateway.socketUrl, { lazy: false });
    const attempts = await Promise.all(Array.from({ length: 6 }, start));
    const seen = Promise.all(attempts.map((attempt) => watchToTheEnd(client, attempt)));
    await untilHeld({ topics: 6, deadlines: 6, channels: 6 });
    await Promise.all(
      attempts.map((attempt, index) =>
        index % 2 === 0
          ? cancelLogin(gateway.graphqlUrl, attempt)
          : deliverWebhook(gateway.url, incomingText(attempt.loginMessage, somePhone())),
      ),
    );
    await seen;
    await untilHeld({ ...NOTHING, sockets: 1 });
    await client.dispose();
    await nothingIsLeft();
  });

  test('of an event stream leaves nothing', async () => {
    const attempt = await requestOtp(gateway.graphqlUrl, { phone: somePhone() });
    const stream = watchBySse(gateway.graphqlUrl, attempt);
    await stream.next();
    await verifyOtp(gateway.graphqlUrl, { ...attempt, code: gateway.codeOf(attempt.attemptId) });
    const rest: (string | undefined)[] = [];
    for await (const { data } of stream) rest.push(data.data?.loginAttemptStatus.status);
    expect(rest).toEqual(['CLAIMED']);
    await nothingIsLeft();
  });

  test('of a refused subscription leaves nothing', async () => {
    const frames = await openFrames(gateway.socketUrl);
    frames.send(subscribeTo({ ...(await start()), secret: 'wrong' }));
    frames.send({ type: 'subscribe', id: '2', payload: { query: 'subscription {' } });
    await frames.until(({ type }) => type === 'complete' || type === 'error', 2);
    await untilHeld({ ...NOTHING, sockets: 1 });
    frames.socket.close();
    await nothingIsLeft();
  });

  test('of one of two watchers of the same attempt does not affect the other', async () => {
    const attempt = await start();
    const [one, other] = await Promise.all([openFrames(gateway.socketUrl), openFrames(gateway.socketUrl)]);
    for (const frames of [one, other]) {
      frames.send(subscribeTo(attempt));
      await frames.until(isNext);
    }
    one.socket.terminate();
    await untilHeld({ sockets: 1, topics: 1, deadlines: 1, channels: 1 });
    await cancelLogin(gateway.graphqlUrl, attempt);
    await other.until(isNext, 2);
    other.socket.close();
    await nothingIsLeft();
  });
});

// The last test, because the other tests would find its remains.
test('a client that uses the same subscription ID again and again leaves nothing when it disconnects', async () => {
  const frames = await openFrames(gateway.socketUrl);
  const attempts = await Promise.all(Array.from({ length: 6 }, start));
  for (const attempt of attempts) {
    frames.send({ type: 'complete', id: 'again' });
    frames.send(subscribeTo(attempt, 'again'));
  }
  await frames.until(isNext);
  frames.socket.close();
  await nothingIsLeft();
});
