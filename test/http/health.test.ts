import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { watchClock } from '../../src/clock-watch.js';
import { connectDatabase } from '../../src/db/database.js';
import { createLog } from '../../src/log.js';
import { type TestDatabase, type TestGateway, createDatabase, fetchHealth, startGateway } from '../support/gateway.js';
import { logged } from '../support/logged.js';
import { moveClock } from '../support/move-clock.js';
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

  // Its tokens are refused by other instances with 401, and nothing else shows why.
  test('is degraded on an instance whose clock differs from the one of the database, and shows by how much', async ({
    onTestFinished,
  }) => {
    const ahead = await createDatabase();
    await moveClock(ahead, 45);
    const skewed = await startGateway({ DATABASE_URL: ahead.url });
    onTestFinished(async () => {
      await skewed.stop();
      await ahead.drop();
    });
    await logged(skewed, 'clock.skewed');
    const secondsAhead = expect.closeTo(-45, 0);
    expect(skewed.log).toContainEqual(expect.objectContaining({ event: 'clock.skewed', level: 'error', secondsAhead }));
    expect(await (await fetchHealth(skewed)).json()).toMatchObject({
      status: 'degraded',
      clock: { secondsAhead, advice: expect.stringContaining('NTP') },
    });
    expect((await rawRequest(`${skewed.url}/health/ready`, {})).body).toBe('{"status":"degraded"}');
  });

  test('a clock that is set right again is noticed and logged, and each difference is logged once', async ({
    onTestFinished,
  }) => {
    const own = await createDatabase();
    await moveClock(own, -45);
    const events: string[] = [];
    const write = (line: string) => void events.push((JSON.parse(line) as { event: string }).event);
    const log = createLog('debug', { write });
    const connected = connectDatabase(own.url, log);
    const clock = watchClock({ database: connected, log }, 20);
    onTestFinished(async () => {
      await clock.stop();
      await connected.close();
      await own.drop();
    });
    await expect.poll(clock.skewSeconds).toBeCloseTo(45, 0);
    await moveClock(own, 0);
    await expect.poll(clock.skewSeconds).toBeUndefined();
    await moveClock(own, 45);
    await expect.poll(clock.skewSeconds).toBeCloseTo(-45, 0);
    expect(events).toEqual(['clock.skewed', 'clock.synchronized', 'clock.skewed']);
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
