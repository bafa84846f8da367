import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type AttemptKey, type LoginAttempt, createPhonegate } from '../../../src/web/client/index.js';
import { layCable } from '../../support/cable.js';
import { cancelLogin, startWhatsAppLogin } from '../../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../../support/gateway.js';
import { laySilentCable } from '../../support/silent-cable.js';
import { type Proxy, startProxy } from './proxy.js';

/** Whatever takes the client half a minute to notice: all at once, each on a network of its own. */
let database: TestDatabase;
let gateway: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url });
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

interface Network {
  proxy: Proxy;
  attempt: AttemptKey;
  watch: (url?: string) => AsyncGenerator<LoginAttempt>;
}

/** A network with a login on it, for one test. */
async function network(
  ways: Partial<Pick<Proxy, 'sockets' | 'streams'>>,
  atTheEnd: (act: () => Promise<void>) => void,
): Promise<Network> {
  const proxy = Object.assign(await startProxy(gateway.url), ways);
  const { attemptId, secret } = await startWhatsAppLogin(gateway.graphqlUrl);
  const attempt = { attemptId, secret };
  const left: (() => unknown)[] = [];
  atTheEnd(async () => {
    for (const leave of left) await leave();
    await proxy.close();
  });
  return {
    proxy,
    attempt,
    watch(url = proxy.url) {
      const client = createPhonegate({ url, webSocketImpl: WebSocket });
      const states = client.watchLogin(attempt);
      left.push(
        () => states.return(undefined),
        () => client.session.close(),
      );
      return states;
    },
  };
}

/** Cancels it past the network. @returns how long the news took, in milliseconds. */
async function newsOf({ attempt }: Network, told: Promise<IteratorResult<LoginAttempt>>): Promise<number> {
  await cancelLogin(gateway.graphqlUrl, attempt);
  const begun = performance.now();
  expect((await told).value).toMatchObject({ status: 'CANCELED' });
  return performance.now() - begun;
}
const pending = async (states: AsyncGenerator<LoginAttempt>) =>
  expect((await states.next()).value).toMatchObject({ status: 'PENDING' });

describe.concurrent('what is in the way', { timeout: 90_000 }, () => {
  test('a proxy that swallows sockets and streams without a word: it comes through by asking', async ({
    expect,
    onTestFinished,
  }) => {
    const net = await network({ sockets: 'swallow', streams: 'swallow' }, onTestFinished);
    const begun = performance.now();
    const states = net.watch();
    await pending(states);
    expect(performance.now() - begun).toBeLessThan(25_000);
    expect(await newsOf(net, states.next())).toBeLessThan(4_000);
  });

  test('a proxy that holds streams back until they end', async ({ expect, onTestFinished }) => {
    const net = await network({ sockets: 'refuse', streams: 'hold' }, onTestFinished);
    const states = net.watch();
    await pending(states);
    expect(net.proxy.times('LoginAttempt')).toBe(1);
    expect(await newsOf(net, states.next())).toBeLessThan(4_000);
  });

  test('an outage in which all ways are tried: afterwards the socket has its turn again', async ({
    expect,
    onTestFinished,
  }) => {
    const net = await network({}, onTestFinished);
    const cable = await layCable(net.proxy.url);
    const states = net.watch(cable.url);
    await pending(states);
    const told = states.next();
    await cable.pull();
    await sleep(13_000); // four tries of the socket, then the others have theirs
    await cable.plugIn();
    await expect.poll(() => net.proxy.times('WebSocket'), { timeout: 25_000 }).toBe(2);
    await sleep(500);
    expect(await newsOf(net, told)).toBeLessThan(1_000);
    expect(net.proxy.asked.at(-1)?.operation).toBe('WebSocket');
    await cable.close();
  });

  /** A firewall that forgets a connection tells nobody. */
  test('a socket that dies without a word is noticed by the missing answer', async ({ expect, onTestFinished }) => {
    const net = await network({}, onTestFinished);
    const cable = await laySilentCable(net.proxy.url);
    const states = net.watch(cable.url);
    await pending(states);
    cable.silence();
    expect(await newsOf(net, states.next())).toBeLessThan(18_000);
    expect(net.proxy.times('WebSocket')).toBe(2);
    await cable.close();
  });

  test('a stream that does, by the missing sign of life', async ({ expect, onTestFinished }) => {
    const net = await network({ sockets: 'refuse' }, onTestFinished);
    const cable = await laySilentCable(net.proxy.url);
    const states = net.watch(cable.url);
    await pending(states);
    cable.silence();
    expect(await newsOf(net, states.next())).toBeLessThan(33_000);
    expect(net.proxy.times('LoginAttemptStatus')).toBe(2);
    await cable.close();
  });

  test.each([
    ['socket', 'pass' as const, 'WebSocket'],
    ['stream', 'refuse' as const, 'LoginAttemptStatus'],
  ])('a %s on which nothing happens for long is left alone', async (_, sockets, operation) => {
    const leave: (() => Promise<void>)[] = [];
    const net = await network({ sockets }, (act) => leave.push(act));
    const states = net.watch();
    await pending(states);
    const told = states.next();
    await sleep(33_000);
    expect(await newsOf(net, told)).toBeLessThan(1_000);
    expect(net.proxy.times(operation)).toBe(1);
    for (const act of leave) await act();
  });
});

test('when all have left, the gateway waits for nobody', async () => {
  await expect.poll(() => gateway.waiting(), { timeout: 5_000 }).toEqual({ sockets: 0, topics: 0, deadlines: 0 });
});
