import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHttpServer } from '../../src/http/server.js';
import { ROUTES } from '../../src/http/routes/route-reference.js';
import { createLog } from '../../src/log.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { type RawAnswer, rawRequest, sendBytes } from '../support/raw-request.js';

const JWKS = '/.well-known/jwks.json';
const PATHS = [...new Set([...ROUTES.flatMap(({ handlers }) => handlers), '/no/such/path'])];
const BUG = '/bug';

let database: TestDatabase;
let development: TestGateway;
let production: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  const env = {
    DATABASE_URL: database.url,
    SECURITY_CONTACT: 'mailto:security@example.com',
    KAVENEGAR_API_KEY: 'key',
    KAVENEGAR_CALLBACK_SECRET: 'xjhyVHuPv5NAMd8Xkfe4ZUTn',
    GREEN_API_WEBHOOK_TOKEN: 'fWx2Qm8LrT5vZc1NpYk7',
  };
  [development, production] = await Promise.all([
    startGateway(env),
    startGateway({ ...env, NODE_ENV: 'production', PUBLIC_URL: 'https://login.example.com' }),
  ]);
});
afterAll(async () => {
  await Promise.all([development.stop(), production.stop()]);
  await database.drop();
});

type Headers = Pick<RawAnswer, 'headers'>['headers'];

const policyOf = (headers: Headers) => [
  headers['x-content-type-options'],
  headers['cross-origin-resource-policy'],
  headers['strict-transport-security'],
];
const OVER_HTTPS = ['nosniff', 'same-origin', 'max-age=31536000'];
const OVER_HTTP = ['nosniff', 'same-origin', undefined];

/** The headers in an answer as it came over the wire. */
function headersIn(answer: string): Headers {
  const lines = answer.split('\r\n\r\n')[0]?.split('\r\n').slice(1) ?? [];
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.replace(/^.*?: /, '')]),
  );
}

describe('every answer has the headers that limit what a browser does with it', () => {
  test.each(PATHS)('%s', async (path) => {
    const isPublic = path === JWKS;
    for (const method of ['GET', 'POST', 'PUT', 'OPTIONS'])
      for (const [gateway, expected] of [
        [production, OVER_HTTPS],
        [development, OVER_HTTP],
      ] as const) {
        const { headers } = await rawRequest(`${gateway.url}${path}`, { method });
        const [sniffing, , transport] = expected;
        expect([method, ...policyOf(headers)]).toEqual(
          isPublic ? [method, sniffing, 'cross-origin', transport] : [method, ...expected],
        );
      }
  });

  test('the GraphQL API, over GET, POST, SSE and with CORS', async () => {
    const query = '{ __typename }';
    const json = { 'content-type': 'application/json' };
    const stream = { ...json, accept: 'text/event-stream' };
    const answers = await Promise.all([
      rawRequest(`${production.graphqlUrl}?query=${encodeURIComponent(query)}`),
      rawRequest(production.graphqlUrl, { method: 'POST', headers: json, body: JSON.stringify({ query }) }),
      rawRequest(production.graphqlUrl, { method: 'POST', headers: json, body: 'no JSON' }),
      rawRequest(production.graphqlUrl, { method: 'POST', headers: stream, body: JSON.stringify({ query }) }),
      rawRequest(production.graphqlUrl, { method: 'OPTIONS', headers: { origin: 'https://login.example.com' } }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 400, 200, 204]);
    for (const { headers } of answers) expect(policyOf(headers)).toEqual(OVER_HTTPS);
  });

  test('a refused request of development', async () => {
    const { status, headers } = await rawRequest(`${development.url}/login`, { headers: { host: 'evil.test' } });
    expect([status, ...policyOf(headers)]).toEqual([403, ...OVER_HTTP]);
  });

  const upgrade = (path: string, more = '') =>
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${more}\r\n`;
  test.each([
    ['a WebSocket on another path', upgrade('/socket'), 404],
    ['a WebSocket of a foreign origin', upgrade('/graphql', 'Origin: https://evil.test\r\n'), 403],
    ['a WebSocket handshake without a key', upgrade('/graphql'), 400],
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['a request without Host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['headers that are too large', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['an unknown expectation', 'GET / HTTP/1.1\r\nHost: localhost\r\nExpect: x\r\nConnection: close\r\n\r\n', 417],
  ])('%s', async (_, bytes, status) => {
    const answer = await sendBytes(production.url, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(policyOf(headersIn(answer))).toEqual(OVER_HTTPS);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toHaveProperty('error');
  });

  test('an accepted WebSocket', async () => {
    const socket = new WebSocket(production.socketUrl, 'graphql-transport-ws');
    const opened = once(socket, 'open');
    const [response] = (await once(socket, 'upgrade')) as [IncomingMessage];
    await opened;
    socket.terminate();
    expect(policyOf(response.headers)).toEqual(OVER_HTTPS);
  });

  test('a bug of a route', async ({ onTestFinished }) => {
    const log = createLog('silent');
    const limits = { trustedProxyHops: 0, production: true, clientOperationsPerSecond: 100 };
    const at = { port: 0, host: '127.0.0.1', publicUrl: 'https://login.example.com', publicPath: '' };
    const server = createHttpServer({ ...at, ...limits }, log);
    onTestFinished(() => server.close({ graceMs: 0, idleMs: 0 }));
    const fail = () => {
      throw new Error('a bug');
    };
    const port = await server.listen({
      routes: new Map([[BUG, fail]]),
      limitedRequests: new Map(),
      refusal: () => undefined,
      upgrade: fail,
      recordRefusal: fail,
    });
    const bug = await rawRequest(`http://127.0.0.1:${port}${BUG}`);
    expect([bug.status, ...policyOf(bug.headers)]).toEqual([500, ...OVER_HTTPS]);
  });
});
