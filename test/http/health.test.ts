import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestDatabase, type TestGateway, createDatabase, fetchHealth, startGateway } from '../support/gateway.js';
import { rawRequest } from '../support/raw-request.js';

let database: TestDatabase;
let gateway: TestGateway;
let withoutToken: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  [gateway, withoutToken] = await Promise.all([
    startGateway({ DATABASE_URL: database.url }),
    startGateway({ DATABASE_URL: database.url, HEALTH_TOKEN: '' }),
  ]);
});
afterAll(async () => {
  await Promise.all([gateway.stop(), withoutToken.stop()]);
  await database.drop();
});

describe('/health/ready', () => {
  test('shows the details to a request with HEALTH_TOKEN', async () => {
    const answer = await fetchHealth(gateway);
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { status: 'ok', database: 'up', redis: 'not configured', channels: { console: { breaker: 'closed' } } },
    ]);
  });

  test.each([
    ['no token', undefined],
    ['a wrong token', 'Bearer the-token-of-a-stranger-who-wants-to-see-details'],
    ['an empty token', 'Bearer '],
    ['another scheme', 'Basic dXNlcjpwYXNz'],
  ])('shows only the status to a stranger with %s', async (_, authorization) => {
    const headers = authorization === undefined ? {} : { authorization };
    for (const { url } of [gateway, withoutToken]) {
      const { status, body } = await rawRequest(`${url}/health/ready`, { headers });
      expect([status, body]).toEqual([200, '{"status":"ok"}']);
    }
  });

  test('shows the details to nobody without HEALTH_TOKEN, not even with the token of another gateway', async () => {
    expect(await (await fetchHealth(withoutToken)).json()).toEqual({ status: 'ok' });
  });

  test('is degraded behind a proxy that TRUSTED_PROXY_HOPS does not count, and shows why', async ({
    onTestFinished,
  }) => {
    const behind = await startGateway({ DATABASE_URL: database.url });
    onTestFinished(() => behind.stop());
    const { body } = await rawRequest(`${behind.url}/health/ready`, { headers: { 'x-forwarded-for': '203.0.113.7' } });
    expect(body).toBe('{"status":"degraded"}');
    expect(await (await fetchHealth(behind)).json()).toMatchObject({ status: 'degraded', proxy: 'undeclared' });
  });
});
