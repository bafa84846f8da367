import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AttemptKey, LoginAttempt } from '../src/index.js';
import { WATCH_TIMINGS, type WatchTimings } from '../src/watch/timings.js';
import { layCable } from '../../../test/support/cable.js';
import { cancelLogin, startWhatsAppLogin } from '../../../test/support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../../../test/support/gateway.js';
import { laySilentCable } from '../../../test/support/silent-cable.js';
import { type Proxy, startProxy } from './proxy.js';
import { watchWithTimings } from './watching.js';

/** What a client notices only after a while: all at once, each test on a network of its own. */
let database: TestDatabase;
let gateway: TestGateway;
let brief: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url };
  [gateway, brief] = await Promise.all([startGateway(env), startGateway({ ...env, WHATSAPP_LOGIN_TTL_SECONDS: '3' })]);
});
afterAll(async () => {
  await Promise.all([gateway, brief].map((one) => one.stop()));
  await database.drop();
});

interface Network {
  proxy: Proxy;
  attempt: AttemptKey;
  watch: (options?: { url?: string; timings?: Partial<WatchTimings> }) => AsyncGenerator<LoginAttempt>;
}
type OnTestFinished = (act: () => Promise<void>) => void;

/** A network with a login attempt, for one test. */
async function createNetwork(
  { at = gateway, ...blocks }: Partial<Pick<Proxy, 'sockets' | 'streams'>> & { at?: TestGateway },
  onTestFinished: OnTestFinished,
): Promise<Network> {
  const proxy = Object.assign(await startProxy(at.url), blocks);
  const { attemptId, secret } = await startWhatsAppLogin(at.graphqlUrl);
  const attempt = { attemptId, secret };
  const watches: AsyncGenerator<LoginAttempt>[] = [];
  onTestFinished(async () => {
    for (const states of watches) await states.return(undefined);
    await proxy.close();
  });
  return {
    proxy,
    attempt,
    watch({ url = proxy.url, timings = {} } = {}) {
      const states = watchWithTimings({ url, attempt }, timings);
      watches.push(states);
      return states;
    },
  };
}

/** Cancels the attempt without using the network. @returns how long the client took to learn it, in milliseconds */
async function timeToLearn({ attempt }: Network, next: Promise<IteratorResult<LoginAttempt>>): Promise<number> {
  await cancelLogin(gateway.graphqlUrl, attempt);
  const canceledAt = performance.now();
  expect((await next).value).toMatchObject({ status: 'CANCELED' });
  return performance.now() - canceledAt;
}
const expectPending = async (states: AsyncGenerator<LoginAttempt>) =>
  expect((await states.next()).value).toMatchObject({ status: 'PENDING' });
const operations = ({ proxy }: Network) => proxy.asked.map(({ operation }) => operation);

describe.concurrent('a watch', () => {
  test('polls where a proxy accepts sockets and streams and passes nothing on', async ({ expect, onTestFinished }) => {
    const network = await createNetwork({ sockets: 'swallow', streams: 'swallow' }, onTestFinished);
    const states = network.watch({ timings: { firstStatusWithin: 700 } });
    await expectPending(states);
    expect(operations(network)).toEqual(['WebSocket', 'LoginAttemptStatus', 'LoginAttempt']);
    expect(await timeToLearn(network, states.next())).toBeLessThan(4_000);
  });

  test('polls where a proxy holds streams back until they end', async ({ expect, onTestFinished }) => {
    const network = await createNetwork({ sockets: 'refuse', streams: 'hold' }, onTestFinished);
    const states = network.watch({ timings: { firstStatusWithin: 700 } });
    await expectPending(states);
    expect(network.proxy.times('LoginAttempt')).toBe(1);
    expect(await timeToLearn(network, states.next())).toBeLessThan(4_000);
  });

  test('returns to the WebSocket after an outage in which it tried every transport', async ({
    expect,
    onTestFinished,
  }) => {
    const network = await createNetwork({}, onTestFinished);
    const cable = await layCable(network.proxy.url);
    const states = network.watch({ url: cable.url });
    await expectPending(states);
    const next = states.next();
    await cable.pull();
    await sleep(1_500); // four tries of the socket, then one of each other transport
    await cable.plugIn();
    await expect.poll(() => network.proxy.times('WebSocket'), { timeout: 10_000 }).toBe(2);
    await sleep(500);
    expect(await timeToLearn(network, next)).toBeLessThan(1_000);
    expect(operations(network).at(-1)).toBe('WebSocket');
    await cable.close();
  });

  /** A firewall that drops a connection from its table tells neither end. */
  test('notices a silently dead socket by the missing pong', async ({ expect, onTestFinished }) => {
    const network = await createNetwork({}, onTestFinished);
    const cable = await laySilentCable(network.proxy.url);
    const states = network.watch({ url: cable.url });
    await expectPending(states);
    cable.silence();
    expect(await timeToLearn(network, states.next())).toBeLessThan(8_000);
    expect(network.proxy.times('WebSocket')).toBe(2);
    await cable.close();
  });

  test('notices a silently dead stream by the missing pings', async ({ expect, onTestFinished }) => {
    const network = await createNetwork({ sockets: 'refuse' }, onTestFinished);
    const cable = await laySilentCable(network.proxy.url);
    const states = network.watch({ url: cable.url });
    await expectPending(states);
    cable.silence();
    expect(await timeToLearn(network, states.next())).toBeLessThan(8_000);
    expect(network.proxy.times('LoginAttemptStatus')).toBe(2);
    await cable.close();
  });

  test.for([
    ['socket', 'pass', 'WebSocket'],
    ['stream', 'refuse', 'LoginAttemptStatus'],
  ] as const)(
    'keeps a %s open on which nothing happens for long',
    async ([, sockets, operation], { expect, onTestFinished }) => {
      const network = await createNetwork({ sockets }, onTestFinished);
      const states = network.watch();
      await expectPending(states);
      const next = states.next();
      await sleep(3_300); // several times the silence after which it would be taken for dead
      expect(await timeToLearn(network, next)).toBeLessThan(1_000);
      expect(network.proxy.times(operation)).toBe(1);
    },
  );

  test.for([
    ['WebSocket', {}],
    ['SSE', { sockets: 'refuse' }],
    ['polling', { sockets: 'refuse', streams: 'refuse' }],
  ] as const)('by %s ends after EXPIRED', async ([, blocks], { expect, onTestFinished }) => {
    const { watch } = await createNetwork({ ...blocks, at: brief }, onTestFinished);
    const statuses: string[] = [];
    for await (const { status } of watch()) statuses.push(status);
    expect(statuses).toEqual(['PENDING', 'EXPIRED']);
  });
});

test('the gateways hold no socket, topic or deadline when all watches have ended', async () => {
  for (const one of [gateway, brief])
    await expect.poll(() => one.waiting(), { timeout: 5_000 }).toEqual({ sockets: 0, topics: 0, deadlines: 0 });
});

test('applications watch with the timings that docs/guides/client.md names', () => {
  const { firstStatusWithin, pingAfter, pongWithin, streamSilence, pollInterval } = WATCH_TIMINGS;
  expect({ firstStatusWithin, pollInterval }).toEqual({ firstStatusWithin: 6_000, pollInterval: 2_000 });
  expect(pingAfter + pongWithin).toBe(15_000);
  expect(streamSilence).toBe(30_000);
  // The gateway pings a stream every 12 s in production, and every 0.3 s where NODE_ENV is `test`.
  expect(streamSilence).toBeGreaterThan(2 * 12_000);
});
