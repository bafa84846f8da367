import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWhatsAppLogin } from '../support/calls.js';
import { type Frame, openFrames, subscribeTo } from '../support/frames.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';

let database: TestDatabase;
let gateway: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({
    DATABASE_URL: database.url,
    TRUSTED_PROXY_HOPS: '1',
    CLIENT_OPERATIONS_PER_SECOND: '1',
  });
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

interface Answer {
  status: number;
  retryAfter: string | null;
  body: { errors?: { message: string; extensions: { code: string; retryAfterSeconds?: number } }[] };
}

async function post(query: string, headers: Record<string, string>): Promise<Answer> {
  const response = await fetch(gateway.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body: (await response.json()) as Answer['body'],
  };
}

/** Sends operations until one is refused. */
async function exhaust(query: string, ip: string): Promise<{ taken: number; refused: Answer }> {
  for (let taken = 0; taken < 100; taken += 1) {
    const answer = await post(query, { 'x-forwarded-for': ip, 'accept-language': 'ru' });
    if (answer.status === 429) return { taken, refused: answer };
  }
  throw new Error('None was refused');
}

test.each([
  ['verifyOtp', 'mutation { verifyOtp(input: { attemptId: "x", secret: "x", code: "000000" }) { __typename } }'],
  ['refreshSession', 'mutation { refreshSession(input: { refreshToken: "x" }) { __typename } }'],
  ['a query', '{ loginAttempt(attemptId: "x", secret: "x") { id } }'],
])('%s is limited for each network, in the language of the caller', async (name, query) => {
  const ip = `203.0.113.${name.length}`;
  const { taken, refused } = await exhaust(query, ip);
  expect(taken).toBeGreaterThanOrEqual(10);
  expect(refused.body.errors).toEqual([
    {
      message: expect.stringMatching(/[а-я]/),
      extensions: { code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) },
    },
  ]);
  expect(refused.retryAfter).toBe(String(refused.body.errors?.[0]?.extensions.retryAfterSeconds));
  expect((await post(query, { 'x-forwarded-for': '198.51.100.1' })).status).toBe(200);
});

test('the limit counts GET and WebSocket operations too', async () => {
  const ip = '203.0.113.77';
  await exhaust('{ __typename }', ip);
  const get = () => fetch(`${gateway.graphqlUrl}?query={__typename}`, { headers: { 'x-forwarded-for': ip } });
  await expect.poll(async () => (await get()).status).toBe(429);
  const { send, until, socket } = await openFrames(gateway.socketUrl, { headers: { 'x-forwarded-for': ip } });
  let refused: Frame | undefined;
  for (let id = 0; refused === undefined && id < 100; id += 1) {
    send({ type: 'subscribe', id: `${id}`, payload: { query: '{ __typename }' } });
    const answers = await until((frame) => frame.id === `${id}` && frame.type !== 'next');
    refused = answers.find(({ type }) => type === 'error');
  }
  expect(refused?.payload).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }]);
  socket.terminate();
});

test('refused watchers of an attempt are guard events, with a count and one line in the log', async () => {
  const attempt = await startWhatsAppLogin(gateway.graphqlUrl);
  const ip = '203.0.113.201';
  const { send, until, socket } = await openFrames(gateway.socketUrl, { headers: { 'x-forwarded-for': ip } });
  for (const id of ['1', '2', '3']) {
    send(subscribeTo(attempt, id));
    await until((frame) => frame.type === 'next' && frame.id === id);
  }
  socket.terminate();
  const read = () =>
    database.query<{ count: number }>(
      `SELECT rule, action, network, attempt_id, sum(count)::int AS count FROM guard_events WHERE network = $1 GROUP BY rule, action, network, attempt_id`,
      [ip],
    );
  await expect
    .poll(read, { timeout: 10_000 })
    .toEqual([{ rule: 'watchers', action: 'refused', network: ip, attempt_id: attempt.attemptId, count: 2 }]);
  expect(gateway.log.filter(({ event, network }) => event === 'guard.refused' && network === ip)).toHaveLength(1);
});

test('a socket watches an attempt once: a second subscription gets ALREADY_WATCHED, one after the end does not', async () => {
  const attempt = await startWhatsAppLogin(gateway.graphqlUrl);
  const { send, until, socket } = await openFrames(gateway.socketUrl);
  send(subscribeTo(attempt, '1'));
  await until(({ type, id }) => type === 'next' && id === '1');
  send(subscribeTo(attempt, '2'));
  const [second] = await until(({ type, id }) => type === 'next' && id === '2');
  expect(second?.payload).toMatchObject({ errors: [{ extensions: { code: 'ALREADY_WATCHED' } }] });
  send({ type: 'complete', id: '1' });
  send(subscribeTo(attempt, '3'));
  const [third] = await until(({ type, id }) => type === 'next' && id === '3');
  expect(third?.payload).toMatchObject({ data: { loginAttemptStatus: { status: 'PENDING' } } });
  socket.terminate();
});
