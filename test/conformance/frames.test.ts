import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { cancelLogin, deliverWebhook, incomingText, somePhone, startWhatsAppLogin } from '../support/calls.js';
import { type Frame, type FrameSocket, openFrames, subscribeTo, upgradeStatus } from '../support/frames.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';

let database: TestDatabase;
let gateway: TestGateway;
let sockets: FrameSocket[] = [];

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({
    DATABASE_URL: database.url,
    ALLOWED_ORIGINS: 'https://app.example.com',
    TRUSTED_PROXY_HOPS: '1',
  });
});
afterEach(async () => {
  for (const { socket } of sockets) socket.terminate();
  sockets = [];
  await vi.waitFor(() => expect(gateway.waiting().sockets).toBe(0), { timeout: 3_000 });
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

async function open(options: Parameters<typeof openFrames>[1] = {}): Promise<FrameSocket> {
  const frames = await openFrames(gateway.socketUrl, options);
  sockets.push(frames);
  return frames;
}

const start = () => startWhatsAppLogin(gateway.graphqlUrl);
const is = (type: string, id?: string) => (frame: Frame) =>
  frame.type === type && (id === undefined || frame.id === id);
const ask = (query: string, id = '1', more: object = {}): Frame => ({
  type: 'subscribe',
  id,
  payload: { query, ...more },
});
const statusOf = ({ payload }: Frame) =>
  (payload as { data: { loginAttemptStatus: { status: string } } }).data.loginAttemptStatus.status;
const codeOf = ({ payload }: Frame) => (payload as { extensions?: { code?: string } }[])[0]?.extensions?.code;

/** Waits until the socket answers a ping, which shows that it is open and that all earlier messages are handled. */
async function lives({ send, until, received }: FrameSocket): Promise<void> {
  const pongs = received.filter(is('pong')).length;
  send({ type: 'ping' });
  await until(is('pong'), pongs + 1);
}

/**
 * No timeout of the gateway, which runs in this process, fires by itself. Date is not changed, because IDs are created
 * from it.
 */
function stopTimers(onTestFinished: (act: () => void) => void): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
}

describe('a socket is closed with', () => {
  test('4408 when it is not initialised within 3 s', async ({ onTestFinished }) => {
    stopTimers(onTestFinished);
    const frames = await open({ init: false });
    vi.advanceTimersByTime(2_999);
    await lives(frames);
    vi.advanceTimersByTime(1);
    expect((await frames.closed).code).toBe(4408);
  });

  test('4429 when it is initialised twice', async () => {
    const { send, closed } = await open();
    send({ type: 'connection_init' });
    expect((await closed).code).toBe(4429);
  });

  test('4401 when it subscribes before it is acknowledged', async () => {
    const { send, closed } = await open({ init: false });
    send(ask('{ __typename }'));
    expect((await closed).code).toBe(4401);
  });

  test('4409 when an id is taken that is in use', async () => {
    const { send, until, closed } = await open();
    send(subscribeTo(await start(), 'same'));
    await until(is('next'));
    send(ask('{ __typename }', 'same'));
    expect((await closed).code).toBe(4409);
  });

  const nonsense: [string, string][] = [
    ['a text that is not JSON', 'hello'],
    ['cut JSON', '{"type":"ping"'],
    ['JSON that is not an object', '[1]'],
    ['null', 'null'],
    ['no type', '{}'],
    ['an unknown type', '{"type":"start","id":"1"}'],
    ['a message of the server', '{"type":"next","id":"1","payload":{}}'],
    ['a subscription without an id', '{"type":"subscribe","payload":{"query":"{ __typename }"}}'],
    ['a subscription with an empty id', '{"type":"subscribe","id":"","payload":{"query":"{ __typename }"}}'],
    ['a subscription without a query', '{"type":"subscribe","id":"1","payload":{}}'],
    ['a query that is not a string', '{"type":"subscribe","id":"1","payload":{"query":{}}}'],
    [
      'variables that are no object',
      '{"type":"subscribe","id":"1","payload":{"query":"{ __typename }","variables":"x"}}',
    ],
    ['an empty message', ''],
  ];
  test.each(nonsense)('4400 for %s', async (_, text) => {
    const { send, closed } = await open();
    send(text);
    expect((await closed).code).toBe(4400);
  });

  // Regression: thirty thousand levels killed the process, because such nesting can be parsed but not serialized again.
  test('1009 for thirty thousand levels of nesting; four thousand, the most in a message, are answered', async () => {
    const nested = (levels: number) =>
      `{"id":"1","type":"subscribe","payload":{"query":"{ __typename }","variables":{"x":${'['.repeat(levels)}${']'.repeat(levels)}}}}`;
    const refused = await open();
    refused.send(nested(30_000));
    expect((await refused.closed).code).toBe(1009);
    const { send, until } = await open();
    send(nested(4_000));
    expect(await until(is('next', '1'))).toMatchObject([{ payload: { data: { __typename: 'Query' } } }]);
  });

  test('4400 for bytes that are not UTF-8', async () => {
    const { socket, closed } = await open();
    socket.send(randomBytes(64), { binary: true });
    expect((await closed).code).toBe(4400);
  });

  test('4406 when it does not speak graphql-transport-ws', async () => {
    for (const protocol of [undefined, 'graphql-ws']) {
      const socket = protocol ? new WebSocket(gateway.socketUrl, protocol) : new WebSocket(gateway.socketUrl);
      const ended = await new Promise<number | string>((resolve) => {
        socket.once('close', resolve);
        // A client that insists on its protocol ends the handshake itself.
        socket.once('error', ({ message }) => resolve(message));
      });
      expect(ended).toBe(protocol ? 'Server sent no subprotocol' : 4406);
    }
  });

  test('1009 for a message over 8 KiB, and not for one just below', async () => {
    const { send, until, closed } = await open();
    send({ type: 'ping', payload: { ballast: 'x'.repeat(8_100) } });
    await until(is('pong'));
    send({ type: 'ping', payload: { ballast: 'x'.repeat(8_200) } });
    expect((await closed).code).toBe(1009);
  });

  test('1009 also before it is acknowledged', async () => {
    const { send, closed } = await open({ init: false });
    send({ type: 'connection_init', payload: { ballast: 'x'.repeat(8_200) } });
    expect((await closed).code).toBe(1009);
  });
});

describe('messages', () => {
  test('a ping is answered with its payload, before and after the acknowledgement', async () => {
    const { send, until } = await open({ init: false });
    send({ type: 'ping', payload: { n: 1 } });
    expect(await until(is('pong'))).toEqual([{ type: 'pong', payload: { n: 1 } }]);
    send({ type: 'connection_init' });
    await until(is('connection_ack'));
    send({ type: 'ping' });
    expect((await until(is('pong'), 2))[1]).toEqual({ type: 'pong' });
  });

  test('a ping of more than 256 characters is answered without its payload', async () => {
    const { send, until } = await open();
    send({ type: 'ping', payload: { ballast: 'x'.repeat(300) } });
    expect(await until(is('pong'))).toEqual([{ type: 'pong' }]);
  });

  test('an unexpected pong is ignored', async () => {
    const frames = await open();
    frames.send({ type: 'pong', payload: {} });
    await lives(frames);
  });

  test('a query is answered once, then complete', async () => {
    const { send, until, received } = await open();
    send(ask('query Q { __typename }', 'q', { operationName: 'Q' }));
    await until(is('complete'));
    expect(received.slice(1)).toEqual([
      { id: 'q', type: 'next', payload: { data: { __typename: 'Query' } } },
      { id: 'q', type: 'complete' },
    ]);
  });

  test('a subscription is answered with the present state, then the change, then complete', async () => {
    const { send, until, received } = await open();
    const attempt = await start();
    send(subscribeTo(attempt, 's'));
    await until(is('next'));
    await deliverWebhook(gateway.url, incomingText(attempt.loginMessage, somePhone()));
    await until(is('complete', 's'));
    expect(received.slice(1, 3).map(statusOf)).toEqual(['PENDING', 'COMPLETED']);
    expect(received).toHaveLength(4);
  });

  test('complete from the client stops the events, and is not answered', async () => {
    const frames = await open();
    const attempt = await start();
    frames.send(subscribeTo(attempt));
    await frames.until(is('next'));
    frames.send({ type: 'complete', id: '1' });
    await lives(frames);
    await cancelLogin(gateway.graphqlUrl, attempt);
    await lives(frames);
    expect(frames.received.filter(({ id }) => id === '1').map(({ type }) => type)).toEqual(['next']);
  });

  test('complete for an unknown id is ignored', async () => {
    const frames = await open();
    frames.send({ type: 'complete', id: 'never' });
    await lives(frames);
  });

  test('an id that is reused after complete belongs to the new operation alone', async () => {
    const frames = await open();
    const [first, second] = await Promise.all([start(), start()]);
    frames.send(subscribeTo(first, 'id'));
    await frames.until(is('next'));
    frames.send({ type: 'complete', id: 'id' });
    frames.send(subscribeTo(second, 'id'));
    await frames.until(is('next'), 2);
    await cancelLogin(gateway.graphqlUrl, first);
    await lives(frames);
    await deliverWebhook(gateway.url, incomingText(second.loginMessage, somePhone()));
    await frames.until(is('complete'));
    await lives(frames);
    const ofIt = frames.received.filter(({ id }) => id === 'id');
    expect(ofIt.map(({ type }) => type)).toEqual(['next', 'next', 'next', 'complete']);
    expect(ofIt.slice(0, 3).map(statusOf)).toEqual(['PENDING', 'PENDING', 'COMPLETED']);
  });

  test('an id that is reused before the first event belongs to the new operation alone', async () => {
    const frames = await open();
    const [first, second] = await Promise.all([start(), start()]);
    frames.send(subscribeTo(first, 'id'));
    frames.send({ type: 'complete', id: 'id' });
    frames.send(subscribeTo(second, 'id'));
    await frames.until(is('next'));
    await cancelLogin(gateway.graphqlUrl, first);
    await lives(frames);
    await deliverWebhook(gateway.url, incomingText(second.loginMessage, somePhone()));
    await frames.until(is('complete'));
    await lives(frames);
    const ofIt = frames.received.filter(({ id }) => id === 'id');
    expect(ofIt.map((frame) => (frame.type === 'next' ? statusOf(frame) : frame.type))).toEqual([
      'PENDING',
      'COMPLETED',
      'complete',
    ]);
  });

  test('names of JavaScript properties are valid ids', async () => {
    const { send, until } = await open();
    for (const id of ['__proto__', 'constructor', 'toString']) {
      send(ask('{ __typename }', id));
      await until(is('complete', id));
    }
  });

  const mistaken: [string, Frame][] = [
    ['a syntax error', ask('subscription {', 'm')],
    ['an unknown field', ask('{ nonsense }', 'm')],
    ['an operation name that the document does not have', ask('query A { __typename }', 'm', { operationName: 'B' })],
    ['a mutation', ask('mutation { signOut { __typename } }', 'm')],
    [
      'a mutation among queries',
      ask('query A { __typename } mutation B { signOut { __typename } }', 'm', { operationName: 'B' }),
    ],
  ];
  test.each(mistaken)('%s is answered with error and no complete, and the socket stays open', async (name, frame) => {
    const frames = await open();
    frames.send(subscribeTo(await start(), 'other'));
    await frames.until(is('next', 'other'));
    frames.send(frame);
    const [error] = await frames.until(is('error'));
    expect(error).toMatchObject({ id: 'm', payload: [{ message: expect.any(String) }] });
    if (/mutation/.test(name)) expect(codeOf(error as Frame)).toBe('MUTATION_OVER_WEBSOCKET');
    await lives(frames);
    expect(frames.received.filter(({ id, type }) => id === 'm' && type !== 'error')).toEqual([]);
    expect(frames.received.some(is('complete'))).toBe(false);
    // and the id is free again
    frames.send(ask('{ __typename }', 'm'));
    await frames.until(is('complete', 'm'));
  });

  test('a mutation over the socket is not executed', async () => {
    const { attemptId, secret } = await start();
    const { send, until } = await open();
    send(
      ask('mutation ($input: CancelLoginInput!) { cancelLogin(input: $input) { __typename } }', '1', {
        variables: { input: { attemptId, secret } },
      }),
    );
    await until(is('error'));
    expect(await database.query('SELECT status FROM login_attempts WHERE id = $1', [attemptId])).toEqual([
      { status: 'PENDING' },
    ]);
  });

  test('the locale of the connection is the language of its errors', async () => {
    const { send, until } = await open({ init: false });
    send({ type: 'connection_init', payload: { locale: 'ru' } });
    await until(is('connection_ack'));
    send(subscribeTo({ attemptId: 'x', secret: 'x' }));
    const [next] = await until(is('next'));
    expect(next?.payload).toMatchObject({ errors: [{ message: expect.stringMatching(/[а-я]/) }] });
  });
});

describe('the upgrade', () => {
  const headersFor = (origin: string) => ({ headers: { origin } });

  test('is refused to a foreign origin: 403', async () => {
    for (const origin of [
      'https://foreign.example',
      'null',
      'https://app.example.com.foreign.example',
      'https://app.example.com:444',
    ])
      expect([origin, await upgradeStatus(gateway.socketUrl, headersFor(origin))]).toEqual([origin, 403]);
  });

  test('is allowed to listed origins, to the own origin, and to clients that are not browsers', async () => {
    for (const origin of ['https://app.example.com', 'http://localhost:4000'])
      expect([origin, await upgradeStatus(gateway.socketUrl, headersFor(origin))]).toEqual([origin, 101]);
    expect(await upgradeStatus(gateway.socketUrl)).toBe(101);
  });

  test('is refused on any other path: 404', async () => {
    for (const path of ['/', '/socket', '/graphql/x', '/api/webhooks/greenapi/incoming'])
      expect([path, await upgradeStatus(gateway.socketUrl.replace('/graphql', path))]).toEqual([path, 404]);
    expect(await upgradeStatus(`${gateway.socketUrl}/?x=1`)).toBe(101);
  });

  test('with a cookie does not authenticate the socket', async () => {
    const { send, until } = await open({ headers: { cookie: 'session=anything; authorization=Bearer%20x' } });
    send(ask('{ me { id } }'));
    const [next] = await until(is('next'));
    expect(next?.payload).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });
});

describe('limits', () => {
  test('a socket may have ten operations: the eleventh is refused, and a new one is allowed after one has ended', async () => {
    const frames = await open();
    const attempts = await Promise.all(Array.from({ length: 12 }, start));
    attempts.slice(0, 11).forEach((attempt, index) => frames.send(subscribeTo(attempt, `${index}`)));
    const [refused] = await frames.until(is('error'));
    await frames.until(is('next'), 10);
    expect(refused?.id).toBe('10');
    expect(codeOf(refused as Frame)).toBe('TOO_MANY_OPERATIONS');
    await expect.poll(() => gateway.waiting().deadlines).toBe(10);
    frames.send({ type: 'complete', id: '3' });
    await lives(frames);
    frames.send(subscribeTo(attempts[11] as (typeof attempts)[number], 'free'));
    await frames.until(is('next', 'free'));
    expect(frames.received.filter(is('error'))).toHaveLength(1);
  });

  test('the limit of operations also holds when one id is reused again and again', async () => {
    const frames = await open();
    const attempts = await Promise.all(Array.from({ length: 30 }, start));
    for (const attempt of attempts) {
      frames.send(subscribeTo(attempt, 'same'));
      frames.send({ type: 'complete', id: 'same' });
    }
    frames.send(subscribeTo(attempts[0] as (typeof attempts)[number], 'same'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await lives(frames);
    await expect.poll(() => gateway.waiting().deadlines).toBeLessThanOrEqual(10);
  });

  test('an IP address may have 200 sockets, an IPv6 /64 too; other addresses are not affected', async ({
    onTestFinished,
  }) => {
    stopTimers(onTestFinished); // the sockets are not initialised: on a busy machine the first would be closed before the last is open
    const from = (address: string) => ({ headers: { 'x-forwarded-for': address }, init: false });
    await Promise.all(Array.from({ length: 200 }, () => open(from('203.0.113.7'))));
    expect(await upgradeStatus(gateway.socketUrl, from('203.0.113.7'))).toBe(429);
    expect(await upgradeStatus(gateway.socketUrl, from('198.51.100.1, 203.0.113.7'))).toBe(429);
    expect(await upgradeStatus(gateway.socketUrl, from('203.0.113.8'))).toBe(101);
    for (const { socket } of sockets.slice(0, 5)) socket.close();
    await Promise.all(sockets.slice(0, 5).map(({ closed }) => closed));
    await expect.poll(() => upgradeStatus(gateway.socketUrl, from('203.0.113.7'))).toBe(101);

    await Promise.all(Array.from({ length: 200 }, (_, index) => open(from(`2001:db8:1:2::${index.toString(16)}`))));
    expect(await upgradeStatus(gateway.socketUrl, from('2001:db8:1:2:ffff::1'))).toBe(429);
    expect(await upgradeStatus(gateway.socketUrl, from('2001:db8:1:3::1'))).toBe(101);
  });
});
