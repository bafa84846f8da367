import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { loadConfig } from '../../src/config/config.js';
import { shutdownTimes } from '../../src/shutdown.js';
import { startWhatsAppLogin } from '../support/calls.js';
import { SECRET, type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { freePort } from '../support/ports.js';
import { PROJECT, cleanUpProcesses, makeFolder, spawnGateway } from '../support/process.js';
import { connectSocket, watchLogin } from '../support/watch.js';
import { watchBySse } from '../support/sse.js';
import { PRODUCTION } from '../support/config.js';

const DELAY_MS = 1_500;
const read = (file: string) => readFileSync(join(PROJECT, file), 'utf8');

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await cleanUpProcesses();
  await database.drop();
});

/** A request on a connection that is kept: one for each agent. */
async function ask(agent: Agent, { port, path }: { port: string; path: string }) {
  const asking = request({ host: '127.0.0.1', port, path, agent, headers: { host: 'localhost' } });
  asking.end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  return { status: response.statusCode, connection: response.headers.connection, body: await text(response) };
}

const keptConnection = () => new Agent({ keepAlive: true, maxSockets: 1 });

/** Whether something accepts a connection. */
async function accepts(port: string | number): Promise<boolean> {
  const socket = connect(Number(port), '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

describe('an instance that shuts down', () => {
  let gateway: TestGateway;
  let port: string;
  const start = async () => {
    gateway = await startGateway({ DATABASE_URL: database.url });
    ({ port } = new URL(gateway.url));
  };

  test('says so while it still serves everything, then accepts no connection', async () => {
    await start();
    await startWhatsAppLogin(gateway.graphqlUrl); // the first one takes longer
    const stopped = gateway.stop({ delayMs: DELAY_MS, graceMs: 10_000 });
    const health = await fetch(`${gateway.url}/health/ready`);
    expect([health.status, await health.json()]).toEqual([503, expect.objectContaining({ status: 'draining' })]);
    expect(await startWhatsAppLogin(gateway.graphqlUrl)).toMatchObject({ attemptId: expect.any(String) });
    const socket = new WebSocket(gateway.socketUrl, 'graphql-transport-ws');
    await once(socket, 'open');
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
    expect([code, String(reason)]).toEqual([1001, 'Going away']);
    expect(await accepts(port)).toBe(false); // so the client cannot come back to it
    await stopped;
  });

  test('answers a request on a connection that a proxy has kept, and asks to close the connection', async () => {
    await start();
    const agents = [keptConnection(), keptConnection()] as const;
    const path = '/health/live';
    for (const agent of agents) expect((await ask(agent, { port, path })).connection).toBe('keep-alive');
    const stopped = gateway.stop({ delayMs: DELAY_MS, graceMs: 10_000 });
    expect((await ask(agents[0], { port, path })).connection).toBe('keep-alive');
    await expect.poll(() => accepts(port), { timeout: 20_000 }).toBe(false);
    await sleep(500); // closed at once, the connection would be closed by now
    expect(await ask(agents[0], { port, path })).toMatchObject({ status: 200, connection: 'close' });
    await stopped; // also the connection without a request has been closed
    for (const agent of agents) agent.destroy();
  });

  test('waits for a request that runs', async ({ onTestFinished }) => {
    await start();
    const lock = new pg.Client({ connectionString: database.url });
    await lock.connect();
    onTestFinished(() => lock.end());
    await lock.query('BEGIN; LOCK TABLE login_attempts IN ACCESS EXCLUSIVE MODE');
    const answer = startWhatsAppLogin(gateway.graphqlUrl);
    await expect
      .poll(() =>
        database.query(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'phonegate sign-in'
           AND wait_event_type = 'Lock'`,
        ),
      )
      .toHaveLength(1);
    const stopped = gateway.stop({ graceMs: 10_000 });
    await sleep(300);
    await lock.query('ROLLBACK');
    expect(await answer).toMatchObject({ attemptId: expect.any(String) });
    await stopped;
  });

  test('ends event streams without the event that says that the operation has completed', async () => {
    await start();
    const attempt = await startWhatsAppLogin(gateway.graphqlUrl);
    const events = watchBySse(gateway.graphqlUrl, attempt);
    expect((await events.next()).value).toMatchObject({ event: 'next' });
    const end = events.next();
    const stopped = gateway.stop({ delayMs: 50, graceMs: 30_000 });
    expect(await end).toEqual({ done: true, value: undefined }); // a cut stream would reject
    const startedAt = performance.now();
    await stopped;
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(gateway.waiting()).toMatchObject({ sockets: 0, deadlines: 0 });
  });

  test('sends its WebSockets away a few at a time', async () => {
    await start();
    const times: number[] = [];
    const sockets = Array.from({ length: 30 }, () => {
      const socket = new WebSocket(gateway.socketUrl, 'graphql-transport-ws');
      socket.once('open', () => socket.send('{"type":"connection_init"}'));
      const closed = once(socket, 'close').then(([code]) => {
        times.push(performance.now());
        return code as number;
      });
      return { acknowledged: once(socket, 'message'), closed };
    });
    await Promise.all(sockets.map(({ acknowledged }) => acknowledged));
    await gateway.stop({ delayMs: 50, graceMs: 10_000 });
    expect(new Set(await Promise.all(sockets.map(({ closed }) => closed)))).toEqual(new Set([1001]));
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(200);
  });

  test('is followed at once by a client of graphql-ws that is set up as the documentation says', async () => {
    await start();
    const other = await startGateway({ DATABASE_URL: database.url });
    const attempt = await startWhatsAppLogin(gateway.graphqlUrl);
    expect(read('docs/guides/graphql-clients.md')).toContain(
      'retryWait: (retries) => new Promise((resolve) => setTimeout(resolve, retries === 0 ? 0 : 1_000 * 2 ** retries)),',
    );
    let url = gateway.socketUrl;
    const client = connectSocket('', {
      url: () => url,
      retryAttempts: 5,
      retryWait: (retries) => new Promise((resolve) => setTimeout(resolve, retries === 0 ? 0 : 1_000 * 2 ** retries)),
    });
    const states = watchLogin(client, attempt);
    expect((await states.next()).value).toMatchObject({ status: 'PENDING' });
    url = other.socketUrl;
    const connected = new Promise<number>((resolve) => client.on('connected', () => resolve(performance.now())));
    const closed = new Promise<number>((resolve) => client.on('closed', () => resolve(performance.now())));
    await gateway.stop({ delayMs: 50, graceMs: 10_000 });
    expect((await connected) - (await closed)).toBeLessThan(500); // its own default is one to four seconds
    await client.dispose();
    await other.stop();
  });

  test('gives load balancers five seconds in production, and running requests the time that a code may take', () => {
    expect(shutdownTimes(loadConfig(PRODUCTION))).toEqual({ delayMs: 5_000, graceMs: 20_000 });
    expect(shutdownTimes(loadConfig({}))).toEqual({ delayMs: 0, graceMs: 20_000 });
    const env = { ...PRODUCTION, SHUTDOWN_DELAY_SECONDS: '20', DELIVERY_BUDGET_SECONDS: '20' };
    expect(shutdownTimes(loadConfig(env))).toEqual({ delayMs: 20_000, graceMs: 25_000 });
  });
});

test('an instance that starts accepts no connection before it can answer', async ({ onTestFinished }) => {
  const port = await freePort();
  // A database that accepts connections and does not answer, as one that another instance migrates.
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  onTestFinished(() => void silent.close());
  await once(silent, 'listening');
  const databaseUrl = `postgres://a:b@127.0.0.1:${(silent.address() as AddressInfo).port}/c`;
  const connected = once(silent, 'connection');
  const waiting = spawnGateway(makeFolder(), { env: { PORT: `${port}`, DATABASE_URL: databaseUrl } });
  await connected;
  expect(await accepts(port)).toBe(false);
  waiting.signal('SIGKILL');
  await waiting.exited;

  const started = spawnGateway(makeFolder(), {
    env: { PORT: `${port}`, DATABASE_URL: database.url, GATEWAY_SECRET: SECRET },
  });
  await started.ready();
  expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).status).toBe(200);
  started.signal('SIGTERM');
  expect((await started.exited).code).toBe(0);
});
