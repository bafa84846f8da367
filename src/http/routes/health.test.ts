import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { DatabaseState } from '../../db/check-writable.js';
import { createLog } from '../../log.js';
import { createReadyRoute } from './health.js';

/** Serves the route on a real socket. */
async function serve(deps: { checkDatabase: () => Promise<DatabaseState>; now: () => number }) {
  const ready = createReadyRoute({
    token: undefined,
    redis: () => 'not configured',
    channels: () => ({}),
    isProxyUndeclared: () => false,
    clockSkewSeconds: () => undefined,
    isDraining: () => false,
    log: createLog('silent'),
    ...deps,
  });
  const server = createServer((request, response) => void ready(request, response)).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

// A stranger could make the gateway ask the database once for each request.
describe('/health/ready asks the database', () => {
  test('once for all requests of a second', async () => {
    let now = 0;
    let isUp = true;
    let checks = 0;
    const { url } = await serve({
      checkDatabase: async () => {
        checks += 1;
        return isUp ? 'up' : 'down';
      },
      now: () => now,
    });
    const statusesOf = async (requests: number) =>
      new Set(await Promise.all(Array.from({ length: requests }, async () => (await fetch(url)).status)));

    expect([await statusesOf(50), checks]).toEqual([new Set([200]), 1]);
    isUp = false;
    now = 999;
    expect([await statusesOf(50), checks]).toEqual([new Set([200]), 1]);
    now = 1_000;
    expect([await statusesOf(50), checks]).toEqual([new Set([503]), 2]);
    isUp = true;
    now = 2_000;
    expect([await statusesOf(50), checks]).toEqual([new Set([200]), 3]);
  });

  test('once while the answer takes longer than a second', async () => {
    let now = 0;
    let checks = 0;
    let finish: (state: DatabaseState) => void = () => {};
    const { server, url } = await serve({
      checkDatabase: () => {
        checks += 1;
        return new Promise((resolve) => (finish = resolve));
      },
      now: () => now,
    });
    const answers = [fetch(url)];
    await once(server, 'request');
    now = 5_000;
    answers.push(fetch(url));
    await once(server, 'request');
    finish('up');
    expect(await Promise.all(answers.map(async (answer) => (await answer).status))).toEqual([200, 200]);
    expect(checks).toBe(1);
  });
});
