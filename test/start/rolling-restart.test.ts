import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { freePort } from '../support/ports.js';
import { cleanUpProcesses } from '../support/process.js';
import { underLoad } from '../support/rolling-load.js';
import { type Balancer, startNginxBalancer } from '../topologies/support/balancers.js';

// A small version of test/topologies/rolling-restart.test.ts, in one process.

/** nginx leaves an instance out for two seconds, counted in whole seconds, after a refused connection. */
const USED_AFTER_MS = 3_500;

let database: TestDatabase;
let ports: number[];
let instances: TestGateway[];
let nginx: Balancer;
const start = (port: number) => startGateway({ DATABASE_URL: database.url, PORT: `${port}`, TRUSTED_PROXY_HOPS: '1' });

beforeAll(async () => {
  database = await createDatabase();
  ports = [await freePort(), await freePort()];
  instances = await Promise.all(ports.map(start));
  nginx = await startNginxBalancer(ports);
});
afterAll(async () => {
  await nginx?.stop();
  await Promise.all(instances.map((instance) => instance.stop()));
  await cleanUpProcesses();
  await database?.drop();
});

test('no request fails and no waiting client is lost while two instances behind nginx are restarted', async () => {
  const { requests, failed, noticedAfterMs } = await underLoad(
    nginx.url,
    { clients: 3, waiting: 10, pauseMs: 50 },
    async () => {
      for (const [index, port] of ports.entries()) {
        await instances[index]?.stop({ delayMs: 300, graceMs: 10_000 });
        instances[index] = await start(port);
        await sleep(USED_AFTER_MS);
      }
    },
  );
  expect(failed).toEqual([]);
  expect(requests).toBeGreaterThan(50);
  expect(noticedAfterMs).toHaveLength(10);
});
