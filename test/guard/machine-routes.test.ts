import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { signIn } from '../support/sign-in.js';

/** More than the burst of a client. */
const FLOOD = 320;

let database: TestDatabase;
let gateway: TestGateway;
let accessToken: string;
beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({
    DATABASE_URL: database.url,
    TRUSTED_PROXY_HOPS: '1',
    CLIENT_OPERATIONS_PER_SECOND: '20',
  });
  ({ accessToken } = await signIn(gateway));
  // Limits refill with this clock. While it stands still, it does not matter how long the requests take.
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterAll(async () => {
  vi.useRealTimers();
  await gateway.stop();
  await database.drop();
});

async function statusOf(path: string, headers: Record<string, string>): Promise<number> {
  const response = await fetch(gateway.url + path, { headers });
  await response.arrayBuffer();
  return response.status;
}

/** How many of the requests got each status. */
async function flood(path: string, headers: Record<string, string>): Promise<Record<number, number>> {
  const statuses = await Promise.all(Array.from({ length: FLOOD }, () => statusOf(path, headers)));
  return Object.fromEntries(
    [...new Set(statuses)].map((one) => [one, statuses.filter((other) => other === one).length]),
  );
}

const from = (ip: string) => ({ 'x-forwarded-for': ip });
const forged = { authorization: 'Bearer eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl' };

describe('a route that machines call', () => {
  test.each(['/health/live', '/health/ready'])(
    '%s refuses a client of a proxy that floods it, and no load balancer',
    async (path) => {
      const ip = path === '/health/live' ? '203.0.113.1' : '203.0.113.2';
      expect(await flood(path, from(ip))).toHaveProperty('429');
      expect(await flood(path, {})).toEqual({ 200: FLOOD });
      expect(await statusOf(path, from('198.51.100.1'))).toBe(200);
    },
  );

  test('/auth/verify refuses a client of a proxy that sends many wrong tokens, and no other', async () => {
    expect(await flood('/auth/verify', { ...forged, ...from('203.0.113.3') })).toHaveProperty('429');
    expect(await statusOf('/auth/verify', { ...forged, ...from('198.51.100.1') })).toBe(401);
    // A backend, or a proxy that asks for its visitors without naming them.
    expect(await flood('/auth/verify', forged)).toEqual({ 401: FLOOD });
  });

  test('/auth/verify serves any number of right tokens of one network', async () => {
    const headers = { authorization: `Bearer ${accessToken}`, ...from('203.0.113.4') };
    expect(await flood('/auth/verify', headers)).toEqual({ 200: FLOOD });
  });
});
