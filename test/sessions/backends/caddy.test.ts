import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Result } from '../../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../../support/gateway.js';
import { cleanUpProcesses } from '../../support/process.js';
import { startCaddy } from './caddy.js';
import { documented } from './documented.js';
import { GATEWAY_SECRET, signIn } from './public-gateway.js';
import { LIES, cgiName } from './spoofed-headers.js';
import { type Upstream, startUpstream } from './upstream.js';

const IDENTITY = new Set(['x-user-id', 'x-user-role', 'x-user-phone', 'x-session-id']);

let database: TestDatabase;
let gateway: TestGateway;
let upstream: Upstream;
let caddy: Awaited<ReturnType<typeof startCaddy>>;
let session: Result;

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({
    DATABASE_URL: database.url,
    GATEWAY_SECRET,
    SESSION_COOKIE: 'on',
    TRUSTED_PROXY_HOPS: '1',
    PUBLIC_URL: 'http://app.example.com',
  });
  upstream = await startUpstream();
  caddy = await startCaddy((port) =>
    documented('caddyfile', {
      'app.example.com {': `http://:${port} {`,
      '127.0.0.1:4000': `127.0.0.1:${new URL(gateway.url).port}`,
      '127.0.0.1:3000': `127.0.0.1:${upstream.port}`,
    }),
  );
  session = await signIn(gateway, '+996700000003');
});
afterAll(async () => {
  await caddy?.stop();
  upstream?.close();
  await gateway?.stop();
  await cleanUpProcesses();
  await database?.drop();
});
beforeEach(() => {
  upstream.reached.length = 0;
});

/** A request with its headers exactly as given: name, value, name, value. @returns the status */
async function ask(headers: string[]): Promise<number | undefined> {
  const options = { host: '127.0.0.1', port: caddy.port, path: '/orders', agent: false };
  const asking = request({ ...options, headers: ['Host', 'app.example.com', ...headers] });
  asking.end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

const bearer = () => ['Authorization', `Bearer ${session.accessToken}`];

describe('Caddy with forward_auth', () => {
  test('refuses a request without a token, and does not call the application', async () => {
    expect(await ask([])).toBe(401);
    expect(upstream.reached).toEqual([]);
  });

  test.each(Object.entries(LIES))('removes identity headers that a client sends %s', async (_, lies) => {
    expect(await ask([...lies, ...bearer()])).toBe(200);
    const [headers = []] = upstream.reached;
    const received = headers.map(([name, value]) => [cgiName(name), value]).filter(([name]) => IDENTITY.has(`${name}`));
    expect(Object.fromEntries(received)).toEqual({
      'x-user-id': session.user.id,
      'x-user-role': 'USER',
      'x-user-phone': '+996700000003',
      'x-session-id': session.id,
    });
    expect(received).toHaveLength(4);
    expect(JSON.stringify(headers)).not.toMatch(/lie|ADMIN/);
  });

  test.each(Object.entries(LIES))('refuses a request without a token that has identity headers %s', async (_, lies) => {
    expect(await ask(lies)).toBe(401);
    expect(upstream.reached).toEqual([]);
  });
});
