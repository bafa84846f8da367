import { once } from 'node:events';
import { type ServerResponse, createServer } from 'node:http';
import { type AddressInfo, type Socket, connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createRequestTurns } from './request-turns.js';

/** A server that takes turns, and a client that sends it two requests at once. `served` are the responses, which nobody has ended. */
async function twoRequests() {
  const served: ServerResponse[] = [];
  const idle: Socket[] = [];
  const turns = createRequestTurns((socket) => idle.push(socket));
  const server = createServer((incoming, response) => turns.take(incoming, response, () => void served.push(response)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  onTestFinished(() => {
    client.destroy();
    server.close();
  });
  client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(2));
  await expect.poll(() => served.length).toBe(1);
  const { socket } = served[0] as ServerResponse & { socket: Socket };
  return { turns, served, idle, socket, client };
}

test('a request waits until the one before it on the connection is answered, and nothing is read meanwhile', async () => {
  const { turns, served, idle, socket } = await twoRequests();
  await expect.poll(() => turns.areWaiting(socket)).toBe(true);
  const before = idle.length;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(served).toHaveLength(1);
  served[0]?.end('first');
  await expect.poll(() => served.length).toBe(2);
  expect(turns.areWaiting(socket)).toBe(false);
  expect(idle.length).toBe(before + 1); // so that the connection is read on
});

test('a request whose answer is not taken keeps the next one waiting', async () => {
  const { turns, served, socket, client } = await twoRequests();
  client.pause();
  served[0]?.end('x'.repeat(20_000_000));
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect([served.length, turns.areWaiting(socket)]).toEqual([1, true]);
  client.resume();
  await expect.poll(() => served.length).toBe(2);
});
