import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { STARTS_PER_NETWORK } from '../../src/guard/limits.js';
import { startWhatsAppLogin } from '../support/calls.js';
import { upgradeStatus } from '../support/frames.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { rawRequest } from '../support/raw-request.js';
import { insertSendBudget } from '../support/rows.js';

const PRODUCTION = { NODE_ENV: 'production', GREEN_API_WEBHOOK_TOKEN: 'fWx2Qm8LrT5vZc1NpYk7' };

let database: TestDatabase;
const running: TestGateway[] = [];

beforeEach(async () => {
  database = await createDatabase();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((gateway) => gateway.stop()));
  await database.drop();
});

async function start(env: Record<string, string> = {}): Promise<TestGateway> {
  const gateway = await startGateway({ DATABASE_URL: database.url, ...env });
  running.push(gateway);
  return gateway;
}

const reports = ({ log }: TestGateway) => log.filter(({ event }) => event === 'proxy.undeclared');

describe('a proxy that TRUSTED_PROXY_HOPS does not count', () => {
  test.each([
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-real-ip',
    'via',
    'cf-connecting-ip',
    'true-client-ip',
    'forwarded',
  ])('is reported once, at the first %s', async (header) => {
    const gateway = await start(PRODUCTION);
    await rawRequest(`${gateway.url}/health/live`);
    expect(reports(gateway)).toEqual([]);
    for (let index = 0; index < 5; index += 1)
      await rawRequest(`${gateway.url}/no/such/path`, { headers: { [header]: '203.0.113.7' } });
    expect(reports(gateway)).toMatchObject([{ level: 'error', ip: '127.0.0.1', header }]);
    await vi.waitFor(
      async () =>
        expect(await database.query(`SELECT ip FROM audit_log WHERE event = 'proxy.undeclared'`)).toEqual([
          { ip: '127.0.0.1' },
        ]),
      { timeout: 15_000 },
    );
  });

  test('is reported at a WebSocket too', async () => {
    const gateway = await start(PRODUCTION);
    await upgradeStatus(gateway.socketUrl, { headers: { 'x-forwarded-for': '203.0.113.7' } });
    expect(reports(gateway)).toHaveLength(1);
  });

  test('is not reported when it is counted', async () => {
    const gateway = await start({ ...PRODUCTION, TRUSTED_PROXY_HOPS: '1' });
    await rawRequest(`${gateway.url}/health/live`, { headers: { 'x-forwarded-for': '203.0.113.7' } });
    expect(reports(gateway)).toEqual([]);
  });
});

describe('a client on the machine of the gateway', () => {
  const limited = async (gateway: TestGateway) => {
    const spent = STARTS_PER_NETWORK.address.hour;
    await database.query('DELETE FROM budgets');
    await insertSendBudget(database, 'starts:127.0.0.1', { hourSends: spent, daySends: spent });
    return (await startWhatsAppLogin(gateway.graphqlUrl)).__typename;
  };

  test('has the limits of every other client in production', async () => {
    expect(await limited(await start(PRODUCTION))).toBe('RateLimited');
  });

  test('has no limits by IP in development', async () => {
    expect(await limited(await start())).toBe('WhatsAppLogin');
  });
});
