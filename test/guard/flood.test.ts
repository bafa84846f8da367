import { connect } from 'node:net';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import {
  PING_FRAME,
  PING_MESSAGE,
  PONG_FRAME,
  type HostileSocket,
  clientFrame,
  openHostile,
  upgradeRequest,
} from '../support/hostile.js';
import { WATCH_ATTEMPT } from '../support/frames.js';
import { startWhatsAppLogin } from '../support/calls.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import { type Addresses, type GatewayProcess, cleanUpProcesses, makeFolder, spawnGateway } from '../support/process.js';

let database: TestDatabase;
let gateway: GatewayProcess;
let addresses: Addresses;
let hostile: HostileSocket[] = [];

beforeAll(async () => {
  database = await createDatabase();
  gateway = spawnGateway(makeFolder(), {
    env: {
      DATABASE_URL: database.url,
      TRUSTED_PROXY_HOPS: '1',
      ALLOW_UNSAFE_DEVELOPMENT: 'on',
      GREEN_API_ID_INSTANCE: '1101000001',
    },
  });
  addresses = await gateway.ready();
});
afterEach(() => {
  for (const { socket } of hostile) socket.destroy();
  hostile = [];
});
afterAll(async () => {
  await cleanUpProcesses();
  await database.drop();
});

const port = () => Number(new URL(addresses.url).port);
/** The code of the close frame that a server sent (RFC 6455, 5.5.1); undefined if it sent none. */
function closeCodeIn(received: Buffer): number | undefined {
  for (let at = 0; at + 4 <= received.length;) {
    const length = (received[at + 1] as number) & 0x7f;
    if (received[at] === 0x88) return received.readUInt16BE(at + 2);
    at += 2 + length;
  }
  return undefined;
}

async function open(ip: string, reads = false): Promise<HostileSocket> {
  const socket = await openHostile({ port: port(), ip, reads });
  hostile.push(socket);
  return socket;
}
const residentMb = () =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${gateway.pid}/status`, 'utf8'))?.[1]) / 1024;

type Attempt = { attemptId: string; secret: string };

async function latency(ip: string): Promise<number> {
  const startedAt = performance.now();
  const response = await fetch(addresses.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': ip },
    body: JSON.stringify({ query: 'mutation { startWhatsAppLogin { __typename } }' }),
  });
  expect(await response.json()).toEqual({ data: { startWhatsAppLogin: { __typename: 'WhatsAppLogin' } } });
  return performance.now() - startedAt;
}
let honest = 0;
async function median(count = 25): Promise<number> {
  const took: number[] = [];
  for (let index = 0; index < count; index += 1) took.push(await latency(`198.51.100.${(honest++ % 200) + 1}`));
  return took.toSorted((one, other) => one - other)[count >> 1] as number;
}

test.each([
  ['messages that ask for a pong', PING_MESSAGE],
  ['pings of the WebSocket protocol', PING_FRAME],
])('twenty sockets that send %s and read nothing cost little memory, and are closed', async (_, frame) => {
  await median();
  const before = residentMb();
  await Promise.all(Array.from({ length: 20 }, () => open('203.0.113.7')));
  for (const socket of hostile) socket.send(6_000_000, frame);
  let peak = before;
  await vi.waitFor(() => {
    peak = Math.max(peak, residentMb());
    expect(hostile.filter(({ isClosed }) => !isClosed()).length).toBe(0);
  }, 20_000);
  expect(peak - before).toBeLessThan(100);
});

test.each([
  ['messages', PING_MESSAGE],
  ['empty frames', PONG_FRAME],
  [
    'subscriptions',
    clientFrame(
      JSON.stringify({
        id: '1',
        type: 'subscribe',
        payload: { query: '{ loginAttempt(attemptId: "x", secret: "x") { id status expiresAt delivery { status } } }' },
      }),
    ),
  ],
])('five sockets that send %s as fast as they can do not delay others', async (_, frame) => {
  const quiet = await median();
  const over = new AbortController();
  const flood = Array.from({ length: 5 }, async (_none, index) => {
    while (!over.signal.aborted) {
      const socket = await open(`203.0.113.${index}`, true);
      while (!over.signal.aborted && !socket.isClosed()) {
        if (socket.socket.writableLength < 1_000_000) socket.send(65_536, frame);
        await sleep(5);
      }
      socket.socket.destroy();
      await sleep(1);
    }
  });
  await sleep(200);
  const during = await median();
  over.abort();
  await Promise.all(flood);
  expect(during).toBeLessThan(10 * Math.max(quiet, 20));
});

test('a socket that sends pongs which nobody asked for is closed with 1008', async () => {
  const socket = await open('203.0.113.31', true);
  let received = Buffer.alloc(0);
  socket.socket.on('data', (data: Buffer) => (received = Buffer.concat([received, data])));
  // More in one read than may wait.
  socket.socket.write(Buffer.concat(Array.from({ length: 200 }, () => PONG_FRAME)));
  await vi.waitFor(() => expect(closeCodeIn(received)).toBe(1008), 5_000);
});

test('a message in more than 64 parts is refused with 1008', async () => {
  const socket = await open('203.0.113.32', true);
  let received = Buffer.alloc(0);
  socket.socket.on('data', (data: Buffer) => (received = Buffer.concat([received, data])));
  const first = Buffer.from([0x01, 0x80, 0, 0, 0, 0]);
  const next = Buffer.from([0x00, 0x80, 0, 0, 0, 0]);
  socket.socket.write(Buffer.concat([first, ...Array.from({ length: 70 }, () => next)]));
  await vi.waitFor(() => expect(closeCodeIn(received)).toBe(1008), 5_000);
});

test('a network that has used up its CPU time opens no new sockets and streams, and another network does', async () => {
  const ip = '203.0.113.33';
  const over = new AbortController();
  const flood = Promise.all(
    Array.from({ length: 5 }, async () => {
      while (!over.signal.aborted) {
        const { socket, send, isClosed } = await open(ip, true);
        if (!isClosed()) send(65_536, PONG_FRAME);
        await sleep(20);
        socket.destroy();
      }
    }),
  );
  const streamOf = (from: string) =>
    fetch(`${addresses.graphqlUrl}?query={__typename}`, { headers: { 'x-forwarded-for': from } });
  const soon = { timeout: 10_000, interval: 20 };
  await vi.waitFor(async () => expect((await open(ip)).status).toBe(429), soon);
  await vi.waitFor(async () => expect(await (await streamOf(ip)).text()).toContain('TOO_MANY_STREAMS'), soon);
  expect((await open('203.0.113.34')).status).toBe(101);
  expect((await streamOf('203.0.113.34')).status).toBe(200);
  over.abort();
  await flood;
});

test('streams that are opened by GET and by POST share one limit of 200', async () => {
  const end = new AbortController();
  const headers = { accept: 'text/event-stream', 'x-forwarded-for': '203.0.113.99' };
  const byGet = async (attempt: Attempt) => {
    const url = new URL(addresses.graphqlUrl);
    url.searchParams.set('query', WATCH_ATTEMPT);
    url.searchParams.set('variables', JSON.stringify(attempt));
    return fetch(url, { headers, signal: end.signal });
  };
  const byPost = (attempt: Attempt) =>
    fetch(addresses.graphqlUrl, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ query: WATCH_ATTEMPT, variables: attempt }),
      signal: end.signal,
    });
  /** The CPU time of a client is limited, too: on a slow machine it must open them more slowly. */
  const untilInTime = async (open: () => Promise<Response>) => {
    for (;;) {
      const response = await open();
      if (response.status !== 429 || !(await response.clone().text()).includes('too often')) return response;
      await sleep(100);
    }
  };
  // Kept, because fetch ends the stream of a response that is garbage.
  const responses: Response[] = [];
  for (let index = 0; index < 55; index += 1) {
    const { attemptId, secret } = await startWhatsAppLogin(addresses.graphqlUrl);
    const attempt = { attemptId, secret };
    const opening = [byGet, byPost, byGet, byPost].map((open) => untilInTime(() => open(attempt)));
    responses.push(...(await Promise.all(opening)));
  }
  const statuses = responses.map(({ status }) => status);
  end.abort();
  expect(statuses.filter((status) => status === 200)).toHaveLength(200);
  expect(statuses.filter((status) => status === 429)).toHaveLength(20);
});

test('sockets above the limit of a client get their refusal late, so a flood cannot try again at once', async () => {
  const ip = '203.0.113.40';
  const kept = await Promise.all(Array.from({ length: 200 }, () => open(ip)));
  expect(kept.filter(({ status }) => status === 101).length).toBe(200);
  const refused = Array.from({ length: 400 }, () => refusedSocket(ip));
  await sleep(1_000);
  const answered = refused.filter(({ status }) => status() === 429).length;
  expect(answered).toBeGreaterThan(20);
  expect(answered).toBeLessThan(250);
  expect((await open('203.0.113.41')).status).toBe(101);
  await vi.waitFor(() => expect(refused.filter(({ status }) => status() === 429).length).toBe(400), 12_000);
});

test('a client that sends more before its refusal is disconnected, and one that leaves is forgotten', async () => {
  const ip = '203.0.113.42';
  await Promise.all(Array.from({ length: 200 }, () => open(ip)));
  const refused = Array.from({ length: 300 }, () => refusedSocket(ip));
  await sleep(500);
  const waiting = refused.filter(({ status }) => status() === 0);
  expect(waiting.length).toBeGreaterThan(100);
  const [first, second] = waiting.slice(-2) as [(typeof waiting)[0], (typeof waiting)[0]];
  first.socket.write(Buffer.alloc(65_536));
  second.socket.end();
  await vi.waitFor(() => expect([first.isClosed(), second.isClosed()]).toEqual([true, true]), 1_000);
  expect([first.status(), second.status()]).toEqual([0, 0]);
  for (const { socket } of refused) socket.destroy();
});

/** Asks for an upgrade that the gateway refuses; its status is 0 until the answer. */
function refusedSocket(ip: string) {
  const socket = connect({ port: port(), host: '127.0.0.1', allowHalfOpen: true });
  let status = 0;
  let closed = false;
  socket.on('error', () => {});
  socket.once('close', () => (closed = true));
  socket.once('data', (data: Buffer) => (status = Number(/^HTTP\/1\.1 (\d+)/.exec(String(data))?.[1])));
  socket.once('end', () => (closed = true));
  socket.write(upgradeRequest({ port: port(), ip }));
  return { socket, status: () => status, isClosed: () => closed };
}

test('a client whose upgrade is refused cannot keep its connection open', async () => {
  const socket = connect({ port: port(), host: '127.0.0.1', allowHalfOpen: true });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => {});
  const head = ['Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket', '\r\n'].join('\r\n');
  socket.write(`GET /elsewhere HTTP/1.1\r\n${head}`);
  socket.resume();
  // The gateway has ended its side; a write shows the client that the connection is gone.
  const writing = setInterval(() => socket.write('x'), 20);
  await closed;
  clearInterval(writing);
});
