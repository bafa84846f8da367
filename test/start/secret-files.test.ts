import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { spawnPhonegate } from '../cli/run.js';
import { ANOTHER_SECRET, WEBHOOK_TOKEN } from '../support/config.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import { freePort } from '../support/ports.js';
import { cleanUpProcesses, makeFolder, spawnGateway } from '../support/process.js';

// Docker and Kubernetes give secrets as files.
vi.setConfig({ testTimeout: 60_000 });

let database: TestDatabase;
let folder: string;
let env: Record<string, string>;
beforeAll(async () => {
  database = await createDatabase();
  folder = makeFolder();
  const port = await freePort();
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  env = {
    NODE_ENV: 'production',
    PUBLIC_URL: `http://localhost:${port}`,
    PORT: `${port}`,
    HOST: '127.0.0.1',
    SHUTDOWN_DELAY_SECONDS: '0',
    DATABASE_URL_FILE: file('database-url', `${database.url}\n`),
    GATEWAY_SECRET_FILE: file('gateway-secret', `${ANOTHER_SECRET}\n`),
    GREEN_API_ID_INSTANCE: '1101000001',
    GREEN_API_WEBHOOK_TOKEN_FILE: file('webhook-token', `${WEBHOOK_TOKEN}\n`),
  };
});
afterAll(async () => {
  await cleanUpProcesses();
  await database.drop();
});

test('a gateway starts with its secrets in files, and writes none of them', async () => {
  const gateway = spawnGateway(folder, { env });
  const { url } = await gateway.ready();
  const webhook = (token: string) =>
    fetch(`${url}/api/webhooks/greenapi/incoming`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: '{}',
    });
  expect((await webhook(WEBHOOK_TOKEN)).status).toBe(200);
  expect((await webhook(`${WEBHOOK_TOKEN}x`)).status).toBe(401);
  // It is the secret of the file, and no other: a gateway with the same secret in its environment can use the database.
  gateway.signal('SIGTERM');
  await gateway.exited;
  const { GATEWAY_SECRET_FILE: _, ...others } = env;
  const second = spawnGateway(folder, { env: { ...others, GATEWAY_SECRET: ANOTHER_SECRET } });
  await second.ready();
  const written = [gateway, second].map((one) => `${one.stdout()}${one.stderr()}`).join('\n');
  for (const secret of [ANOTHER_SECRET, WEBHOOK_TOKEN, database.url]) expect(written).not.toContain(secret);
});

test('a command reads them too', async () => {
  const { code, stdout, stderr } = await spawnPhonegate(['users', 'list'], { env, folder });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).not.toContain(ANOTHER_SECRET);
});

test('every file that cannot be used is reported at once, and the gateway does not start', async () => {
  const wrong = {
    ...env,
    DATABASE_URL_FILE: ANOTHER_SECRET,
    GATEWAY_SECRET: ANOTHER_SECRET,
    GREEN_API_TOKEN_FILE: folder,
    OTP_LENGTH: '9',
  };
  const gateway = spawnGateway(folder, { env: wrong });
  await expect(gateway.ready()).rejects.toThrow();
  expect(gateway.stdout()).toBe('');
  expect(gateway.stderr()).not.toContain(ANOTHER_SECRET);
  expect(gateway.stderr().split('\n')).toEqual([
    'The configuration has 4 mistakes:',
    '  - DATABASE_URL_FILE names a file that does not exist: write the path of the file, not the secret',
    '  - GATEWAY_SECRET_FILE is set, and GATEWAY_SECRET too: remove one of the two',
    '  - GREEN_API_TOKEN_FILE names something that is not a file',
    '  - OTP_LENGTH must be a whole number from 6 to 8',
    '',
  ]);
});
