import { existsSync } from 'node:fs';
import { type AddressInfo, type Server, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestDatabase, createDatabase, startGateway } from '../support/gateway.js';
import { freePort } from '../support/ports.js';
import { cleanUpProcesses, makeFolder, serversOf, spawnGateway } from '../support/process.js';

/** What an operator reads who made a mistake: what is wrong and what to do, at once, and nothing else. */
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
afterAll(async () => {
  await cleanUpProcesses();
  silent.close();
  await database.drop();
});

/** What it says on standard error, having checked that it says nothing else, and is gone at once with exit code 1. */
async function complaint(env: Record<string, string>): Promise<string> {
  const folder = makeFolder();
  const startedAt = performance.now();
  const gateway = spawnGateway(folder, { env });
  expect(await gateway.exited).toEqual({ code: 1, signal: null });
  expect(performance.now() - startedAt).toBeLessThan(10_000);
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

describe('the port', () => {
  test('is in use: said before anything is started', async () => {
    const port = portOf(silent);
    const folder = makeFolder();
    const gateway = spawnGateway(folder, { env: { PORT: `${port}` } });
    expect((await gateway.exited).code).toBe(1);
    expect(gateway.stderr()).toBe(
      `Port ${port} is in use already: stop what listens there, or set PORT to another one.\n`,
    );
    expect(existsSync(join(folder, '.data'))).toBe(false);
  });

  test('is asked for on an address that this machine does not have', async () => {
    expect(await complaint({ HOST: '192.0.2.1', PORT: '4000' })).toBe(
      'Cannot listen on HOST 192.0.2.1, PORT 4000 (EADDRNOTAVAIL).',
    );
  });
});

describe('the database', () => {
  const sentence = (
    why: string,
    advice = 'check that PostgreSQL runs there and that host, port, user, password and database are right',
  ) => `DATABASE_URL cannot be used (${why}): ${advice}.`;

  test('cannot be reached', async () => {
    const url = `postgresql://phonegate:${PASSWORD}@127.0.0.1:${await freePort()}/phonegate`;
    expect(await complaint({ DATABASE_URL: url })).toBe(sentence('ECONNREFUSED'));
  });

  test('is on a host that does not exist', async () => {
    const url = `postgresql://phonegate:${PASSWORD}@database.invalid/phonegate`;
    expect(await complaint({ DATABASE_URL: url })).toMatch(/^DATABASE_URL cannot be used \((ENOTFOUND|EAI_AGAIN)\): /);
  });

  test('takes the connection and never answers', async () => {
    const url = `postgresql://phonegate:${PASSWORD}@127.0.0.1:${portOf(silent)}/phonegate`;
    expect(await complaint({ DATABASE_URL: url })).toBe(sentence('timeout expired'));
  });

  test('has another password', async () => {
    expect(await complaint({ DATABASE_URL: withPassword(PASSWORD) })).toBe(
      sentence('28P01', 'the user or the password is not right'),
    );
  });

  test('does not exist', async () => {
    expect(await complaint({ DATABASE_URL: database.url.replace(/[^/]*$/, 'nowhere') })).toBe(
      sentence('3D000', 'there is no such database; create it first'),
    );
  });

  test('was set up with another GATEWAY_SECRET', async () => {
    const env = { DATABASE_URL: database.url, GATEWAY_SECRET: `${PASSWORD}, and long enough to be taken` };
    expect(await complaint(env)).toBe(
      'GATEWAY_SECRET is not the one this database was set up with: its signing keys cannot be decrypted. Set the earlier secret again, or as GATEWAY_SECRET_PREVIOUS.',
    );
  });
});

describe('the settings', () => {
  test('a bad one is named, with what it must be', async () => {
    expect(await complaint({ OTP_LENGTH: '9' })).toBe(
      'The configuration has a mistake:\n  - OTP_LENGTH must be a whole number from 4 to 8',
    );
  });

  test('a secret that is too short is not shown', async () => {
    expect(await complaint({ GATEWAY_SECRET: PASSWORD })).toMatch(/^ {2}- GATEWAY_SECRET must have at least 32/m);
  });

  test('several bad ones are all named at once, one a line, without their values', async () => {
    const text = await complaint({
      PORT: 'http',
      DATABASE_URL: `mysql://root:${PASSWORD}@localhost/phonegate`,
      REDIS_URL: `http://:${PASSWORD}@localhost`,
      SIGN_UP: 'perhaps',
      ALLOWED_ORIGINS: 'https://app.example.com/',
      DELIVERY_ROUTES: 'KZ=pigeon',
    });
    const [heading, ...lines] = text.split('\n');
    expect(heading).toBe('The configuration has 6 mistakes:');
    expect(lines).toHaveLength(6);
    expect(new Set(lines.map((line) => /^ {2}- (\w+) \S/.exec(line)?.[1]))).toEqual(
      new Set(['PORT', 'DATABASE_URL', 'REDIS_URL', 'SIGN_UP', 'ALLOWED_ORIGINS', 'DELIVERY_ROUTES']),
    );
  });

  test('production says what it cannot do without', async () => {
    const text = await complaint({ NODE_ENV: 'production', GREEN_API_ID_INSTANCE: '1101000001' });
    expect(text.split('\n').map((line) => line.split(':')[0])).toEqual([
      'The configuration has 2 mistakes',
      '  - GATEWAY_SECRET is missing',
      '  - GREEN_API_WEBHOOK_TOKEN is missing',
    ]);
  });
});
