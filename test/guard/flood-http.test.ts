import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { type Socket, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type AttackedGateway, expectUndisturbed, startAttacked } from '../support/attacked-gateway.js';
import { PROJECT } from '../support/process.js';

let behindProxy: AttackedGateway;
let direct: AttackedGateway;
let sockets: Socket[] = [];

beforeAll(async () => {
  [behindProxy, direct] = await Promise.all([startAttacked(), startAttacked({ isDirect: true })]);
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
});
afterAll(async () => {
  await behindProxy.stop();
  await direct.stop();
});

function open(gateway: AttackedGateway, localAddress = '127.0.0.1'): Socket {
  const socket = connect({ port: gateway.port, host: '127.0.0.1', localAddress });
  socket.on('error', () => {});
  sockets.push(socket);
  return socket;
}

const closed = () => sockets.filter((socket) => socket.closed).length;

function head(line: string, { ip = '203.0.113.9', more = '' } = {}): string {
  return `${line} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: ${ip}\r\n${more}\r\n`;
}

/** Repeats an attack on many connections until `end` is called. */
function attack(count: number, once: (index: number) => Promise<unknown>): { end(): Promise<void> } {
  const over = new AbortController();
  const running = Promise.all(
    Array.from({ length: count }, async (_, index) => {
      while (!over.signal.aborted) {
        await once(index);
        await sleep(1);
      }
    }),
  );
  return {
    async end() {
      over.abort();
      for (const socket of sockets) socket.destroy();
      await running;
    },
  };
}

describe('new documents from one network', () => {
  let sent = 0;
  function post(query: string): Promise<number> {
    const body = JSON.stringify({ query: `${query} #${sent++}` });
    const headers = {
      'content-type': 'application/json',
      'content-length': body.length,
      'x-forwarded-for': '203.0.113.50',
    };
    return new Promise((resolve) => {
      const posted = request({ port: behindProxy.port, host: '127.0.0.1', path: '/graphql', method: 'POST', headers });
      posted.once('error', () => resolve(0));
      posted.once('response', (response) => {
        response.resume().once('end', () => resolve(response.statusCode ?? 0));
      });
      posted.end(body);
    });
  }

  test.each([
    ['with many equal fields', `{ ${'me{id} '.repeat(240)} }`],
    ['with as many equal fields as are allowed', `{ ${'me{id name} '.repeat(25)} }`],
    ['with many fragments', `{ ${'...F '.repeat(25)} } fragment F on Query { ${'me{id name} '.repeat(2)} }`],
  ])('do not delay others: %s', async (_, query) => {
    const quiet = await behindProxy.honestMs();
    const flood = attack(20, () => post(query));
    await sleep(300);
    const during = await behindProxy.honestMs();
    await flood.end();
    expectUndisturbed({ quiet, during });
  });

  test('are refused when the network has used up its CPU time, and documents that are known are not', async () => {
    const known = '{ __typename }';
    const constant = (ip = '203.0.113.50') =>
      fetch(behindProxy.graphqlUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': ip },
        body: JSON.stringify({ query: known }),
      });
    expect((await constant('198.51.100.250')).status).toBe(200);
    let refused = 0;
    const flood = attack(10, async () => {
      if ((await post(`{ ${'me{id name} '.repeat(25)} }`)) === 429) refused += 1;
    });
    await vi.waitFor(() => expect(refused).toBeGreaterThan(5), 10_000);
    expect((await constant()).status).toBe(200);
    await flood.end();
  });
});

describe('a connection that sends many requests and reads no answer', () => {
  const asset = () => readdirSync(`${PROJECT}/dist/web/pages/assets`).find((name) => name.endsWith('.js')) as string;

  test.each([
    ['a file', () => `GET /assets/${asset()}`],
    ['nothing', () => 'GET /nothing'],
  ])('that ask for %s does not delay others, and costs little memory', async (_, line) => {
    const quiet = await behindProxy.honestMs();
    const before = behindProxy.residentMb();
    let peak = before;
    const requests = head(line()).repeat(1_000);
    const flood = attack(20, async (index) => {
      const socket = open(behindProxy);
      socket.pause();
      socket.write(requests.replaceAll('203.0.113.9', `203.0.113.${index}`));
      peak = Math.max(peak, behindProxy.residentMb());
      for (let waited = 0; waited < 50 && !socket.closed; waited += 1) await sleep(20);
    });
    await sleep(300);
    const during = await behindProxy.honestMs();
    await flood.end();
    expectUndisturbed({ quiet, during });
    expect(peak - before).toBeLessThan(150);
  });

  test('is closed when it reads nothing of one answer for ten seconds', async () => {
    const socket = open(behindProxy);
    socket.pause();
    // A few at a time, until the answers fill what the operating system buffers.
    const requests = head(`GET /assets/${asset()}`).repeat(8);
    const writing = setInterval(() => socket.write(requests), 20);
    const startedAt = performance.now();
    // A paused socket sees the end only when it writes.
    await vi.waitFor(() => expect(socket.closed || socket.destroyed).toBe(true), { timeout: 30_000, interval: 100 });
    clearInterval(writing);
    expect(performance.now() - startedAt).toBeGreaterThan(500);
  });

  test('gets the answers of a few requests in their order', async () => {
    const socket = open(behindProxy);
    let text = '';
    socket.setEncoding('utf8').on('data', (more: string) => (text += more));
    socket.write(head('GET /health/live') + head('GET /nothing') + head('GET /.well-known/jwks.json'));
    await vi.waitFor(() => expect(text.match(/HTTP\/1\.1 (\d+)/g)).toHaveLength(3), 5_000);
    expect(text.match(/HTTP\/1\.1 (\d+)/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 404', 'HTTP/1.1 200']);
  });
});

describe('a body in pieces of one byte', () => {
  const start = (ip: string, path = '/graphql') =>
    head(`POST ${path}`, { ip, more: 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n' });
  const pieces = Buffer.from('1\r\na\r\n'.repeat(10_000));

  test('without end does not delay others', async () => {
    const quiet = await behindProxy.honestMs();
    const flood = attack(20, async (index) => {
      const socket = open(behindProxy);
      socket.write(start(`203.0.113.${index}`));
      while (!socket.closed) {
        if (socket.writableLength < 100_000) socket.write(pieces);
        await sleep(1);
      }
    });
    await sleep(300);
    const during = await behindProxy.honestMs();
    await flood.end();
    expectUndisturbed({ quiet, during });
  });

  test('that never ends costs little memory on many connections', async () => {
    await behindProxy.honestMs();
    const before = behindProxy.residentMb();
    let peak = before;
    for (let index = 0; index < 100; index += 1) {
      const socket = open(behindProxy);
      socket.write(start(`203.0.113.${index}`));
      socket.write('1\r\na\r\n'.repeat(60_000));
    }
    for (let waited = 0; waited < 20; waited += 1) {
      await sleep(100);
      peak = Math.max(peak, behindProxy.residentMb());
    }
    expect(peak - before).toBeLessThan(150);
  });

  test('of which one network opens more than 100 is refused', async () => {
    const statuses: number[] = [];
    for (let index = 0; index < 110; index += 1) {
      const socket = open(behindProxy);
      socket.write(`${start('203.0.113.77')}1\r\n`);
      socket.once('data', (data: Buffer) => statuses.push(Number(/^HTTP\/1\.1 (\d+)/.exec(String(data))?.[1])));
    }
    await vi.waitFor(() => expect(statuses).toEqual(Array.from({ length: 10 }, () => 429)), 5_000);
    await expect.poll(() => behindProxy.refusals('requests', '203.0.113.77'), { timeout: 5_000 }).toBe(10);
  });

  test('that goes on after the answer is not read for long', async () => {
    const socket = open(behindProxy);
    socket.resume();
    socket.write(head('POST /nothing', { more: 'Transfer-Encoding: chunked\r\n' }));
    const writing = setInterval(() => socket.write('4\r\naaaa\r\n'), 50);
    await vi.waitFor(() => expect(socket.closed).toBe(true), 10_000);
    clearInterval(writing);
  });
});

describe('requests that no route serves', () => {
  test('from one network do not delay others, and are refused late', async () => {
    const quiet = await behindProxy.honestMs();
    const statuses = new Map<string, number>();
    const flood = attack(200, async () => {
      const socket = open(behindProxy);
      const answers = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      socket.on('data', (data: Buffer) => {
        for (const [, status] of String(data).matchAll(/HTTP\/1\.1 (\d+)/g)) {
          statuses.set(status as string, (statuses.get(status as string) ?? 0) + 1);
          socket.write(head('GET /nothing'));
        }
      });
      socket.write(head('GET /nothing'));
      await answers;
    });
    await vi.waitFor(() => expect(statuses.get('429') ?? 0).toBeGreaterThan(50), 20_000);
    const during = await behindProxy.honestMs();
    await flood.end();
    expectUndisturbed({ quiet, during });
  });
});

describe('connections that one network opens', () => {
  test('and never uses are limited to 500, without a proxy, and others still connect', async () => {
    const opened = Array.from({ length: 600 }, () => open(direct, '127.0.0.66'));
    await vi.waitFor(() => expect(closed()).toBe(100), 10_000);
    expect(opened.filter((socket) => socket.closed)).toHaveLength(100);
    await direct.honestMs(5);
    expect(direct.logged('http.connection_refused')).toBe(1);
    await expect.poll(() => direct.refusals('connections', '127.0.0.66'), { timeout: 5_000 }).toBe(100);
  });

  test('from a proxy are not limited', async () => {
    Array.from({ length: 600 }, () => open(behindProxy));
    await sleep(500);
    expect(closed()).toBe(0);
  });

  test('to send as fast as they can do not delay others', async () => {
    const quiet = await direct.honestMs();
    const requests = head('GET /nothing');
    const flood = attack(200, async () => {
      const socket = open(direct, '127.0.0.67');
      socket.on('data', () => socket.write(requests));
      socket.write(requests);
      for (let waited = 0; waited < 50 && !socket.closed; waited += 1) await sleep(100);
    });
    await sleep(3_000);
    const during = await direct.honestMs();
    await flood.end();
    expectUndisturbed({ quiet, during });
  });
});
