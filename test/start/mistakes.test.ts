import { existsSync } from 'node:fs';
import { type AddressInfo, type Server, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type TestDatabase, createDatabase, startGateway } from '../support/gateway.js';
import { freePort } from '../support/ports.js';
import { cleanUpProcesses, makeFolder, serversOf, spawnGateway } from '../support/process.js';

// After a mistake the operator reads what is wrong and what to do, at once, and nothing else.
const PASSWORD = 'hunter2-not-for-the-log';
let database: TestDatabase;
let silent: Server;

beforeAll(async () => {
  database = await createDatabase();
  const gateway = await startGateway({ DATABASE_URL: database.url }); // it leaves a signing key of its own secret
  await gateway.stop();
  silent = createServer(() => {}); // takes connections and says nothing
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
});
vi.setConfig({ maxConcurrency: 4 }); // each test waits for a process, one of them for a timeout of five seconds

afterAll(async () => {
  await cleanUpProcesses();
  silent.close();
  await database.drop();
});

/** The text on standard error. The gateway must print nothing else, and end with exit code 1. */
async function complaint(env: Record<string, string>): Promise<string> {
  const folder = makeFolder();
  const startedAt = performance.now();
  const gateway = spawnGateway(folder, { env });
  expect(await gateway.exited).toEqual({ code: 1, signal: null });
  expect(performance.now() - startedAt).toBeLessThan(25_000); // the longest wait is five seconds; the rest is the start
  const text = gateway.stderr();
  expect(gateway.stdout()).toBe('');
  expect(text).not.toMatch(/^ +at /m);
  expect(text).not.toContain(PASSWORD);
  expect(text).toMatch(/\n$/);
  expect(serversOf(folder)).toEqual([]);
  return text.trimEnd();
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;
const withPassword = (password: string) => Object.assign(new URL(database.url), { password }).toString();

describe.concurrent('a port', () => {
  test('that is in use is reported before anything is started', async () => {
    const port = portOf(silent);
    const folder = makeFolder();
    const gateway = spawnGateway(folder, { env: { PORT: `${port}` } });
    expect((await gateway.exited).code).toBe(1);
    expect(gateway.stderr()).toBe(
      `Port ${port} is already in use. Stop the program that uses it, or set PORT to another port.\n`,
    );
    expect(existsSync(join(folder, '.data'))).toBe(false);
  });

  test('on an IP address that this machine does not have is reported', async () => {
    expect(await complaint({ HOST: '192.0.2.1', PORT: '4000', ALLOW_UNSAFE_DEVELOPMENT: 'on' })).toBe(
      'Cannot listen on HOST 192.0.2.1, PORT 4000 (EADDRNOTAVAIL).',
    );
  });
});

describe.concurrent('a database', () => {
  const sentence = (
    reason: string,
    advice = 'check that PostgreSQL runs there and that host, port, user, password and database are correct',
  ) => `DATABASE_URL cannot be used (${reason}): ${advice}.`;

  test('that cannot be reached is reported with the error of the connection', async () => {
    const url = `postgresql://phonegate:${PASSWORD}@127.0.0.1:${await freePort()}/phonegate`;
    expect(await complaint({ DATABASE_URL: url })).toBe(sentence('ECONNREFUSED'));
  });

  test('on a host that does not exist is reported with the error of the lookup', async () => {
    const url = `postgresql://phonegate:${PASSWORD}@database.invalid/phonegate`;
    expect(await complaint({ DATABASE_URL: url, ALLOW_UNSAFE_DEVELOPMENT: 'on' })).toMatch(
      /^DATABASE_URL cannot be used \((ENOTFOUND|EAI_AGAIN)\): /,
    );
  });

  test('that takes the connection and never answers is reported after a timeout', async () => {
    const url = `postgresql://phonegate:${PASSWORD}@127.0.0.1:${portOf(silent)}/phonegate`;
    expect(await complaint({ DATABASE_URL: url })).toBe(sentence('timeout expired'));
  });

  test('with another password is reported as such', async () => {
    expect(await complaint({ DATABASE_URL: withPassword(PASSWORD) })).toBe(
      sentence('28P01', 'the user or the password is wrong'),
    );
  });

  test('that does not exist is reported as such', async () => {
    expect(await complaint({ DATABASE_URL: database.url.replace(/[^/]*$/, 'nowhere') })).toBe(
      sentence('3D000', 'this database does not exist; create it first'),
    );
  });

  test('that was set up with another GATEWAY_SECRET is reported as such', async () => {
    const env = { DATABASE_URL: database.url, GATEWAY_SECRET: `${PASSWORD}-Tq4mWz7RbXs2LhVd9NkYc5Jf8GpAe3Uw` };
    expect(await complaint(env)).toBe(
      'GATEWAY_SECRET cannot decrypt the signing keys of this database, because they were encrypted with another secret. Set the earlier secret again, or set it as GATEWAY_SECRET_PREVIOUS.',
    );
  });
});

describe.concurrent('the environment', () => {
  test('a wrong value is reported with its variable and the required form', async () => {
    expect(await complaint({ OTP_LENGTH: '9' })).toBe(
      'The configuration has a mistake:\n  - OTP_LENGTH must be a whole number from 6 to 8',
    );
  });

  test('a secret that is too short is reported and not shown', async () => {
    expect(await complaint({ GATEWAY_SECRET: PASSWORD })).toMatch(/^ {2}- GATEWAY_SECRET must have at least 32/m);
  });

  test('several wrong values are all reported at once, one in each line, without the values', async () => {
    const text = await complaint({
      PORT: 'http',
      DATABASE_URL: `mysql://root:${PASSWORD}@localhost/phonegate`,
      REDIS_URL: `http://:${PASSWORD}@localhost`,
      SIGN_UP: 'perhaps',
      ALLOWED_ORIGINS: 'http://localhost:5173/',
      DELIVERY_ROUTES: 'KZ=pigeon',
    });
    const [heading, ...lines] = text.split('\n');
    expect(heading).toBe('The configuration has 6 mistakes:');
    expect(lines).toHaveLength(6);
    expect(new Set(lines.map((line) => /^ {2}- (\w+) \S/.exec(line)?.[1]))).toEqual(
      new Set(['PORT', 'DATABASE_URL', 'REDIS_URL', 'SIGN_UP', 'ALLOWED_ORIGINS', 'DELIVERY_ROUTES']),
    );
  });

  test('in production every required variable that is missing is reported', async () => {
    const text = await complaint({ NODE_ENV: 'production', GREEN_API_ID_INSTANCE: '1101000001' });
    expect(text.split('\n').map((line) => line.split(':')[0])).toEqual([
      'The configuration has 2 mistakes',
      '  - GREEN_API_WEBHOOK_TOKEN is missing',
      '  - GATEWAY_SECRET is missing',
    ]);
  });
});
