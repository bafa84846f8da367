import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';

let database: TestDatabase;
let gateway: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url });
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

/** Sends text on one connection. @returns everything that came back when `until` matches it */
async function exchange(text: string, until: RegExp): Promise<string> {
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (more: string) => (answer += more));
  await once(socket, 'connect');
  socket.write(text);
  await vi.waitFor(() => expect(answer).toMatch(until), 5_000);
  socket.destroy();
  return answer;
}

/** What Java's HttpClient adds to each request on a new connection. */
const H2C =
  'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n';
const head = (line: string, more = '') => `${line} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;
const body = '{"query":"{ __typename }"}';
const post = (more: string) =>
  `${head('POST /graphql', `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n${more}`)}${body}`;

test.each([
  ['h2c, as Java asks for it', H2C],
  ['another protocol', 'Upgrade: irc/6.9\r\nConnection: upgrade\r\n'],
])('a request that asks for %s is served as if it did not', async (_, upgrade) => {
  expect(await exchange(head('GET /.well-known/jwks.json', upgrade), /"keys"/)).toMatch(/^HTTP\/1\.1 200 /);
  expect(await exchange(head('GET /login', upgrade), /<\/html>/)).toMatch(/^HTTP\/1\.1 200 /);
});

test('its body is read, also when it comes later or in pieces', async () => {
  const answer = /\{"data":\{"__typename":"Query"\}\}/;
  expect(await exchange(post(H2C), answer)).toMatch(/^HTTP\/1\.1 200 /);
  const chunked = head('POST /graphql', `Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n${H2C}`);
  const pieces = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  expect(await exchange(chunked + pieces, answer)).toMatch(/^HTTP\/1\.1 200 /);
});

test('the requests after it on the same connection are served in their order', async () => {
  const requests = `${post(H2C)}${head('GET /nothing', H2C)}${head('GET /health/live')}`;
  const answers = await exchange(requests, /"status":"ok"/);
  expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 404', 'HTTP/1.1 200']);
});
