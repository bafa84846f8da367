import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';

let database: TestDatabase;
let gateway: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url, TRUSTED_PROXY_HOPS: '1' });
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

/** Some proxies add their header after those of the client. */
test('a client with thousands of headers cannot hide the address that a proxy adds behind them', async () => {
  const body = JSON.stringify({ query: 'mutation { startWhatsAppLogin { __typename } }' });
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.write(
    [
      'POST /graphql HTTP/1.1',
      `Host: ${hostname}`,
      'Connection: close',
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      'X-Forwarded-For: 198.51.100.1',
      ...Array.from({ length: 2_500 }, () => 'a:'),
      'X-Forwarded-For: 203.0.113.9',
      '',
      body,
    ].join('\r\n'),
  );
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  expect(Buffer.concat(parts).toString()).toContain('WhatsAppLogin');
  expect(await database.query('SELECT client_ip FROM login_attempts')).toEqual([{ client_ip: '203.0.113.9' }]);
});
