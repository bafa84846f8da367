import { once } from 'node:events';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { checkWebhook } from '../../src/cli/doctor/webhook.js';
import { loadConfig } from '../../src/config/config.js';
import { settingsDifferences } from '../../src/delivery/channels/green-api/settings.js';
import { welcome } from '../../src/welcome.js';
import { requestOtp, somePhone, verifyOtp } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { freePort } from '../support/ports.js';
import { rawRequest } from '../support/raw-request.js';

let database: TestDatabase;
let gateway: TestGateway;
let env: Record<string, string>;
let publicUrl: string;

beforeAll(async () => {
  database = await createDatabase();
  const port = await freePort();
  // Of all paths the one with a route of the gateway below it.
  publicUrl = `http://localhost:${port}/auth`;
  env = {
    DATABASE_URL: database.url,
    PORT: `${port}`,
    PUBLIC_URL: `${publicUrl}/`,
    SESSION_COOKIE: 'on',
    SECURITY_CONTACT: 'mailto:security@example.com',
    GREEN_API_ID_INSTANCE: '1101000001',
  };
  gateway = await startGateway(env);
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

const fetchPath = (path: string, init: RequestInit = {}) =>
  fetch(`${gateway.url}${path}`, { redirect: 'manual', ...init });

// A proxy may pass the path on, or remove it.
describe.each([
  ['passes on', '/auth'],
  ['removes', ''],
])('behind a proxy that %s the path of PUBLIC_URL', (_, path) => {
  test('the API signs a user in, and the tokens name PUBLIC_URL as their issuer', async () => {
    const url = `${gateway.url}${path}/graphql`;
    const attempt = await requestOtp(url, { phone: somePhone() });
    const session = await verifyOtp(url, { ...attempt, code: gateway.codeOf(attempt.attemptId) });
    expect(decodeJwt(session.accessToken)).toMatchObject({ iss: publicUrl, aud: 'phonegate' });
    expect(decodeJwt(session.gatewayToken)).toMatchObject({ iss: publicUrl, aud: `${publicUrl}/graphql` });
    const keys = await fetchPath(`${path}/.well-known/jwks.json`);
    expect(await keys.json()).toMatchObject({ keys: [{ kty: 'OKP' }] });
    const authorization = { authorization: `Bearer ${session.accessToken}` };
    for (const route of ['/auth/verify', '/auth/verify/orders', '/auth/verify/graphql'])
      expect((await fetchPath(`${path}${route}`, { headers: authorization })).headers.get('x-user-id'), route).toBe(
        session.user.id,
      );
  });

  test('queries by GET, WebSockets and GraphiQL are served', async () => {
    const query = await fetchPath(`${path}/graphql?query={__typename}`);
    expect(await query.json()).toEqual({ data: { __typename: 'Query' } });
    const socket = new WebSocket(`${gateway.socketUrl.replace('/graphql', '')}${path}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    socket.terminate();
    const page = await fetchPath(`${path}/graphql`, { headers: { accept: 'text/html' } });
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html']);
  });

  test('the pages load their files from below the path', async () => {
    for (const page of ['/login', '/dev/phone']) {
      const html = await (await fetchPath(`${path}${page}`)).text();
      const files = [...html.matchAll(/ (?:src|href)="([^"]+)"/g)].map(([, file = '']) => file);
      const own = files.filter((file) => file !== 'data:,');
      expect(own.length).toBeGreaterThan(1);
      for (const file of own) {
        expect(file).toMatch(/^\/auth\//);
        expect((await fetchPath(file.replace('/auth', path))).status, file).toBe(200);
      }
    }
    const start = await fetchPath(`${path}/`);
    expect([start.status, start.headers.get('location')]).toEqual([302, '/auth/login']);
  });

  test('webhooks are accepted', async () => {
    const webhook = await fetchPath(`${path}/api/webhooks/greenapi/incoming`, { method: 'POST', body: '{}' });
    expect(webhook.status).toBe(200);
  });

  test('the developer’s phone is closed to pages of other origins, and to proxies that are not permitted', async () => {
    const headers = { origin: 'https://app.example.com' };
    for (const route of ['/dev/phone', '/api/webhooks/greenapi/incoming'])
      expect((await rawRequest(`${gateway.url}${path}${route}`, { headers })).status, route).toBe(403);
  });

  test('other paths are not found', async () => {
    for (const route of ['/nothing', '/auth/nothing', '/auth/auth/login'])
      expect((await fetchPath(`${path}${route}`)).status, route).toBe(404);
  });
});

test('the cookies have the name of the path, so that two gateways on one host keep theirs apart', async () => {
  const attempt = await requestOtp(gateway.graphqlUrl, { phone: somePhone() });
  const response = await fetchPath('/auth/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-phonegate': '1' },
    body: JSON.stringify({
      query: 'mutation ($input: VerifyOtpInput!) { verifyOtp(input: $input) { ... on Session { user { id } } } }',
      variables: {
        input: { attemptId: attempt.attemptId, secret: attempt.secret, code: gateway.codeOf(attempt.attemptId) },
      },
    }),
  });
  const { data } = (await response.json()) as { data: { verifyOtp: { user: { id: string } } } };
  const cookies = response.headers.getSetCookie();
  expect(cookies.map((cookie) => cookie.split('=')[0])).toEqual(
    ['refresh', 'access', 'device'].map((what) => `__Host-phonegate+auth-${what}`),
  );
  // Browsers refuse the prefix __Host- with another path.
  for (const cookie of cookies) expect(cookie).toContain('; Path=/;');
  const [pair = ''] = (cookies[0] ?? '').split(';');
  const verified = await fetchPath('/auth/verify', { headers: { cookie: pair } });
  expect(verified.headers.get('x-user-id')).toBe(data.verifyOtp.user.id);
  const other = pair.replace('+auth', '');
  expect((await fetchPath('/auth/verify', { headers: { cookie: other } })).status).toBe(401);
});

test('what the gateway says of its own addresses begins with PUBLIC_URL', async () => {
  const webhook = `${publicUrl}/api/webhooks/greenapi/incoming`;
  const config = loadConfig({ ...env, ALLOW_UNSAFE_DEVELOPMENT: 'on' });
  expect(await checkWebhook(config)).toContainEqual({
    about: 'webhook',
    level: 'ok',
    message: `${webhook} accepts webhooks`,
  });
  expect(
    JSON.stringify(settingsDifferences({ webhookUrl: '' } as never, { publicUrl: config.publicUrl, token: undefined })),
  ).toContain(webhook);
  const text = await (await fetchPath('/auth/.well-known/security.txt')).text();
  expect(text).toContain(`Canonical: ${publicUrl}/.well-known/security.txt\n`);
  expect(welcome(config)).toContain(`${publicUrl}/login\n`);
});
