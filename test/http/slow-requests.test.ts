import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';

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

/** Sends text and then one byte a second. @returns the answer, and the seconds until the connection was closed */
function dribble(text: string): Promise<{ answer: string; seconds: number }> {
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
  const startedAt = performance.now();
  let answer = '';
  socket.setEncoding('utf8').on('data', (more: string) => (answer += more));
  socket.on('error', () => {});
  socket.write(text);
  const writing = setInterval(() => socket.write('a'), 1_000);
  return new Promise((resolve) =>
    socket.once('close', () => {
      clearInterval(writing);
      resolve({ answer, seconds: (performance.now() - startedAt) / 1000 });
    }),
  );
}

// Regression: Node.js looks for slow clients every 30 seconds unless it is told otherwise.
test('headers get ten seconds, and a whole request thirty', { timeout: 60_000 }, async () => {
  const [headers, body] = await Promise.all([
    dribble('GET /login HTTP/1.1\r\nHost: localhost\r\nX-Slow: '),
    dribble(
      'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n',
    ),
  ]);
  expect(headers.answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(headers.seconds).toBeGreaterThan(9.5);
  expect(headers.seconds).toBeLessThan(14);
  expect(body.answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(body.seconds).toBeGreaterThan(29.5);
  expect(body.seconds).toBeLessThan(34);
});
