import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import { cleanUpProcesses, makeFolder, spawnGateway } from '../support/process.js';

// Development shows every code at /dev/phone and signs in anyone who asks there. So a gateway that other machines can
// reach must not start in development mode because of a misspelt NODE_ENV.
vi.setConfig({ testTimeout: 60_000, maxConcurrency: 3 });

const SECRET = 'Yk2vQw8ZrT5nXb1LpG7dHs4JcM9fEa6u';
/** What an operator sets for a public gateway. Only NODE_ENV is missing. */
const PUBLIC = {
  HOST: '0.0.0.0',
  PUBLIC_URL: 'https://login.example.com',
  GATEWAY_SECRET: SECRET,
  TRUSTED_PROXY_HOPS: '1',
  KAVENEGAR_API_KEY: 'InventedKeyOfKavenegar2',
};

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await cleanUpProcesses();
  await database.drop();
});

/** Standard error of a gateway that must not start. */
async function refusal(env: Record<string, string>): Promise<string> {
  const gateway = spawnGateway(makeFolder(), { env: { DATABASE_URL: database.url, ...env } });
  await expect(gateway.ready()).rejects.toThrow();
  expect(await gateway.exited).toEqual({ code: 1, signal: null });
  expect(gateway.stdout()).toBe('');
  return gateway.stderr();
}

const canConnect = (host: string, port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect({ host, port, timeout: 5_000 }, () => resolve(true));
    for (const event of ['connect', 'error', 'timeout'] as const)
      socket.once(event, () => {
        socket.destroy();
        resolve(false);
      });
  });

describe.concurrent('a public gateway whose NODE_ENV is not the word production', () => {
  test.each([undefined, '', 'prod', 'Production', 'PRODUCTION', 'production ', 'staging', 'development', 'test'])(
    'does not start with NODE_ENV=%s, and names every reason and the word to write',
    async (mode) => {
      const text = await refusal({ ...PUBLIC, ...(mode === undefined ? {} : { NODE_ENV: mode }) });
      expect(text).toMatch(/^The configuration has a mistake:\n {2}- NODE_ENV must be production, exactly that word:/);
      for (const reason of ['HOST', 'PUBLIC_URL', 'KAVENEGAR_API_KEY']) expect(text).toContain(`${reason} `);
      expect(text).toContain('Set NODE_ENV=production');
      const means = mode !== undefined && /^prod/i.test(mode) ? 'another word' : 'ALLOW_UNSAFE_DEVELOPMENT=on permits';
      expect(text).toContain(means);
      for (const secret of [SECRET, PUBLIC.KAVENEGAR_API_KEY]) expect(text).not.toContain(secret);
    },
  );

  test('starts with an explicit permission, and warns at each start', async () => {
    const folder = makeFolder();
    for (const _ of ['first', 'second']) {
      const gateway = spawnGateway(folder, {
        env: { ...PUBLIC, DATABASE_URL: database.url, ALLOW_UNSAFE_DEVELOPMENT: 'on' },
      });
      await gateway.ready();
      const warnings = gateway
        .stdout()
        .split('\n')
        .filter((line) => line.includes('"config.warning"'))
        .map((line) => JSON.parse(line) as { level: string; warning: string });
      expect(warnings).toContainEqual(
        expect.objectContaining({
          level: 'warn',
          warning: expect.stringMatching(
            /^ALLOW_UNSAFE_DEVELOPMENT .*HOST .*PUBLIC_URL .*KAVENEGAR_API_KEY /,
          ) as string,
        }),
      );
      gateway.signal('SIGTERM');
      await gateway.exited;
    }
  });
});

test('a gateway without HOST, PUBLIC_URL and NODE_ENV starts in development mode, and listens on the loopback interface only', async () => {
  const gateway = spawnGateway(makeFolder(), { env: { DATABASE_URL: database.url, GATEWAY_SECRET: SECRET } });
  const { url } = await gateway.ready();
  expect((await fetch(`${url}/dev/phone`)).status).toBe(200);
  const port = Number(new URL(url).port);
  const others = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  for (const { address, internal, scopeid } of others)
    if (!internal && !scopeid) expect([address, await canConnect(address, port)]).toEqual([address, false]);
  expect(gateway.stdout()).not.toContain('config.warning');
});
