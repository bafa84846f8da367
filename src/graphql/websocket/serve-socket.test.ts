import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { buildSchema } from 'graphql';
import { createClient, handleProtocols } from 'graphql-ws';
import { expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createFairQueue } from '../../guard/floods/fair-queue.js';
import { createNetworkBudget } from '../../guard/floods/network-budget.js';
import type { Log } from '../../log.js';
import { createExecuteInTurn } from '../execute-in-turn.js';
import { type Connection, createProtocol } from './protocol.js';
import { serveSocket } from './serve-socket.js';

/** Serves WebSockets whose access tokens are admitted by `admit`. */
async function serve(admit: () => Promise<boolean>) {
  const budget = createNetworkBudget({ perSecond: 1e9, burst: 1e9, production: true });
  const lines: { event: string }[] = [];
  const write = (line: { event: string }) => void lines.push(line);
  const log = { debug: write, info: write, warn: write, error: write } as unknown as Log;
  const schema = buildSchema('type Query { answer: Int }');
  const documents = { prepare: () => [] } as never;
  const deps = { operations: budget, cpuTime: budget, fairQueue: createFairQueue(budget), log, onFlood: () => {} };
  const executeInTurn = createExecuteInTurn({ operations: budget, production: true });
  const protocol = createProtocol({ ...deps, executeInTurn, schema, documents });
  const context = { client: { ip: '203.0.113.7', locale: undefined } } as unknown as Connection['context'];
  const sockets = new WebSocketServer({ noServer: true, handleProtocols });
  const server = createServer().on('upgrade', (request, stream, head) =>
    sockets.handleUpgrade(request, stream, head, (socket) =>
      serveSocket(socket, { context, admit }, { ...deps, stream, protocol }),
    ),
  );
  server.listen(0, '127.0.0.1');
  onTestFinished(() => {
    for (const socket of sockets.clients) socket.terminate();
    server.close();
  });
  await once(server, 'listening');
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, lines, sockets };
}

const unreachable = () => Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });

// The client was closed with 4400, as if its message was wrong.
test.each([
  ['1013 while the database is unavailable', 1013, unreachable()],
  ['4500 for a bug of the gateway', 4500, new TypeError('x is not a function')],
])('a socket whose connection_init cannot be handled is closed with %s', async (_, code, error) => {
  const { url, lines } = await serve(() => Promise.reject(error));
  const socket = new WebSocket(url, 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send('{"type":"connection_init","payload":{"authorization":"Bearer token"}}');
  expect((await once(socket, 'close'))[0]).toBe(code);
  expect(lines).toMatchObject([{ event: 'websocket.message_failed', code, error }]);
});

test('a client of graphql-ws connects again by itself when the database is back', async () => {
  let isUp = false;
  const { url } = await serve(() => (isUp ? Promise.resolve(true) : Promise.reject(unreachable())));
  const closed = vi.fn<(event: unknown) => void>();
  const connected = vi.fn<() => void>();
  const client = createClient({
    url,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: 'Bearer token' },
    lazy: false,
    retryAttempts: 50,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)),
    onNonLazyError: () => {},
    on: { closed, connected },
  });
  onTestFinished(() => client.dispose());
  await vi.waitFor(() => expect(closed.mock.calls.length).toBeGreaterThan(1), { timeout: 5_000 });
  isUp = true;
  await vi.waitFor(() => expect(connected).toHaveBeenCalledOnce(), { timeout: 5_000 });
});

test('what a client had sent and nobody had read is dropped when its socket closes', async () => {
  const { url, sockets } = await serve(() => Promise.resolve(true));
  const client = new WebSocket(url, 'graphql-transport-ws');
  await once(client, 'open');
  const [socket] = sockets.clients as Set<WebSocket & { _socket: Duplex }>;
  if (!socket) throw new Error('no socket');
  let read = 0;
  socket.on('message', () => (read += 1));
  socket.pause();
  for (let index = 0; index < 1_000; index += 1) client.send('{"type":"ping"}');
  await vi.waitFor(() => expect(socket._socket.readableLength).toBeGreaterThan(1_000), { timeout: 15_000 });
  const before = read;
  client.terminate();
  socket._socket.destroy();
  await once(socket, 'close');
  expect(read).toBe(before);
});
