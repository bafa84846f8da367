import { Agent, get } from 'node:http';
import { decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Keyring, createKeyring } from '../../src/config/keys.js';
import { type Database, connectDatabase } from '../../src/db/database.js';
import { listSigningKeys } from '../../src/sessions/list-keys.js';
import { rotateSigningKey } from '../../src/sessions/rotate-keys.js';
import { deriveRefreshToken, hashRefreshToken } from '../../src/sessions/refresh-token.js';
import { refreshSession } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { ageSigningKeys, insertSessions, insertUsers } from '../support/rows.js';
import { SILENT } from './gateway-key.js';
import { signIn, soon, verifyStatus, whoAmI } from '../support/sign-in.js';

const SECRET = 'Y5iZQNvnDA8rpcF4M2KHSxGhUW7mfybkRst9';
/** How often a gateway reads the keys. */
const FOLLOW_MS = 10_000;

let database: TestDatabase;
/** The dependencies of the command line, with a separate connection. */
let operator: { database: Database; keyring: Keyring };
let one: TestGateway;
let other: TestGateway;

// The gateways read the keys when a test moves their intervals ahead.
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  database = await createDatabase();
  operator = { database: connectDatabase(database.url, SILENT), keyring: createKeyring(SECRET) };
  [one, other] = await Promise.all([start(), start()]);
});
/** Each test begins with one key. */
beforeEach(async () => {
  const { kid } = await rotate(true);
  await bothPublish(kid);
});
afterAll(async () => {
  agent.destroy();
  await Promise.all([one.stop(), other.stop(), operator.database.close()]);
  vi.useRealTimers();
  await database.drop();
});

const start = (env: Record<string, string> = {}) =>
  startGateway({ DATABASE_URL: database.url, GATEWAY_SECRET: SECRET, ...env });
const rotate = (compromised = false) => rotateSigningKey({ compromised, actor: 'operator' }, operator);
const listed = () => listSigningKeys(operator);
const states = async () => new Map((await listed()).map(({ kid, state }) => [kid, state]));
const publishedBy = async ({ url }: TestGateway) => {
  const response = await fetch(`${url}/.well-known/jwks.json`);
  const { keys } = (await response.json()) as { keys: { kid: string }[] };
  return keys.map(({ kid }) => kid).toSorted();
};
const kidOf = ({ accessToken }: { accessToken: string }) => decodeProtectedHeader(accessToken).kid;
/** Moves the keys into the past. */
const timePasses = (interval: string) => ageSigningKeys(database, interval);

/** Both gateways read the keys again, and publish exactly these. */
async function bothPublish(...kids: string[]): Promise<void> {
  vi.advanceTimersByTime(FOLLOW_MS);
  await soon(async () => {
    for (const gateway of [one, other]) expect(await publishedBy(gateway)).toEqual(kids.toSorted());
  });
}

test('public keys can be read and cached for 30 s; private keys are encrypted in the database', async () => {
  const response = await fetch(`${one.url}/.well-known/jwks.json`);
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('public, max-age=30');
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  await response.arrayBuffer();
  const [row] = await database.query<{ encrypted: Buffer; jwk: Record<string, string> }>(
    'SELECT private_key_encrypted AS encrypted, public_jwk AS jwk FROM signing_keys',
  );
  expect(row?.jwk).not.toHaveProperty('d');
  expect(row?.encrypted.toString('latin1')).not.toContain('"d"');
  expect(row?.encrypted.length).toBeGreaterThan(28);
});

test('gateways that start together on an empty database agree on one key', async () => {
  const empty = await createDatabase();
  const started = await Promise.all(Array.from({ length: 4 }, () => start({ DATABASE_URL: empty.url })));
  const published = await Promise.all(started.map(publishedBy));
  expect(new Set(published.map(String)).size).toBe(1);
  expect(await empty.query('SELECT kid FROM signing_keys')).toEqual([{ kid: published[0]?.[0] }]);
  await Promise.all(started.map((gateway) => gateway.stop()));
  await empty.drop();
});

describe('a rotated key', () => {
  test('is published by every gateway before it signs, and signs when its time has come', async () => {
    const before = await signIn(one);
    const old = kidOf(before) ?? '';
    const { kid, signsFrom } = await rotate();
    // Gateways read the keys every 10 s, and backends cache them for 30 s. There are some seconds to spare, but less
    // than a minute in all.
    expect(signsFrom.getTime() - Date.now()).toBeGreaterThan(FOLLOW_MS + 30_000 + 5_000);
    expect(signsFrom.getTime() - Date.now()).toBeLessThan(60_000);
    expect(await states()).toEqual(
      new Map([
        [kid, 'published'],
        [old, 'signs'],
      ]),
    );
    await bothPublish(old, kid);
    expect(kidOf(await signIn(one))).toBe(old);

    await timePasses('50 seconds');
    await bothPublish(old, kid);
    for (const gateway of [one, other]) {
      await soon(async () => expect(kidOf(await signIn(gateway))).toBe(kid));
      expect(await verifyStatus(gateway, before.accessToken)).toBe(200);
    }
    const after = await signIn(one);
    for (const gateway of [one, other]) expect(await verifyStatus(gateway, after.accessToken)).toBe(200);
    expect((await states()).get(old)).toBe('verifies');
  });

  test('signs when its time comes, without another read of the database', async () => {
    const old = kidOf(await signIn(one)) ?? '';
    const { kid } = await rotate();
    await timePasses('49 seconds');
    await bothPublish(old, kid);
    await vi.waitFor(async () => expect(kidOf(await signIn(other))).toBe(kid), { timeout: 8_000, interval: 100 });
  });

  test('leaves the key before it published until the last token of that key has expired', async () => {
    const before = await signIn(one);
    const old = kidOf(before) ?? '';
    const { kid } = await rotate();
    // Tokens live 600 s, clocks differ by 30 s: the old key verifies until 630 s after the new one began to sign at 50 s.
    await timePasses('620 seconds');
    await bothPublish(old, kid);
    expect(await verifyStatus(other, before.accessToken)).toBe(200);
    await timePasses('61 seconds');
    await bothPublish(kid);
    expect((await states()).get(old)).toBe('expired');
    expect(await verifyStatus(other, before.accessToken)).toBe(401);
    expect(await whoAmI(other, before.accessToken)).toBe('UNAUTHENTICATED');
    const again = await refreshSession(other.graphqlUrl, before.refreshToken);
    expect(await verifyStatus(one, again.accessToken)).toBe(200);
  });

  test('that is followed by another signs in its turn, and the first key goes on signing until then', async () => {
    const before = await signIn(one);
    const [second, third] = [await rotate(), await rotate()];
    await bothPublish(kidOf(before) ?? '', second.kid, third.kid);
    expect(third.signsFrom.getTime()).toBeGreaterThanOrEqual(second.signsFrom.getTime());
    expect(kidOf(await signIn(other))).toBe(kidOf(before));
  });

  test('that replaces a compromised key signs at once, and tokens of all other keys are refused', async () => {
    const before = await signIn(one);
    const { kid } = await rotate(true);
    expect(await states()).toEqual(new Map([[kid, 'signs']]));
    await bothPublish(kid);
    for (const gateway of [one, other]) expect(await verifyStatus(gateway, before.accessToken)).toBe(401);
    const again = await refreshSession(other.graphqlUrl, before.refreshToken);
    expect([again.id, kidOf(again)]).toEqual([before.id, kid]);
    for (const gateway of [one, other]) expect(await verifyStatus(gateway, again.accessToken)).toBe(200);
  });

  test('is audited without secrets', async () => {
    const { kid } = await rotate();
    const [row, ...others] = await database.query<{ actor: string; details: object }>(
      "SELECT actor, details FROM audit_log WHERE event = 'keys.rotated' AND details->>'kid' = $1",
      [kid],
    );
    expect(others).toEqual([]);
    expect(row).toMatchObject({ actor: 'operator', details: { kid, compromised: false, removed: 0 } });
    expect(Object.keys(row?.details ?? {}).toSorted()).toEqual(['compromised', 'kid', 'removed', 'signsFrom']);
  });
});

/** The same as verifyStatus, on kept-alive connections of node:http, which take a fraction of the CPU of fetch. */
const agent = new Agent({ keepAlive: true });
const forwardAuthStatus = ({ url }: TestGateway, accessToken: string) =>
  new Promise<number | undefined>((resolve, reject) => {
    const headers = { authorization: `Bearer ${accessToken}` };
    get(`${url}/auth/verify`, { agent, headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode));
    }).once('error', reject);
  });

test(
  'while a key is rotated, a thousand clients refresh without failure, and every token verifies at both gateways',
  {
    timeout: 120_000,
  },
  async () => {
    const clients = 1_000;
    const ids = Array.from(
      { length: clients },
      (_, index) => `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`,
    );
    const { current } = createKeyring(SECRET);
    const tokens = ids.map((sessionId) =>
      deriveRefreshToken({ sessionId, counter: 0, salt: null }, current.refreshToken),
    );
    await insertUsers(
      database,
      ids.map((id, index) => ({ id, phone: `+7702${String(index + 1).padStart(7, '0')}` })),
    );
    await insertSessions(
      database,
      ids.map((id, index) => ({
        id,
        userId: id,
        refreshTokenHash: hashRefreshToken(tokens[index] ?? ''),
        keyId: current.id,
      })),
    );
    const old = (await publishedBy(one))[0] ?? '';
    const kids = new Map<string, number>();
    const failures: unknown[] = [];
    /** The first clients refresh before the rotation, the last ones after it, the others during it. */
    let begin = (): void => {};
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const rotated = begun.then(async () => {
      const { kid } = await rotate();
      await bothPublish(old, kid);
      await timePasses('50 seconds');
      vi.advanceTimersByTime(FOLLOW_MS);
      for (const gateway of [one, other]) await soon(async () => expect(kidOf(await signIn(gateway))).toBe(kid));
      return kid;
    });
    let next = 0;
    async function client(): Promise<void> {
      for (let index = next++; index < clients; index = next++) {
        if (index === 200) begin();
        if (index >= 800) await rotated;
        const [at, there] = index % 2 === 0 ? [one, other] : [other, one];
        const session = await refreshSession(at.graphqlUrl, tokens[index] ?? '');
        if (session.__typename !== 'Session') failures.push(session);
        else {
          const kid = kidOf(session) ?? '';
          kids.set(kid, (kids.get(kid) ?? 0) + 1);
          const statuses = await Promise.all(
            [at, there].map((gateway) => forwardAuthStatus(gateway, session.accessToken)),
          );
          if (statuses.some((status) => status !== 200)) failures.push({ index, kid, statuses });
        }
      }
    }
    await Promise.all(Array.from({ length: 50 }, client));
    const kid = await rotated;
    expect(failures).toEqual([]);
    // The new key took over while clients were refreshing.
    expect([...kids.keys()].toSorted()).toEqual([old, kid].toSorted());
    expect(kids.get(kid)).toBeGreaterThanOrEqual(200);
    expect((kids.get(old) ?? 0) + (kids.get(kid) ?? 0)).toBe(clients);
  },
);
