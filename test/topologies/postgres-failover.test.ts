import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type TestContext, afterAll, afterEach, describe, expect, test } from 'vitest';
import { migrate } from '../../src/db/migrate.js';
import { requestOtp, somePhone, verifyOtp } from '../support/calls.js';
import { type TestGateway, startGateway } from '../support/gateway.js';
import { type PostgresServer, startPostgres, startStandby } from '../support/postgres-server.js';
import { cleanUpProcesses, familyOf } from '../support/process.js';
import { signIn } from '../support/sign-in.js';
import { type Haproxy, startHaproxy } from './support/haproxy.js';
import { recordFigure } from './support/record-figure.js';

/** How long the service has only a standby, until somebody promotes it. */
const STANDBY_ONLY_MS = 6_000;
const USERS = 60;
/** After the new primary accepts writes. */
const RECOVERED_MS = 5_000;

let running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.toReversed()) await one.stop();
  running = [];
});
afterAll(cleanUpProcesses);

function stopLater<T extends { stop(): Promise<void> }>(started: T): T {
  running.push(started);
  return started;
}

/** A primary, and a standby that confirms each commit, with a migrated database. */
async function startPair() {
  const primary = stopLater(await startPostgres());
  await primary.query('CREATE DATABASE phonegate');
  await migrate(primary.url.replace(/postgres$/, 'phonegate'));
  const standby = stopLater(await startStandby(primary));
  const streaming = `SELECT count(*)::int AS standbys FROM pg_stat_replication WHERE state = 'streaming'`;
  await expect.poll(() => primary.query(streaming), { timeout: 20_000 }).toEqual([{ standbys: 1 }]);
  // A commit that a client has seen is on both.
  await primary.query(`ALTER SYSTEM SET synchronous_standby_names = '*'`);
  await primary.query('SELECT pg_reload_conf()');
  return { primary, standby };
}

/** Kills the primary, and promotes the standby after some seconds. @returns when the new primary accepts writes. */
async function failOver(primary: PostgresServer, standby: PostgresServer): Promise<number> {
  await primary.kill();
  await sleep(STANDBY_ONLY_MS);
  await standby.query('SELECT pg_promote()');
  return performance.now();
}

const readiness = async ({ url }: TestGateway) => (await fetch(`${url}/health/ready`)).status;

/** Stops all processes of a server, as when its machine disappears: its connections stay open, and answer nothing. */
function freeze({ data }: PostgresServer): () => void {
  const pid = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
  const all = familyOf(pid);
  const send = (signal: NodeJS.Signals) => all.forEach((each) => process.kill(each, signal));
  send('SIGSTOP');
  return () => send('SIGCONT');
}

/** Signs a user in as a client does: it repeats what fails for now, and starts again with a new code if it has to. */
async function persist(gateway: TestGateway, untilMs: number): Promise<number> {
  const phone = somePhone();
  for (;;) {
    try {
      const attempt = await requestOtp(gateway.graphqlUrl, { phone });
      if (attempt.__typename === 'OtpRequested') {
        const code = gateway.codeOf(attempt.attemptId);
        const session = await verifyOtp(gateway.graphqlUrl, { ...attempt, code });
        if (session.__typename === 'Session') return performance.now();
      }
    } catch {} // UNAVAILABLE
    if (performance.now() > untilMs) throw new Error('Not signed in');
    await sleep(200);
  }
}

/** Measures a failover while users sign in, one every 200 ms. */
async function measure(
  context: TestContext,
  gateway: TestGateway,
  pair: { primary: PostgresServer; standby: PostgresServer },
) {
  await signIn(gateway);
  const failover = sleep(2_000).then(() => failOver(pair.primary, pair.standby));
  const ready: number[] = [];
  const watch = setInterval(
    () =>
      void readiness(gateway).then(
        (status) => ready.push(status),
        () => {},
      ),
    300,
  );
  const deadline = performance.now() + 60_000;
  const signedIn = await Promise.allSettled(
    Array.from({ length: USERS }, async (_, index) => {
      await sleep(index * 200);
      return persist(gateway, deadline);
    }),
  );
  clearInterval(watch);
  const promotedAt = await failover;
  const times = signedIn.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const recovery = Math.min(...times.filter((at) => at > promotedAt)) - promotedAt;
  expect(ready).toContain(503); // while there was only a standby
  expect(await readiness(gateway)).toBe(200);
  expect(times).toHaveLength(USERS);
  expect(recovery).toBeLessThan(RECOVERED_MS);
  expect(gateway.log.filter(({ event }) => event.endsWith('.bug'))).toEqual([]);
  recordFigure(context, 'signed in', `${times.length} of ${USERS}`);
  recordFigure(context, 'first sign-in after the promotion', `${(recovery / 1_000).toFixed(1)} s`);
}

describe('Two PostgreSQL servers in DATABASE_URL', () => {
  test('no user is lost in a failover, and writes go on within 5 s of the new primary', async (context) => {
    const pair = await startPair();
    const { port } = pair.standby;
    const url = pair.primary.url
      .replace(`:${pair.primary.port}/postgres`, `:${port},127.0.0.1:${pair.primary.port}/phonegate`)
      .concat('?target_session_attrs=read-write');
    // The standby is the first: the gateway has to find the primary at its start, too.
    await measure(context, stopLater(await startGateway({ DATABASE_URL: url })), pair);
  });
});

// Each idle connection cost ten seconds, one after another.
describe('Two PostgreSQL servers, of which the primary freezes', () => {
  test('writes go on within 5 s of the new primary', async (context) => {
    const { primary, standby } = await startPair();
    const url = primary.url
      .replace(`:${primary.port}/postgres`, `:${primary.port},127.0.0.1:${standby.port}/phonegate`)
      .concat('?target_session_attrs=read-write');
    const gateway = stopLater(await startGateway({ DATABASE_URL: url }));
    await Promise.all(Array.from({ length: 12 }, () => signIn(gateway)));
    const thaw = freeze(primary);
    stopLater({ stop: async () => thaw() });
    await sleep(2_000);
    await standby.query('SELECT pg_promote()');
    const promotedAt = performance.now();
    const recovery = (await persist(gateway, promotedAt + 30_000)) - promotedAt;
    expect(recovery).toBeLessThan(RECOVERED_MS);
    recordFigure(context, 'first sign-in after the promotion', `${(recovery / 1_000).toFixed(1)} s`);
  });
});

describe('haproxy in front of a streaming replica', () => {
  test('no user is lost in a failover, and the gateway is not ready while the address leads to a standby', async (context) => {
    const pair = await startPair();
    const balancer: Haproxy = stopLater(await startHaproxy([pair.primary.port, pair.standby.port]));
    const url = pair.primary.url.replace(/:\d+\/postgres$/, `:${balancer.port}/phonegate`);
    await measure(context, stopLater(await startGateway({ DATABASE_URL: url })), pair);
  });
});
