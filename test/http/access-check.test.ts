import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROUTES } from '../../src/http/routes/route-reference.js';
import { startWhatsAppLogin } from '../support/calls.js';
import { upgradeStatus } from '../support/frames.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { rawRequest, sendBytes } from '../support/raw-request.js';

const APP = 'https://app.example.com';
/** Every path of the reference, and one that does not exist. */
const PATHS = [...new Set([...ROUTES.flatMap(({ handlers }) => handlers), '/no/such/path'])];
const OWN_HOSTS = ['localhost', 'localhost:4000', '127.0.0.1:4000', '127.0.0.2', '[::1]:4000', 'phonegate.test'];
const FOREIGN_HOSTS = [
  'evil.test',
  'evil.test:4000',
  'localhost.evil.test',
  '127.0.0.1.evil.test',
  'phonegate.test.evil',
  '192.168.1.5:4000',
  '0.0.0.0:4000',
  '[fe80::1]:4000',
];

let database: TestDatabase;
let gateway: TestGateway;
let production: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  const env = {
    DATABASE_URL: database.url,
    SECURITY_CONTACT: 'mailto:security@example.com',
    ALLOWED_ORIGINS: APP,
    KAVENEGAR_API_KEY: 'key',
  };
  [gateway, production] = await Promise.all([
    startGateway({
      ...env,
      PUBLIC_URL: 'http://phonegate.test:4000',
      KAVENEGAR_CALLBACK_SECRET: 'xjhyVHuPv5NAMd8Xkfe4ZUTn',
    }),
    startGateway({
      ...env,
      NODE_ENV: 'production',
      PUBLIC_URL: 'https://login.example.com',
      GREEN_API_WEBHOOK_TOKEN: 'fWx2Qm8LrT5vZc1NpYk7',
    }),
  ]);
});
afterAll(async () => {
  await Promise.all([gateway.stop(), production.stop()]);
  await database.drop();
});

describe('a development server', () => {
  test.each(PATHS)('%s is refused under a foreign host name (DNS rebinding)', async (path) => {
    for (const method of ['GET', 'POST'])
      for (const host of FOREIGN_HOSTS) {
        const { status, body } = await rawRequest(`${gateway.url}${path}`, { method, headers: { host } });
        expect([host, status, JSON.parse(body).error]).toEqual([host, 403, 'HOST_NOT_ALLOWED']);
      }
  });

  test('says which setting allows a host name', async () => {
    const { body } = await rawRequest(`${gateway.url}/login`, { headers: { host: '192.168.1.5:4000' } });
    expect(JSON.parse(body).message).toMatch(/Set PUBLIC_URL/);
  });

  test.each(PATHS)('%s is served under localhost, a loopback address and the host of PUBLIC_URL', async (path) => {
    for (const host of OWN_HOSTS) {
      const { status } = await rawRequest(`${gateway.url}${path}`, { headers: { host } });
      expect([host, status]).not.toEqual([host, 403]);
    }
  });

  test('refuses a WebSocket under a foreign host name', async () => {
    for (const host of FOREIGN_HOSTS)
      expect([host, await upgradeStatus(gateway.socketUrl, { headers: { host } })]).toEqual([host, 403]);
    expect(await upgradeStatus(gateway.socketUrl, { headers: { host: 'localhost:4000' } })).toBe(101);
  });

  test('that no operator permitted more keeps requests of a proxy from the phone and the webhooks, and from nothing else', async () => {
    const provable = await startGateway({ DATABASE_URL: database.url, ALLOW_UNSAFE_DEVELOPMENT: 'off' });
    for (const [header, value] of [
      ['x-forwarded-for', '203.0.113.7'],
      ['forwarded', 'for=203.0.113.7'],
      ['x-real-ip', '203.0.113.7'],
      ['via', '1.1 proxy.example.com'],
      ['cf-connecting-ip', '203.0.113.7'],
    ] as const) {
      for (const path of PATHS) {
        const { status, body } = await rawRequest(`${provable.url}${path}`, { headers: { [header]: value } });
        const isDoor = /^\/(dev\/phone|api\/webhooks)/.test(path);
        if (isDoor) expect([path, status, JSON.parse(body).error]).toEqual([path, 403, 'PROXY_NOT_ALLOWED']);
        else expect([path, status]).not.toEqual([path, 403]);
      }
    }
    await provable.stop();
  });

  test('refuses a request without a Host header', async () => {
    expect(await sendBytes(gateway.url, 'GET /dev/phone HTTP/1.0\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 403 .*HOST_NOT_ALLOWED/s,
    );
  });

  test.each(PATHS)('%s is refused to a page of a foreign origin', async (path) => {
    for (const origin of ['https://evil.test', 'null', 'http://localhost.evil.test', 'http://192.168.1.5:4000', '']) {
      const { status, body } = await rawRequest(`${gateway.url}${path}`, { method: 'POST', headers: { origin } });
      expect([origin, status, JSON.parse(body).error]).toEqual([origin, 403, 'ORIGIN_NOT_ALLOWED']);
    }
  });

  test('serves the API to pages of listed origins and of the local machine, and to clients that are not browsers', async () => {
    for (const origin of [
      APP,
      'http://localhost:5173',
      'http://127.0.0.1:3000',
      'http://phonegate.test:4000',
      undefined,
    ]) {
      const { status } = await rawRequest(gateway.graphqlUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(origin === undefined ? {} : { origin }) },
        body: JSON.stringify({ query: '{ __typename }' }),
      });
      expect([origin, status]).toEqual([origin, 200]);
    }
  });

  test('refuses the webhook and the developer’s phone to every page that is not its own', async () => {
    const paths = PATHS.filter((path) => /^\/(dev|api)\//.test(path));
    expect(paths.length).toBeGreaterThan(4);
    for (const path of paths)
      for (const origin of [APP, 'http://localhost:5173']) {
        const { status, body } = await rawRequest(`${gateway.url}${path}`, { method: 'POST', headers: { origin } });
        expect([path, status, JSON.parse(body).error]).toEqual([path, 403, 'ORIGIN_NOT_ALLOWED']);
      }
  });

  test('a page that reaches it by DNS rebinding cannot sign in', async () => {
    const headers = { host: 'evil.test:4000', origin: 'http://evil.test:4000', 'content-type': 'application/json' };
    const { loginMessage } = await startWhatsAppLogin(gateway.graphqlUrl);
    for (const path of ['/graphql', '/api/webhooks/greenapi/incoming', '/dev/phone/send']) {
      const body = JSON.stringify({ query: '{ __typename }', from: '77010000002', text: loginMessage });
      expect(await rawRequest(`${gateway.url}${path}`, { method: 'POST', headers, body })).toMatchObject({
        status: 403,
      });
    }
  });
});

test('a production server is reached under any host name, as proxies and health checks need', async () => {
  for (const host of ['10.1.2.3:4000', 'gateway-a:4000', 'login.example.com'])
    expect(await rawRequest(`${production.url}/health/live`, { headers: { host } })).toMatchObject({ status: 200 });
});
