import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startWhatsAppLogin } from '../support/calls.js';
import { type Frame, type FrameSocket, WATCH_ATTEMPT, openFrames } from '../support/frames.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';

/** JSON that takes more than twenty times its size in memory. */
const values = (bytes: number) => Array.from({ length: bytes / 3 }, () => ({}));
const COUNT = 40;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let database: TestDatabase;
let gateway: TestGateway;
let sockets: FrameSocket[] = [];
let streams: ClientRequest[] = [];
beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url, TRUSTED_PROXY_HOPS: '1' });
});
afterEach(() => {
  for (const { socket } of sockets) socket.terminate();
  for (const stream of streams) stream.destroy();
  sockets = [];
  streams = [];
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

async function open(ip: string, init: Frame & Record<string, unknown>): Promise<FrameSocket> {
  const frames = await openFrames(gateway.socketUrl, { init: false, headers: { 'x-forwarded-for': ip } });
  sockets.push(frames);
  frames.send(init);
  await frames.until(({ type }) => type === 'connection_ack');
  return frames;
}

/**
 * The heap that each of many clients costs, in KB, with the client's own side, because client and gateway share the
 * process. The first ones are not counted, so that everything is loaded and compiled before.
 */
async function heapOfEach(client: (ip: string) => Promise<unknown>): Promise<number> {
  const used = () => {
    collectGarbage();
    return process.memoryUsage().heapUsed / 1024;
  };
  for (let index = 0; index < 10; index += 1) await client(`203.0.113.${index}`);
  const before = used();
  for (let index = 0; index < COUNT; index += 1) await client(`198.51.100.${index}`);
  return (used() - before) / COUNT;
}

/** A body outside of the heap, because the client of the test keeps it as long as its stream is open. */
const bodyOf = (value: object): Buffer => Buffer.from(JSON.stringify(value));

/** Opens an event stream that watches an attempt, and waits for its first event. */
async function stream(ip: string, send: { method: 'GET' | 'POST'; path?: string; body?: Buffer }): Promise<void> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(`${gateway.graphqlUrl}${send.path ?? ''}`, {
      method: send.method,
      headers: { accept: 'text/event-stream', 'content-type': 'application/json', 'x-forwarded-for': ip },
    });
    streams.push(sent);
    sent.on('error', reject).once('response', resolve).end(send.body);
  });
  await new Promise<void>((resolve, reject) => {
    let text = '';
    response.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      if (text.includes('"status":"PENDING"')) resolve();
      else if (text.includes('errors')) reject(new Error(text));
    });
  });
}

async function variables(bytes: number) {
  const { attemptId, secret } = await startWhatsAppLogin(gateway.graphqlUrl);
  return { attemptId, secret, more: values(bytes) };
}

test('a socket does not keep its `connection_init`', async () => {
  const more = values(4_000);
  expect(await heapOfEach((ip) => open(ip, { type: 'connection_init', payload: { more }, more }))).toBeLessThan(50);
});

test('an operation over a socket does not keep variables, extensions and fields that it does not need', async () => {
  const more = values(1_500);
  const watch = async (ip: string) => {
    const { send, until } = await open(ip, { type: 'connection_init' });
    const payload = { query: WATCH_ATTEMPT, variables: await variables(1_500), extensions: { more }, more };
    send({ type: 'subscribe', id: '1', payload, more } as Frame);
    await until(({ type }) => type === 'next');
  };
  expect(await heapOfEach(watch)).toBeLessThan(90);
});

test('an operation over a socket does not keep the comments and the other operations of its document', async () => {
  let sent = 0;
  const watch = async (ip: string) => {
    const { send, until } = await open(ip, { type: 'connection_init' });
    const others = `query Other${sent++} { ${'me { id } '.repeat(25)} }`;
    const query = `${WATCH_ATTEMPT.replace('subscription', 'subscription Watch')} ${others} ${'#\n'.repeat(2_500)}`;
    send({ type: 'subscribe', id: '1', payload: { query, operationName: 'Watch', variables: await variables(3) } });
    await until(({ type }) => type === 'next');
  };
  expect(await heapOfEach(watch)).toBeLessThan(150);
});

test('an event stream does not keep the variables and extensions of a POST that it does not need', async () => {
  const watch = async (ip: string) =>
    stream(ip, {
      method: 'POST',
      body: bodyOf({
        query: WATCH_ATTEMPT,
        variables: await variables(30_000),
        extensions: { more: values(30_000) },
      }),
    });
  expect(await heapOfEach(watch)).toBeLessThan(400);
});

test('an event stream does not keep the comments, the other operations and the rest of the body of a POST', async () => {
  let sent = 0;
  const watch = async (ip: string) => {
    const others = `query Other${sent++} { ${'me { id } '.repeat(25)} }`;
    const query = `${WATCH_ATTEMPT.replace('subscription', 'subscription Watch')} ${others} ${'#\n'.repeat(8_000)}`;
    const body = { query, operationName: 'Watch', variables: await variables(3), more: 'x'.repeat(30_000) };
    await stream(ip, { method: 'POST', body: bodyOf(body) });
  };
  expect(await heapOfEach(watch)).toBeLessThan(150);
});

test('an event stream takes no more for a POST of 60 KB than for a small one', async () => {
  const watchWith = (bytes: number) => async (ip: string) => {
    const { attemptId, secret } = await startWhatsAppLogin(gateway.graphqlUrl);
    const body = { query: WATCH_ATTEMPT, variables: { attemptId, secret, more: 'x'.repeat(bytes) } };
    await stream(ip, { method: 'POST', body: bodyOf(body) });
  };
  const small = await heapOfEach(watchWith(0));
  expect((await heapOfEach(watchWith(60_000))) - small).toBeLessThan(20);
});

test('a POST that waits for the database keeps only what its operation needs', async () => {
  const { attemptId, secret } = await startWhatsAppLogin(gateway.graphqlUrl);
  const query =
    'query ($attemptId: ID!, $secret: String!) { loginAttempt(attemptId: $attemptId, secret: $secret) { status } }';
  const locking = new pg.Client({ connectionString: database.url });
  await locking.connect();
  await locking.query('BEGIN; LOCK TABLE login_attempts IN ACCESS EXCLUSIVE MODE');
  const post = async (ip: string) => {
    const sent = request(gateway.graphqlUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': ip },
    });
    streams.push(sent);
    sent.on('error', () => {}).end(bodyOf({ query, variables: { attemptId, secret, more: 'x'.repeat(60_000) } }));
    await once(sent, 'finish');
    await setTimeout(20); // the gateway reads it
  };
  try {
    expect(await heapOfEach(post)).toBeLessThan(40);
  } finally {
    await locking.end();
  }
});

test('an event stream does not keep the variables of a GET that it does not need', async () => {
  const watch = async (ip: string) => {
    const search = `query=${encodeURIComponent(WATCH_ATTEMPT)}&variables=${JSON.stringify(await variables(12_000))}`;
    await stream(ip, { method: 'GET', path: `?${search}` });
  };
  expect(await heapOfEach(watch)).toBeLessThan(200);
});
