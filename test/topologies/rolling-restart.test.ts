import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type TestDatabase, INSTANCE, createDatabase } from '../support/gateway.js';
import { freePort } from '../support/ports.js';
import { type GatewayProcess, cleanUpProcesses, makeFolder, spawnGateway } from '../support/process.js';
import { underLoad } from '../support/rolling-load.js';
import {
  type Balancer,
  startHaproxyBalancer,
  startKubernetesBalancer,
  startNginxBalancer,
} from './support/balancers.js';
import { recordFigure } from './support/record-figure.js';

/** Until every balancer uses an instance that has started. */
const USED_AFTER_MS = 3_000;

describe.each<[string, (ports: readonly number[]) => Promise<Balancer>]>([
  ['rolling restart of three instances behind nginx', startNginxBalancer],
  ['rolling restart of three instances behind HAProxy', startHaproxyBalancer],
  ['rolling restart of three instances in Kubernetes', startKubernetesBalancer],
])('%s', (_, startBalancer) => {
  let database: TestDatabase;
  let ports: number[];
  let instances: GatewayProcess[];
  let balancer: Balancer;
  const start = async (port: number) => {
    const gateway = spawnGateway(makeFolder(), {
      env: {
        PORT: `${port}`,
        DATABASE_URL: database.url,
        REDIS_URL: inject('redisUrl'),
        GATEWAY_SECRET: 'kqS2YvGNcQ9JVMij4x38TPeFLuARapwbDthE',
        PUBLIC_URL: 'https://login.example.com',
        GREEN_API_ID_INSTANCE: `${INSTANCE}`,
        // Clients on this machine have no limits in development. All else is as in production.
        ALLOW_UNSAFE_DEVELOPMENT: 'on',
        TRUSTED_PROXY_HOPS: '1',
        SHUTDOWN_DELAY_SECONDS: '5',
        CAPTCHA: 'off', // all these logins begin at one address
      },
    });
    await gateway.ready();
    return gateway;
  };

  beforeAll(async () => {
    database = await createDatabase();
    ports = [await freePort(), await freePort(), await freePort()];
    instances = await Promise.all(ports.map(start));
    balancer = await startBalancer(ports);
  });
  afterAll(async () => {
    await balancer?.stop();
    for (const { signal } of instances) signal('SIGKILL');
    await Promise.all(instances.map(({ exited }) => exited));
    await cleanUpProcesses();
    await database?.drop();
  });

  test('fails no request, and keeps 500 waiting clients informed', { timeout: 240_000 }, async (context) => {
    const seconds: number[] = [];
    const load = await underLoad(balancer.url, { clients: 10, waiting: 500, pauseMs: 100 }, async () => {
      await sleep(2_000);
      for (const [index, port] of ports.entries()) {
        const startedAt = performance.now();
        const instance = instances[index] as GatewayProcess;
        balancer.terminating(port);
        instance.signal('SIGTERM');
        expect(await instance.exited).toMatchObject({ code: 0 });
        seconds.push((performance.now() - startedAt) / 1000);
        instances[index] = await start(port);
        await sleep(USED_AFTER_MS);
      }
    });
    const { requests, failed, noticedAfterMs } = load;
    recordFigure(context, 'requests', `${requests}`);
    recordFigure(context, 'failed', `${failed.length}`);
    recordFigure(context, 'waiting clients informed', `${noticedAfterMs.length} of ${load.waiting}`);
    recordFigure(context, 'notices after 2 s', `${noticedAfterMs.filter((ms) => ms > 2_000).length}`);
    recordFigure(context, 'longest notice', `${Math.round(noticedAfterMs.at(-1) ?? NaN)} ms`);
    recordFigure(context, 'an instance stops within', `${Math.max(...seconds).toFixed(1)} s`);
    expect(failed).toEqual([]);
    expect(noticedAfterMs).toHaveLength(500);
  });
});
