import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/config.js';
import { type Dns, startDns } from '../support/dns.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { freePort } from '../support/ports.js';
import { PROJECT, cleanUpProcesses } from '../support/process.js';
import { type Nginx, TEMPORARY_FILES, startNginxWith } from '../sessions/backends/nginx.js';

interface Gateway {
  env_file: { path: string; required: boolean }[];
  environment: Record<string, string>;
  networks: { default: { aliases: string[] } };
}

const read = (file: string) => readFileSync(join(PROJECT, file), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as { services: Record<string, Gateway> };
const GATEWAYS = Object.entries(compose.services).filter(([name]) => name.startsWith('gateway-'));

/** A file .env as a user of Docker Compose writes it: what Compose requires, and a provider. */
const ENV_FILE = `
GATEWAY_SECRET=fHy3GAsbaZmwDQY5hNgT7Cj8ueWPpdVLFkXz
REDIS_PASSWORD=aPasswordOfHexDigits
POSTGRES_PASSWORD=anotherPasswordOfHexDigits
KAVENEGAR_API_KEY=InventedKey7
KAVENEGAR_TEMPLATE=login
DELIVERY_ROUTES=IR=kavenegar-verify;*=green-api
GREEN_API_ID_INSTANCE=1101000001
PUBLIC_URL=https://login.example.com
`;

test('settings of a provider in .env reach the gateways, and the settings of the network stay those of the file', () => {
  expect(GATEWAYS.map(([name]) => name)).toEqual(['gateway-a', 'gateway-b']);
  const file = parseEnv(ENV_FILE) as Record<string, string>;
  for (const [, { env_file: files, environment }] of GATEWAYS) {
    expect(files).toEqual([{ path: '.env', required: false }]);
    // As Compose does: the file first, then `environment`, with the values of variables put in.
    const own = Object.entries(environment).map(([name, value]) => [
      name,
      value.replaceAll(/\$\{(\w+)[^}]*\}/g, (_, variable: string) => file[variable] ?? ''),
    ]);
    const env = { ...file, ...(Object.fromEntries(own) as Record<string, string>) };
    expect(loadConfig(env)).toMatchObject({
      publicUrl: 'http://localhost:4000',
      databaseUrl: 'postgresql://phonegate:anotherPasswordOfHexDigits@postgres:5432/phonegate',
      redis: { hosts: [{ host: 'redis', port: 6379 }], password: 'aPasswordOfHexDigits' },
      greenApi: { idInstance: '1101000001' },
      kavenegar: { apiKey: 'InventedKey7', template: 'login' },
    });
  }
});

let database: TestDatabase;
let dns: Dns;
let nginx: Nginx;
let port: number;
/** The gateways by the address of their container. */
const containers = new Map<string, TestGateway>();

async function create(...addresses: string[]): Promise<void> {
  for (const HOST of addresses)
    containers.set(
      HOST,
      await startGateway({ DATABASE_URL: database.url, HOST, PORT: `${port}`, TRUSTED_PROXY_HOPS: '1' }),
    );
  dns.addresses = [...containers.keys()];
}

/** As when its container is removed: Docker's DNS forgets the address, and nginx does so a second later. */
async function remove(address: string): Promise<void> {
  const gateway = containers.get(address);
  containers.delete(address);
  dns.addresses = [...containers.keys()];
  await gateway?.stop();
}

const replace = (text: string, from: string, to: string) => {
  expect(text).toContain(from);
  return text.replaceAll(from, to);
};

beforeAll(async () => {
  database = await createDatabase();
  port = await freePort();
  dns = await startDns([]);
  nginx = await startNginxWith((own) => {
    let configuration = read('docker/nginx.conf');
    configuration = replace(configuration, 'listen 4000;', `listen 127.0.0.1:${own};`);
    configuration = replace(configuration, ':4000;', `:${port};`);
    configuration = replace(configuration, '127.0.0.11', `127.0.0.1:${dns.port}`);
    configuration = replace(configuration, 'pid /tmp/nginx.pid;', 'pid nginx.pid; daemon off; master_process off;');
    configuration = replace(configuration, 'error_log /dev/stderr', 'error_log stderr');
    configuration = replace(configuration, 'worker_rlimit_nofile 16384;', '');
    return replace(configuration, 'access_log off;', `access_log off; ${TEMPORARY_FILES}`);
  });
});
afterAll(async () => {
  await nginx?.stop();
  await Promise.all([...containers.values()].map((gateway) => gateway.stop()));
  dns?.close();
  await cleanUpProcesses();
  await database?.drop();
});

test('nginx finds the gateways at their new addresses after their containers were created again', async () => {
  const [alias = ''] = GATEWAYS[0]?.[1].networks.default.aliases ?? [];
  for (const [, { networks }] of GATEWAYS) expect(networks.default.aliases).toEqual([alias]);
  expect(read('docker/nginx.conf')).toContain(`set $gateways ${alias};`);

  const statuses = new Map<number, number>();
  const ask = async () => {
    const { status } = await fetch(`http://127.0.0.1:${nginx.port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ __typename }"}',
    });
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  };
  const askFor = async (ms: number) => {
    for (const end = performance.now() + ms; performance.now() < end;) await ask();
  };
  await create('127.0.0.2', '127.0.0.3');
  await askFor(200);
  await remove('127.0.0.2'); // nginx still knows its address for a second
  await askFor(3_000);
  await create('127.0.0.4');
  await askFor(3_000);
  await remove('127.0.0.3');
  await askFor(3_000);
  expect([...statuses.keys()]).toEqual([200]);
});
