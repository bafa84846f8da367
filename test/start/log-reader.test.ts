import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requestOtp, somePhone } from '../support/calls.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import { freePort } from '../support/ports.js';
import { PROJECT, makeFolder } from '../support/process.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

/** What reads the log of the gateway: a pipe, from which nobody reads until the test does. */
function openReader() {
  const path = join(makeFolder(), 'log');
  execFileSync('mkfifo', [path]);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  return {
    writeEnd: openSync(path, constants.O_WRONLY),
    fill() {
      expect(() => {
        for (;;) writeSync(fd, `${'-'.repeat(99)}\n`);
      }).toThrow(/EAGAIN/);
    },
    read() {
      const bytes = Buffer.alloc(1024 * 1024);
      try {
        return bytes.toString('utf8', 0, readSync(fd, bytes));
      } catch {
        return '';
      }
    },
    close: () => closeSync(fd),
  };
}

// The gateway froze after 101 sign-ins, /health/live included, until somebody read its log again.
test('a log reader that stops delays nobody, gets every line when it reads again, and does not keep the gateway from ending', async ({
  onTestFinished,
}) => {
  const reader = openReader();
  const port = await freePort();
  const gateway = spawn(process.execPath, [join(PROJECT, 'dist/main.js')], {
    cwd: makeFolder(),
    env: { PATH: process.env['PATH'], PORT: `${port}`, DATABASE_URL: database.url },
    stdio: ['ignore', reader.writeEnd, 'ignore'],
  });
  const exited = once(gateway, 'exit');
  closeSync(reader.writeEnd);
  onTestFinished(() => {
    gateway.kill('SIGKILL');
    reader.close();
  });
  const url = `http://127.0.0.1:${port}`;
  const statusOf = (path: string) =>
    fetch(`${url}${path}`, { signal: AbortSignal.timeout(10_000) }).then(
      ({ status }) => status,
      () => undefined,
    );
  await expect.poll(() => statusOf('/health/ready'), { timeout: 30_000 }).toBe(200);
  let log = '';
  const readAll = () => (log += reader.read());
  readAll();

  reader.fill();
  const phones = Array.from({ length: 5 }, () => somePhone());
  for (const phone of phones)
    expect(await requestOtp(`${url}/graphql`, { phone })).toMatchObject({ __typename: 'OtpRequested' });
  expect(await statusOf('/health/live')).toBe(200);

  const requested = () => readAll().match(/^\{.*"event":"otp.requested".*\}$/gm)?.length;
  await expect.poll(requested).toBe(phones.length);
  expect(log).not.toContain('log.lines_dropped');

  reader.fill();
  await requestOtp(`${url}/graphql`, { phone: somePhone() });
  gateway.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
});
