import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { rawRequest } from '../support/raw-request.js';

const PATH = '/.well-known/security.txt';
const DAY_MS = 86_400_000;

let database: TestDatabase;
let gateway: TestGateway;
let silent: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  [gateway, silent] = await Promise.all([
    startGateway({
      DATABASE_URL: database.url,
      SECURITY_CONTACT: 'mailto:security@example.com, https://example.com/report',
    }),
    startGateway({ DATABASE_URL: database.url }),
  ]);
});
afterAll(async () => {
  await Promise.all([gateway.stop(), silent.stop()]);
  await database.drop();
});

test('security.txt names every contact, a time in the future and its own URL (RFC 9116)', async () => {
  const { status, headers, body } = await rawRequest(`${gateway.url}${PATH}`);
  expect([status, headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8']);
  const lines = body.trimEnd().split('\n');
  const values = (name: string) =>
    lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
  expect(values('Contact')).toEqual(['mailto:security@example.com', 'https://example.com/report']);
  expect(values('Canonical')).toEqual([`http://localhost:4000${PATH}`]);
  const [expires = ''] = values('Expires');
  expect(expires).toMatch(/^\d{4}-\d\d-\d\dT00:00:00Z$/);
  expect(Date.parse(expires) - Date.now()).toBeGreaterThan(90 * DAY_MS);
  expect(Date.parse(expires) - Date.now()).toBeLessThan(365 * DAY_MS);
});

test('accepts only GET and HEAD', async () => {
  expect(await rawRequest(`${gateway.url}${PATH}`, { method: 'POST' })).toMatchObject({ status: 405 });
  expect(await rawRequest(`${gateway.url}${PATH}`, { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
});

test('is not found without SECURITY_CONTACT', async () => {
  expect(await rawRequest(`${silent.url}${PATH}`)).toMatchObject({ status: 404 });
});

test.each([
  'security@example.com',
  'http://example.com/report',
  'mailto:a@example.com\nExpires: x',
  'javascript:alert(1)',
])('SECURITY_CONTACT refuses %j', (contact) => {
  expect(() => loadConfig({ SECURITY_CONTACT: contact })).toThrow(/SECURITY_CONTACT/);
});
