import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cable, layCable } from '../support/cable.js';
import { cancelLogin, startWhatsAppLogin } from '../support/calls.js';
import { WATCH_ATTEMPT } from '../support/frames.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { cleanUpProcesses } from '../support/process.js';
import { watchBySse } from '../support/sse.js';
import { type Nginx, startNginx } from '../sessions/backends/nginx.js';

let database: TestDatabase;
let cable: Cable;
let gateway: TestGateway;
/** With the defaults of nginx, which collect an answer for minutes before they send it, and with compression. */
let nginx: Nginx;

beforeAll(async () => {
  database = await createDatabase();
  cable = await layCable(database.url);
  gateway = await startGateway({ DATABASE_URL: cable.url });
  nginx = await startNginx(
    (port) => `
      gzip on;
      gzip_proxied any;
      gzip_types *;
      gzip_min_length 1;
      server {
        listen 127.0.0.1:${port};
        location / { proxy_pass ${gateway.url}; }
      }`,
  );
});
afterAll(async () => {
  await nginx?.stop();
  await gateway?.stop();
  await cable?.close();
  await cleanUpProcesses();
  await database?.drop();
});

const open = (url: string, attempt: { attemptId: string; secret: string }, signal: AbortSignal) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', 'accept-encoding': 'gzip' },
    body: JSON.stringify({
      query: WATCH_ATTEMPT,
      variables: { attemptId: attempt.attemptId, secret: attempt.secret },
    }),
    signal,
  });

test('nginx with its defaults and compression passes each event of a stream on at once', async () => {
  const attempt = await startWhatsAppLogin(gateway.graphqlUrl);
  const events = watchBySse(`http://127.0.0.1:${nginx.port}/graphql`, attempt, AbortSignal.timeout(60_000));
  expect((await events.next()).value).toMatchObject({ data: { data: { loginAttemptStatus: { status: 'PENDING' } } } });
  await cancelLogin(gateway.graphqlUrl, attempt);
  expect((await events.next()).value).toMatchObject({ data: { data: { loginAttemptStatus: { status: 'CANCELED' } } } });
});

test.each(['/graphql', '/dev/phone/messages'])(
  'a stream of %s may be neither collected nor compressed',
  async (path) => {
    const attempt = await startWhatsAppLogin(gateway.graphqlUrl);
    const leave = new AbortController();
    const { headers } =
      path === '/graphql'
        ? await open(gateway.graphqlUrl, attempt, leave.signal)
        : await fetch(`${gateway.url}${path}`, { signal: leave.signal });
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    leave.abort();
  },
);

test('the first byte of a stream does not wait for the database', async () => {
  const attempt = await startWhatsAppLogin(gateway.graphqlUrl);
  const leave = new AbortController();
  await cable.pull();
  try {
    const startedAt = performance.now();
    const { status, body } = await open(gateway.graphqlUrl, attempt, leave.signal);
    const first = await body?.getReader().read();
    expect([status, first?.done]).toEqual([200, false]);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  } finally {
    leave.abort();
    await cable.plugIn();
  }
});
