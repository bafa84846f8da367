import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type LoginAttempt, type Phonegate, createPhonegate } from '../../../src/web/client/index.js';
import { layCable } from '../../support/cable.js';
import { cancelLogin, deliverWebhook, incomingText, somePhone, startWhatsAppLogin } from '../../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../../support/gateway.js';
import { type Proxy, startProxy } from './proxy.js';

let database: TestDatabase;
let gateway: TestGateway;
let brief: TestGateway;
let proxy: Proxy;
let clients: Phonegate[] = [];
let watches: AsyncGenerator<LoginAttempt>[] = [];
const QUIET = { sockets: 0, topics: 0, deadlines: 0 };

beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url };
  [gateway, brief] = await Promise.all([
    startGateway({ ...env, WHATSAPP_CONFIRMATION: 'always' }),
    startGateway({ ...env, WHATSAPP_LOGIN_TTL_SECONDS: '3' }),
  ]);
  proxy = await startProxy(gateway.url);
});
afterEach(async () => {
  await Promise.all(watches.map((states) => states.return(undefined)));
  for (const { session } of clients) session.close();
  [clients, watches] = [[], []];
  vi.unstubAllGlobals();
  proxy.cut();
  Object.assign(proxy, { target: gateway.url, sockets: 'pass', streams: 'pass', instead: undefined, asked: [] });
  await expect.poll(() => gateway.waiting(), { timeout: 5_000 }).toEqual(QUIET);
});
afterAll(async () => {
  await proxy.close();
  await Promise.all([gateway, brief].map((one) => one.stop()));
  await database.drop();
});

function open(url = proxy.url): Phonegate {
  const client = createPhonegate({ url, webSocketImpl: WebSocket });
  clients.push(client);
  return {
    ...client,
    watchLogin(attempt, signal) {
      const states = client.watchLogin(attempt, signal);
      watches.push(states);
      return states;
    },
  };
}

/** A login by WhatsApp that a test moves on, past whatever is between the client and the gateway. */
async function begin(at = gateway) {
  const { attemptId, secret, loginMessage } = await startWhatsAppLogin(at.graphqlUrl);
  const attempt = { attemptId, secret };
  const phone = somePhone();
  const say = (text: string) => deliverWebhook(at.url, incomingText(text, phone));
  return {
    attempt,
    message: () => say(loginMessage),
    confirm: ({ confirmationNumber }: LoginAttempt) => say(confirmationNumber ?? ''),
    deny: () => say('NO'),
    cancel: () => cancelLogin(at.graphqlUrl, attempt),
  };
}

/** The next state; a test that waits for it too long says which one was missing. */
async function next(states: AsyncGenerator<LoginAttempt>, status: string): Promise<LoginAttempt> {
  const { value } = (await states.next()) as IteratorYieldResult<LoginAttempt>;
  expect(value).toMatchObject({ status });
  return value;
}
const atTheEnd = async (states: AsyncGenerator<LoginAttempt>) => expect((await states.next()).done).toBe(true);

async function all(states: AsyncIterable<LoginAttempt>): Promise<string[]> {
  const seen: string[] = [];
  for await (const { status } of states) seen.push(status);
  return seen;
}

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
])('by %s', (name, prepare) => {
  test('the present state first, then each change once, then the end', async () => {
    prepare();
    const login = await begin();
    const states = open().watchLogin(login.attempt);
    await next(states, 'PENDING');
    await login.message();
    const confirming = await next(states, 'CONFIRMING');
    expect(confirming.confirmationNumber).toMatch(/^\d\d$/);
    await login.confirm(confirming);
    await next(states, 'COMPLETED');
    await atTheEnd(states);
    await expect.poll(() => gateway.waiting()).toEqual(QUIET);
    expect([proxy.times('WebSocket'), proxy.times('LoginAttemptStatus')]).toEqual([1, name === 'WebSocket' ? 0 : 1]);
  });

  test('it ends after CANCELED, and tells who comes later the same', async () => {
    prepare();
    const login = await begin();
    const states = open().watchLogin(login.attempt);
    await next(states, 'PENDING');
    await login.cancel();
    expect(await all(states)).toEqual(['CANCELED']);
    expect(await all(open().watchLogin(login.attempt))).toEqual(['CANCELED']);
  });

  test('it ends after EXPIRED', async () => {
    prepare();
    proxy.target = brief.url;
    const { attempt } = await begin(brief);
    expect(await all(open().watchLogin(attempt))).toEqual(['PENDING', 'EXPIRED']);
  });

  test('ATTEMPT_NOT_FOUND is thrown at once, for an attempt or a secret that is not there', async () => {
    prepare();
    const { attempt } = await begin();
    for (const unknown of [
      { ...attempt, secret: 'wrong' },
      { attemptId: '00000000-0000-7000-8000-000000000000', secret: 'x' },
    ]) {
      const begun = performance.now();
      await expect(open().watchLogin(unknown).next()).rejects.toMatchObject({
        name: 'PhonegateError',
        code: 'ATTEMPT_NOT_FOUND',
      });
      expect(performance.now() - begun).toBeLessThan(2_500); // the pauses before SSE and polling
    }
  });

  test('a refusal that will not pass is thrown too', async () => {
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
    const { attempt } = await begin();
    await expect(open().watchLogin(attempt).next()).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  test('a connection that is cut, and the change made meanwhile: it is told', async () => {
    prepare();
    const cable = await layCable(proxy.url);
    const login = await begin();
    const states = open(cable.url).watchLogin(login.attempt);
    await next(states, 'PENDING');
    const told = next(states, 'CONFIRMING');
    await cable.pull();
    await login.message();
    await sleep(1_000);
    await cable.plugIn();
    await login.confirm(await told);
    await next(states, 'COMPLETED');
    await atTheEnd(states);
    await cable.close();
  });

  test('the same state is not told again after a cut', async () => {
    prepare();
    const login = await begin();
    const states = open().watchLogin(login.attempt);
    await next(states, 'PENDING');
    const told = next(states, 'CANCELED');
    for (let turn = 0; turn < 3; turn += 1) {
      const before = proxy.asked.length;
      proxy.cut();
      await expect.poll(() => proxy.asked.length, { timeout: 8_000 }).toBeGreaterThan(before);
      await sleep(100);
    }
    await login.cancel();
    await told;
  });

  test('the gateway is restarted: another instance goes on', async () => {
    prepare();
    const instance = await startGateway({ DATABASE_URL: database.url });
    proxy.target = instance.url;
    const login = await begin();
    const states = open().watchLogin(login.attempt);
    await next(states, 'PENDING');
    const told = next(states, 'CANCELED');
    await instance.stop();
    await login.cancel();
    proxy.target = gateway.url;
    await told;
    await atTheEnd(states);
  });

  test.each<[string, (states: AsyncGenerator<LoginAttempt>, signal: AbortController) => unknown]>([
    ['the signal', (_, signal) => signal.abort()],
    ['return()', (states) => states.return(undefined)],
  ])('%s ends it at once while it waits, and leaves nothing', async (_, leave) => {
    prepare();
    const { attempt } = await begin();
    const signal = new AbortController();
    const states = open().watchLogin(attempt, signal.signal);
    await next(states, 'PENDING');
    const waiting = states.next();
    await sleep(50);
    const begun = performance.now();
    void leave(states, signal);
    expect((await waiting).done).toBe(true);
    expect(performance.now() - begun).toBeLessThan(300);
    expect(getEventListeners(signal.signal, 'abort')).toEqual([]);
    await expect.poll(() => gateway.waiting()).toEqual(QUIET);
    await atTheEnd(states);
  });

  test('the signal ends it too when nobody asks any more', async () => {
    prepare();
    const { attempt } = await begin();
    const signal = new AbortController();
    const states = open().watchLogin(attempt, signal.signal);
    await next(states, 'PENDING');
    signal.abort();
    await expect.poll(() => gateway.waiting()).toEqual(QUIET);
    expect(getEventListeners(signal.signal, 'abort')).toEqual([]);
    await atTheEnd(states);
  });

  test('break leaves nothing', async () => {
    prepare();
    const { attempt } = await begin();
    const signal = new AbortController();
    for await (const { status } of open().watchLogin(attempt, signal.signal)) {
      expect(status).toBe('PENDING');
      break;
    }
    await expect.poll(() => gateway.waiting()).toEqual(QUIET);
    expect(getEventListeners(signal.signal, 'abort')).toEqual([]);
    const asked = proxy.asked.length;
    await sleep(2_300);
    expect(proxy.asked.length).toBe(asked);
  });
});

describe('sockets', () => {
  test('leaving a socket that has not opened yet is no error for anybody', async () => {
    proxy.sockets = 'swallow';
    const { attempt } = await begin();
    const signal = new AbortController();
    const states = open().watchLogin(attempt, signal.signal);
    const waiting = states.next();
    await expect.poll(() => proxy.times('WebSocket')).toBe(1);
    signal.abort();
    expect((await waiting).done).toBe(true);
    await expect.poll(() => proxy.open()).toBe(0);
  });

  test('no WebSocket at all, as in Node 20: SSE', async () => {
    vi.stubGlobal('WebSocket', undefined);
    const client = createPhonegate({ url: proxy.url });
    clients.push(client);
    const login = await begin();
    const states = client.watchLogin(login.attempt);
    await next(states, 'PENDING');
    expect(proxy.asked.map(({ operation }) => operation)).toEqual(['LoginAttemptStatus']);
    await login.cancel();
    expect(await all(states)).toEqual(['CANCELED']);
  });
});

describe('who speaks at the other end of the socket', () => {
  /** Somebody who says this as soon as a socket is open, whatever is asked. */
  async function startStranger(says: string[]) {
    const { WebSocketServer } = await import('ws');
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    server.on('connection', (socket) => {
      socket.on('message', () => {
        for (const text of says.splice(0)) socket.send(text);
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
  ])('a refusal that will not pass is thrown: %s', async (_, says) => {
    const stranger = await startStranger(says);
    const { attempt } = await begin();
    await expect(open(stranger.url).watchLogin(attempt).next()).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await stranger.close();
  });

  test.each(['no JSON', 'null', '{"type":"next"}', '{"type":"error"}'])(
    'nonsense is no error of the program: %s',
    async (nonsense) => {
      const stranger = await startStranger([ACK, nonsense]);
      const { attempt } = await begin();
      const signal = new AbortController();
      const states = open(stranger.url).watchLogin(attempt, signal.signal);
      const waiting = states.next();
      await sleep(700);
      signal.abort();
      expect((await waiting).done).toBe(true);
      await stranger.close();
    },
  );

  test('a ping of the gateway is answered', async () => {
    const { WebSocketServer } = await import('ws');
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    const heard: string[] = [];
    server.on('connection', (socket) => {
      socket.on('message', (data: Buffer) => {
        const { type } = JSON.parse(data.toString()) as { type: string };
        heard.push(type);
        if (type === 'connection_init') socket.send(ACK);
        if (type === 'subscribe') socket.send('{"type":"ping"}');
      });
    });
    await new Promise((resolve) => server.once('listening', resolve));
    const { attempt } = await begin();
    const states = open(`http://127.0.0.1:${(server.address() as { port: number }).port}`).watchLogin(attempt);
    const waiting = states.next();
    await expect.poll(() => heard).toEqual(['connection_init', 'subscribe', 'pong']);
    await states.return(undefined);
    await waiting;
    server.close();
  });
});

describe('a page that wakes up', () => {
  /** A page, as far as the client looks at it. */
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
    ['it is looked at', ({ document }) => void document.dispatchEvent(new Event('visibilitychange'))],
    [
      'the browser brings it back',
      ({ page }) => void page.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true })),
    ],
  ])('asks anew at once, and by the same way: %s', async (_, wakeUp) => {
    const stub = stubPage();
    const login = await begin();
    const client = open();
    const before = stub.listeners();
    const states = client.watchLogin(login.attempt);
    await next(states, 'PENDING');
    const told = states.next();
    for (let times = 2; times < 5; times += 1) {
      wakeUp(stub);
      await expect.poll(() => proxy.times('WebSocket'), { timeout: 200, interval: 5 }).toBe(times);
      await expect.poll(() => gateway.waiting().sockets).toBe(1);
    }
    await login.cancel();
    expect((await told).value).toMatchObject({ status: 'CANCELED' });
    await atTheEnd(states);
    expect(stub.listeners()).toBe(before);
  });

  test('in the middle of a pause it does not wait', async () => {
    const stub = stubPage();
    const cable = await layCable(proxy.url);
    const login = await begin();
    const signal = new AbortController();
    const states = open(cable.url).watchLogin(login.attempt, signal.signal);
    await next(states, 'PENDING');
    const told = states.next();
    await cable.pull();
    await sleep(4_000); // it pauses for seconds by now
    await login.cancel();
    await cable.plugIn();
    const begun = performance.now();
    stub.page.dispatchEvent(new Event('online'));
    expect((await told).value).toMatchObject({ status: 'CANCELED' });
    expect(performance.now() - begun).toBeLessThan(500);
    await cable.close();
  });

  test('a signal that ends leaves no listener on the page, also when nobody asks any more', async () => {
    const stub = stubPage();
    const { attempt } = await begin();
    const signal = new AbortController();
    const client = open();
    const before = stub.listeners();
    const states = client.watchLogin(attempt, signal.signal);
    await next(states, 'PENDING');
    signal.abort();
    expect(stub.listeners()).toBe(before);
  });
});

test('a watch that was never begun asks nothing and leaves nothing', async () => {
  const { attempt } = await begin();
  const signal = new AbortController();
  const states = open().watchLogin(attempt, signal.signal);
  expect((await states.return(undefined)).done).toBe(true);
  expect(getEventListeners(signal.signal, 'abort')).toEqual([]);
  signal.abort();
  expect(await all(open().watchLogin(attempt, signal.signal))).toEqual([]);
  expect(proxy.asked).toEqual([]);
});
