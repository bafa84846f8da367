import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ListedKey } from '../../src/sessions/list-keys.js';
import { refreshSession, requestOtp, verifyOtp } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { cleanUpProcesses, makeFolder } from '../support/process.js';
import { phonegate, spawnPhonegate } from './run.js';

/**
 * `phonegate keys …`, and instances that start afterwards. Tests in test/sessions check that running instances follow.
 */
vi.setConfig({ testTimeout: 60_000 });

const GATEWAY_SECRET = '3Y5ubkRevqz7nAEj2LhtXsxM4BSmwfCQ9cNV';
const ANOTHER_SECRET = 'AYFijWPdcLC4gEMayvD2ZHJVmUnw5seB7KNr';

let database: TestDatabase;
let gateway: TestGateway;
let env: Record<string, string>;
const gateways: TestGateway[] = [];

async function startInstance(): Promise<TestGateway> {
  const instance = await startGateway(env);
  gateways.push(instance);
  return instance;
}

beforeAll(async () => {
  database = await createDatabase();
  env = { DATABASE_URL: database.url, GATEWAY_SECRET };
  gateway = await startInstance();
});

afterAll(async () => {
  await Promise.all(gateways.map((instance) => instance.stop()));
  await database.drop();
  await cleanUpProcesses();
});

async function publishedBy({ url }: TestGateway): Promise<string[]> {
  const { keys } = (await (await fetch(`${url}/.well-known/jwks.json`)).json()) as { keys: { kid: string }[] };
  return keys.map(({ kid }) => kid);
}

async function signIn({ graphqlUrl, codeOf }: TestGateway, phone: string) {
  const attempt = await requestOtp(graphqlUrl, { phone });
  await expect.poll(() => codeOf(attempt.attemptId)).toBeTruthy();
  return verifyOtp(graphqlUrl, { ...attempt, code: codeOf(attempt.attemptId) });
}

const signerOf = (accessToken: string): unknown =>
  (JSON.parse(Buffer.from(String(accessToken.split('.')[0]), 'base64url').toString()) as { kid: string }).kid;

const verifies = async ({ url }: TestGateway, token: string): Promise<boolean> =>
  (await fetch(`${url}/auth/verify`, { headers: { authorization: `Bearer ${token}` } })).status === 200;

async function listed(): Promise<ListedKey[]> {
  const { code, stdout, stderr } = await phonegate(['keys', 'list', '--json'], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as ListedKey[];
}

/** Rotates the key. Returns the new key and the output of the command. */
async function rotate(...options: string[]): Promise<{ kid: string; stdout: string }> {
  const { code, stdout, stderr } = await phonegate(['keys', 'rotate', ...options], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return { kid: String(/^The new key is (\S+)\.$/m.exec(stdout)?.[1]), stdout };
}

describe('keys rotate', () => {
  test('publishes a new key, while the previous one still signs', async () => {
    const [before] = await publishedBy(gateway);
    const { kid, stdout } = await rotate('--after', '600');
    expect(kid).not.toBe(before);
    expect(stdout).toMatch(/It is published now and signs from \d{4}-\S+Z, in about 600 s/);

    const other = await startInstance();
    expect(await publishedBy(other)).toEqual([before, kid]);
    const { accessToken } = await signIn(other, '+77010000002');
    expect(signerOf(accessToken)).toBe(before);
    expect(await verifies(gateway, accessToken)).toBe(true);

    const keys = await listed();
    expect(keys.map((key) => [key.kid, key.state, key.sealedByPresentSecret])).toEqual([
      [kid, 'published', true],
      [before, 'signs', true],
    ]);
    expect(keys[1]?.verifiesUntil).not.toBeNull();
    const audit = await database.query<{ actor: string; kid: string }>(
      `SELECT actor, details->>'kid' AS kid FROM audit_log WHERE event = 'keys.rotated'`,
    );
    expect(audit).toEqual([{ actor: 'operator', kid }]);
  });

  test('refuses a GATEWAY_SECRET that is not the one of the gateway, and creates no key', async () => {
    const keys = () => database.query(`SELECT kid FROM signing_keys ORDER BY activates_at`);
    const before = await keys();
    const { code, stdout, stderr } = await phonegate(['keys', 'rotate'], {
      env: { ...env, GATEWAY_SECRET: ANOTHER_SECRET },
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^The current keys are encrypted with another GATEWAY_SECRET\. .*\n$/);
    expect(await keys()).toEqual(before);
  });

  test('refuses --after below the time until every instance has read the key', async () => {
    const { code, stdout, stderr } = await phonegate(['keys', 'rotate', '--after', '5'], { env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^--after must be a whole number of seconds, from \d+ .* to 604800\.\n$/);
  });

  test('refuses to run without a secret, and makes none', async () => {
    const folder = makeFolder();
    const { code, stderr } = await spawnPhonegate(['keys', 'rotate'], { folder, env: { DATABASE_URL: database.url } });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^GATEWAY_SECRET is not set, and there is no secret under \.data\/\. .*\n$/);
  });

  test('--compromised: the new key signs at once, and tokens of previous keys are refused until they are refreshed', async () => {
    const session = await signIn(gateway, '+77010000003');
    const { kid, stdout } = await rotate('--compromised');
    expect(stdout).toMatch(/It signs from now on .* all previous keys are deleted/);

    const other = await startInstance();
    expect(await publishedBy(other)).toEqual([kid]);
    expect(await verifies(other, session.accessToken)).toBe(false);
    const { accessToken } = await refreshSession(other.graphqlUrl, session.refreshToken);
    expect(signerOf(accessToken)).toBe(kid);
    expect(await verifies(other, accessToken)).toBe(true);
  });
});
