import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type AttemptKey, type LoginAttempt, createPhonegate } from '../src/index.js';
import { layCable } from '../../../test/support/cable.js';
import {
  cancelLogin,
  deliverWebhook,
  incomingText,
  somePhone,
  startWhatsAppLogin,
} from '../../../test/support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../../../test/support/gateway.js';
import type { WatchTimings } from '../src/watch/timings.js';
import { type Proxy, startProxy } from './proxy.js';
import { watchWithTimings } from './watching.js';

let database: TestDatabase;
let gateway: TestGateway;
let proxy: Proxy;
let watches: AsyncGenerator<LoginAttempt>[] = [];
/** What the gateway holds while nobody watches. */
const QUIET = { sockets: 0, topics: 0, deadlines: 0 };

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url, WHATSAPP_CONFIRMATION: 'always' });
  proxy = await startProxy(gateway.url);
});
afterEach(async () => {
  await Promise.all(watches.map((states) => states.return(undefined)));
  watches = [];
  vi.unstubAllGlobals();
  proxy.cut();
  Object.assign(proxy, { target: gateway.url, sockets: 'pass', streams: 'pass', instead: undefined, asked: [] });
  await expect.poll(() => gateway.waiting(), { timeout: 5_000 }).toEqual(QUIET);
});
afterAll(async () => {
  await proxy.close();
  await gateway.stop();
  await database.drop();
});

function watch(
  attempt: AttemptKey,
  options: { url?: string; signal?: AbortSignal; timings?: Partial<WatchTimings> } = {},
): AsyncGenerator<LoginAttempt> {
  const { url = proxy.url, signal, timings } = options;
  const states = watchWithTimings({ url, attempt, signal }, timings);
  watches.push(states);
  return states;
}

/** Starts a login by WhatsApp, and moves it on without using the proxy. */
async function startLogin(at = gateway) {
  const { attemptId, secret, loginMessage } = await startWhatsAppLogin(at.graphqlUrl);
  const attempt = { attemptId, secret };
  const phone = somePhone();
  const send = (text: string) => deliverWebhook(at.url, incomingText(text, phone));
  return {
    attempt,
    message: () => send(loginMessage),
    confirm: ({ confirmationNumber }: LoginAttempt) => send(confirmationNumber ?? ''),
    deny: () => send('NO'),
    cancel: () => cancelLogin(at.graphqlUrl, attempt),
  };
}

/** Waits for the next status; a failure names the one that did not come. */
async function next(states: AsyncGenerator<LoginAttempt>, status: string): Promise<LoginAttempt> {
  const { value } = (await states.next()) as IteratorYieldResult<LoginAttempt>;
  expect(value).toMatchObject({ status });
  return value;
}
const expectEnd = async (states: AsyncGenerator<LoginAttempt>) => expect((await states.next()).done).toBe(true);

async function all(states: AsyncIterable<LoginAttempt>): Promise<string[]> {
  const seen: string[] = [];
  for await (const { status } of states) seen.push(status);
  return seen;
}

/** A client that paused would make the test time out. */
const PAUSES_OF_A_MINUTE = { shortestPause: 60_000 };

const bySocket = () => {};
const bySse = () => {
  proxy.sockets = 'refuse';
};
const byPolling = () => {
  proxy.sockets = 'refuse';
  proxy.streams = 'refuse';
};

describe.each([
  ['WebSocket', bySocket],
  ['SSE', bySse],
  ['polling', byPolling],
])('a watch by %s', (name, prepare) => {
  test('yields the current status, then each change once, then ends', async () => {
    prepare();
    const login = await startLogin();
    const states = watch(login.attempt);
    await next(states, 'PENDING');
    await login.message();
    const confirming = await next(states, 'CONFIRMING');
    expect(confirming.confirmationNumber).toMatch(/^\d\d$/);
    await login.confirm(confirming);
    await next(states, 'COMPLETED');
    await expectEnd(states);
    await expect.poll(() => gateway.waiting()).toEqual(QUIET);
    expect([proxy.times('WebSocket'), proxy.times('LoginAttemptStatus')]).toEqual([1, name === 'WebSocket' ? 0 : 1]);
  });

  test('ends after CANCELED, also for a watch that starts later', async () => {
    prepare();
    const login = await startLogin();
    const states = watch(login.attempt);
    await next(states, 'PENDING');
    await login.cancel();
    expect(await all(states)).toEqual(['CANCELED']);
    expect(await all(watch(login.attempt))).toEqual(['CANCELED']);
  });

  test('throws ATTEMPT_NOT_FOUND for an unknown attempt and for a wrong secret', async () => {
    prepare();
    const { attempt } = await startLogin();
    for (const unknown of [
      { ...attempt, secret: 'wrong' },
      { attemptId: '00000000-0000-7000-8000-000000000000', secret: 'x' },
    ]) {
      const begun = performance.now();
      await expect(watch(unknown).next()).rejects.toMatchObject({
        name: 'PhonegateError',
        code: 'ATTEMPT_NOT_FOUND',
      });
      expect(performance.now() - begun).toBeLessThan(2_500); // the pauses before SSE and polling
    }
  });

  test('throws a refusal that would be repeated', async () => {
    prepare();
    const refusal = { errors: [{ message: 'No such field', extensions: { code: 'BAD_REQUEST' } }] };
    proxy.instead = ({ operation, headers }) => {
      const isStream = headers.accept === 'text/event-stream';
      if (operation === 'LoginAttemptStatus' && proxy.streams === 'pass')
        return {
          status: 200,
          body: isStream ? `event: next\ndata: ${JSON.stringify(refusal)}\n\n` : JSON.stringify(refusal),
        };
      return operation === 'LoginAttempt' ? { status: 200, body: JSON.stringify(refusal) } : undefined;
    };
    if (name === 'WebSocket') proxy.sockets = 'refuse'; // the socket's own is below
    const { attempt } = await startLogin();
    await expect(watch(attempt).next()).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  test('yields a change that was made while the connection was cut', async () => {
    prepare();
    const cable = await layCable(proxy.url);
    const login = await startLogin();
    const states = watch(login.attempt, { url: cable.url });
    await next(states, 'PENDING');
    const change = next(states, 'CONFIRMING');
    await cable.pull();
    await login.message();
    await sleep(200);
    await cable.plugIn();
    await login.confirm(await change);
    await next(states, 'COMPLETED');
    await expectEnd(states);
    await cable.close();
  });

  test('does not yield the same status again after the connection was cut', async () => {
    prepare();
    const login = await startLogin();
    const states = watch(login.attempt);
    await next(states, 'PENDING');
    const change = next(states, 'CANCELED');
    for (let turn = 0; turn < 3; turn += 1) {
      const before = proxy.asked.length;
      proxy.cut();
      await expect.poll(() => proxy.asked.length, { timeout: 8_000 }).toBeGreaterThan(before);
      await sleep(100);
    }
    await login.cancel();
    await change;
  });

  test('continues at another instance when the gateway is restarted', async () => {
    prepare();
    const instance = await startGateway({ DATABASE_URL: database.url });
    proxy.target = instance.url;
    const login = await startLogin();
    const states = watch(login.attempt);
    await next(states, 'PENDING');
    const change = next(states, 'CANCELED');
    await instance.stop();
    await login.cancel();
    proxy.target = gateway.url;
    await change;
    await expectEnd(states);
  });

  if (name === 'WebSocket')
    test('continues at another instance at once, when the gateway sends it away', async () => {
      const instance = await startGateway({ DATABASE_URL: database.url });
      proxy.target = instance.url;
      const login = await startLogin();
      const states = watch(login.attempt, { timings: PAUSES_OF_A_MINUTE });
      await next(states, 'PENDING');
      proxy.target = gateway.url;
      const change = next(states, 'CANCELED');
      await instance.stop();
      await login.cancel();
      await change;
      await expectEnd(states);
    });

  test.each<[string, (states: AsyncGenerator<LoginAttempt>, signal: AbortController) => unknown]>([
    ['the signal', (_, signal) => signal.abort()],
    ['return()', (states) => states.return(undefined)],
  ])('ends at once by %s while it waits, and leaves nothing open', async (_, leave) => {
    prepare();
    const { attempt } = await startLogin();
    const signal = new AbortController();
    // A poll every minute: what waited for the next one would not end in time.
    const states = watch(attempt, { signal: signal.signal, timings: { pollInterval: 60_000 } });
    await next(states, 'PENDING');
    const waiting = states.next();
    await sleep(50);
    void leave(states, signal);
    expect((await waiting).done).toBe(true);
    expect(getEventListeners(signal.signal, 'abort')).toEqual([]);
    await expect.poll(() => gateway.waiting()).toEqual(QUIET);
    await expectEnd(states);
  });

  test('is ended by the signal also while the caller is not waiting', async () => {
    prepare();
    const { attempt } = await startLogin();
    const signal = new AbortController();
    const states = watch(attempt, { signal: signal.signal });
    await next(states, 'PENDING');
    signal.abort();
    await expect.poll(() => gateway.waiting()).toEqual(QUIET);
    expect(getEventListeners(signal.signal, 'abort')).toEqual([]);
    await expectEnd(states);
  });

  test('leaves nothing open after a break', async () => {
    prepare();
    const { attempt } = await startLogin();
    const signal = new AbortController();
    for await (const { status } of watch(attempt, { signal: signal.signal })) {
      expect(status).toBe('PENDING');
      break;
    }
    await expect.poll(() => gateway.waiting()).toEqual(QUIET);
    expect(getEventListeners(signal.signal, 'abort')).toEqual([]);
    const asked = proxy.asked.length;
    await sleep(600);
    expect(proxy.asked.length).toBe(asked);
  });
});

describe('the WebSocket', () => {
  test('can be left before it has opened, without an error', async () => {
    proxy.sockets = 'swallow';
    const { attempt } = await startLogin();
    const signal = new AbortController();
    const states = watch(attempt, { signal: signal.signal });
    const waiting = states.next();
    await expect.poll(() => proxy.times('WebSocket')).toBe(1);
    signal.abort();
    expect((await waiting).done).toBe(true);
    await expect.poll(() => proxy.open()).toBe(0);
  });

  test('is replaced by SSE where there is none, as in Node 20', async () => {
    vi.stubGlobal('WebSocket', undefined);
    const client = createPhonegate({ url: proxy.url });
    const login = await startLogin();
    const states = client.watchLogin(login.attempt);
    watches.push(states);
    await next(states, 'PENDING');
    expect(proxy.asked.map(({ operation }) => operation)).toEqual(['LoginAttemptStatus']);
    await login.cancel();
    expect(await all(states)).toEqual(['CANCELED']);
    client.session.close();
  });
});

describe('a socket', () => {
  /** A server that sends these messages as soon as a socket sends its first. */
  async function startServer(messages: string[]) {
    const { WebSocketServer } = await import('ws');
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    server.on('connection', (socket) => {
      socket.on('message', () => {
        for (const text of messages.splice(0)) socket.send(text);
      });
    });
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    return {
      url: `http://127.0.0.1:${port}`,
      close: () =>
        new Promise((resolve) => {
          for (const socket of server.clients) socket.terminate();
          server.close(resolve);
        }),
    };
  }
  const ACK = '{"type":"connection_ack"}';
  const errors = [{ message: 'No such field', extensions: { code: 'BAD_REQUEST' } }];

  test.each([
    ['an error', [ACK, JSON.stringify({ id: '1', type: 'error', payload: errors })]],
    ['an answer with errors', [ACK, JSON.stringify({ id: '1', type: 'next', payload: { data: null, errors } })]],
  ])('throws a refusal that would be repeated: %s', async (_, messages) => {
    const server = await startServer(messages);
    const { attempt } = await startLogin();
    await expect(watch(attempt, { url: server.url }).next()).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await server.close();
  });

  test.each(['no JSON', 'null', '{"type":"next"}', '{"type":"error"}'])(
    'is closed without an error of the program when it receives %s',
    async (nonsense) => {
      const server = await startServer([ACK, nonsense]);
      const { attempt } = await startLogin();
      const signal = new AbortController();
      const states = watch(attempt, { url: server.url, signal: signal.signal });
      const waiting = states.next();
      await sleep(300);
      signal.abort();
      expect((await waiting).done).toBe(true);
      await server.close();
    },
  );

  test('answers a ping of the gateway', async () => {
    const { WebSocketServer } = await import('ws');
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    const received: string[] = [];
    server.on('connection', (socket) => {
      socket.on('message', (data: Buffer) => {
        const { type } = JSON.parse(data.toString()) as { type: string };
        received.push(type);
        if (type === 'connection_init') socket.send(ACK);
        if (type === 'subscribe') socket.send('{"type":"ping"}');
      });
    });
    await new Promise((resolve) => server.once('listening', resolve));
    const { attempt } = await startLogin();
    const states = watch(attempt, { url: `http://127.0.0.1:${(server.address() as { port: number }).port}` });
    const waiting = states.next();
    await expect.poll(() => received).toEqual(['connection_init', 'subscribe', 'pong']);
    await states.return(undefined);
    await waiting;
    server.close();
  });
});

describe('when the page or the network is back, a watch', () => {
  /** The parts of a page that the client uses. */
  function stubPage() {
    const page = new EventTarget();
    const document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
    vi.stubGlobal('document', document);
    vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
    vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
    const listeners = () =>
      ['online', 'pageshow', 'storage'].flatMap((name) => getEventListeners(page, name)).length +
      getEventListeners(document, 'visibilitychange').length;
    return { page, document, listeners };
  }
  test.each<[string, (stub: ReturnType<typeof stubPage>) => void]>([
    ['the network is back', ({ page }) => void page.dispatchEvent(new Event('online'))],
    ['the page is visible again', ({ document }) => void document.dispatchEvent(new Event('visibilitychange'))],
    [
      'the page comes from the back/forward cache',
      ({ page }) => void page.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true })),
    ],
  ])('connects again without a pause, by the same transport, when %s', async (_, resume) => {
    const stub = stubPage();
    const login = await startLogin();
    const before = stub.listeners();
    const states = watch(login.attempt, { timings: PAUSES_OF_A_MINUTE });
    await next(states, 'PENDING');
    const change = states.next();
    for (let times = 2; times < 5; times += 1) {
      resume(stub);
      await expect.poll(() => proxy.times('WebSocket'), { timeout: 10_000 }).toBe(times);
      await expect.poll(() => gateway.waiting().sockets).toBe(1);
    }
    await login.cancel();
    expect((await change).value).toMatchObject({ status: 'CANCELED' });
    await expectEnd(states);
    expect(stub.listeners()).toBe(before);
  });

  test('connects again in the middle of a pause', async () => {
    const stub = stubPage();
    const cable = await layCable(proxy.url);
    const login = await startLogin();
    const states = watch(login.attempt, { url: cable.url, timings: PAUSES_OF_A_MINUTE });
    await next(states, 'PENDING');
    const change = states.next();
    await cable.pull();
    await sleep(300); // the socket is closed, and the pause has begun
    await login.cancel();
    await cable.plugIn();
    stub.page.dispatchEvent(new Event('online'));
    expect((await change).value).toMatchObject({ status: 'CANCELED' });
    await cable.close();
  });

  test('removes its listeners from the page once the signal is aborted, also while the caller is not waiting', async () => {
    const stub = stubPage();
    const { attempt } = await startLogin();
    const signal = new AbortController();
    const before = stub.listeners();
    const states = watch(attempt, { signal: signal.signal });
    await next(states, 'PENDING');
    signal.abort();
    expect(stub.listeners()).toBe(before);
  });
});

test('a watch that was never started sends no request and leaves nothing open', async () => {
  const { attempt } = await startLogin();
  const signal = new AbortController();
  const states = watch(attempt, { signal: signal.signal });
  expect((await states.return(undefined)).done).toBe(true);
  expect(getEventListeners(signal.signal, 'abort')).toEqual([]);
  signal.abort();
  expect(await all(watch(attempt, { signal: signal.signal }))).toEqual([]);
  expect(proxy.asked).toEqual([]);
});
