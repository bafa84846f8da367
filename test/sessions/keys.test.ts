import { decodeProtectedHeader } from 'jose';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createKeyring } from '../../src/config/keys.js';
import { listSigningKeys } from '../../src/sessions/list-keys.js';
import { rotateSigningKey } from '../../src/sessions/rotate-keys.js';
import { deriveRefreshToken, hashRefreshToken } from '../../src/sessions/refresh-token.js';
import { refreshSession } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { ageSigningKeys, insertSessions, insertUsers } from '../support/rows.js';
import { withDatabase } from './gateway-key.js';
import { signIn, soon, verifyStatus, whoAmI } from './person.js';

const SECRET = 'a secret of which this file knows the keys';
/** How often an instance reads the keys. */
const FOLLOW_MS = 10_000;

let database: TestDatabase;
let one: TestGateway;
let other: TestGateway;
const left: TestDatabase[] = [];

// What the instances do every so often is done when a test says that the time has passed.
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  database = await createDatabase();
  [one, other] = await Promise.all([start(), start()]);
});
afterEach(async () => {
  await Promise.all([one.stop(), other.stop()]);
  vi.useRealTimers();
  left.push(database);
});
afterAll(async () => {
  for (const { drop } of left) await drop();
});

const start = (env: Record<string, string> = {}) =>
  startGateway({ DATABASE_URL: database.url, GATEWAY_SECRET: SECRET, ...env });
const rotate = (compromised = false) =>
  withDatabase(database.url, (rooms) =>
    rotateSigningKey({ compromised, actor: 'operator' }, { database: rooms, keyring: createKeyring(SECRET) }),
  );
const listed = () =>
  withDatabase(database.url, (rooms) => listSigningKeys({ database: rooms, keyring: createKeyring(SECRET) }));
const states = async () => new Map((await listed()).map(({ kid, state }) => [kid, state]));
const publishedBy = async ({ url }: TestGateway) => {
  const response = await fetch(`${url}/.well-known/jwks.json`);
  const { keys } = (await response.json()) as { keys: { kid: string }[] };
  return keys.map(({ kid }) => kid).toSorted();
};
const kidOf = ({ accessToken }: { accessToken: string }) => decodeProtectedHeader(accessToken).kid;
/** As if so long had passed since the keys were made. */
const timePasses = (interval: string) => ageSigningKeys(database, interval);

/** The running instances read the keys once more, and publish these. */
async function bothPublish(...kids: string[]): Promise<void> {
  vi.advanceTimersByTime(FOLLOW_MS);
  await soon(async () => {
    for (const gateway of [one, other]) expect(await publishedBy(gateway)).toEqual(kids.toSorted());
  });
}

test('anybody may read the keys, and keep them for half a minute; their private parts are sealed', async () => {
  const response = await fetch(`${one.url}/.well-known/jwks.json`);
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('public, max-age=30');
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  await response.arrayBuffer();
  const [row] = await database.query<{ sealed: Buffer; jwk: Record<string, string> }>(
    'SELECT private_key_encrypted AS sealed, public_jwk AS jwk FROM signing_keys',
  );
  expect(row?.jwk).not.toHaveProperty('d');
  expect(row?.sealed.toString('latin1')).not.toContain('"d"');
  expect(row?.sealed.length).toBeGreaterThan(28);
});

test('instances that start together on an empty database agree on one key', async () => {
  const empty = await createDatabase();
  left.push(empty);
  const started = await Promise.all(Array.from({ length: 4 }, () => start({ DATABASE_URL: empty.url })));
  const published = await Promise.all(started.map(publishedBy));
  expect(new Set(published.map(String)).size).toBe(1);
  expect(await empty.query('SELECT kid FROM signing_keys')).toEqual([{ kid: published[0]?.[0] }]);
  await Promise.all(started.map((gateway) => gateway.stop()));
});

describe('a key that is rotated', () => {
  test('is published by every running instance before it signs, and then takes over', async () => {
    const before = await signIn(one);
    const old = kidOf(before) ?? '';
    const { kid, signsFrom } = await rotate();
    // Instances read every 10 s, backends keep what they have read for 30 s; and all of it within a minute.
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

  test('signs by itself when its time comes, without another look at the database', async () => {
    const old = kidOf(await signIn(one)) ?? '';
    const { kid } = await rotate();
    await timePasses('48 seconds');
    await bothPublish(old, kid);
    await vi.waitFor(async () => expect(kidOf(await signIn(other))).toBe(kid), { timeout: 5_000, interval: 200 });
  });

  test('leaves the one before until its last token has expired, and then it is gone', async () => {
    const before = await signIn(one);
    const old = kidOf(before) ?? '';
    const { kid } = await rotate();
    // 600 s of life, 30 s of skew: a minute short of it the old one verifies, after it not.
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

  test('twice in a row signs in its turn: nobody’s token is lost', async () => {
    const before = await signIn(one);
    const [second, third] = [await rotate(), await rotate()];
    await bothPublish(kidOf(before) ?? '', second.kid, third.kid);
    expect(third.signsFrom.getTime()).toBeGreaterThanOrEqual(second.signsFrom.getTime());
    expect(kidOf(await signIn(other))).toBe(kidOf(before));
  });

  test('because it is compromised signs at once, and the tokens of all others are worth nothing', async () => {
    const before = await signIn(one);
    const { kid } = await rotate(true);
    expect(await states()).toEqual(new Map([[kid, 'signs']]));
    await bothPublish(kid);
    for (const gateway of [one, other]) expect(await verifyStatus(gateway, before.accessToken)).toBe(401);
    const again = await refreshSession(other.graphqlUrl, before.refreshToken);
    expect([again.id, kidOf(again)]).toEqual([before.id, kid]);
    for (const gateway of [one, other]) expect(await verifyStatus(gateway, again.accessToken)).toBe(200);
  });

  test('is audited, without anything that is secret', async () => {
    const { kid } = await rotate();
    const [row, ...others] = await database.query<{ actor: string; details: object }>(
      "SELECT actor, details FROM audit_log WHERE event = 'keys.rotated'",
    );
    expect(others).toEqual([]);
    expect(row).toMatchObject({ actor: 'operator', details: { kid, compromised: false, removed: 0 } });
    expect(Object.keys(row?.details ?? {}).toSorted()).toEqual(['compromised', 'kid', 'removed', 'signsFrom']);
  });
});

test('a key is rotated while a thousand clients refresh: nobody fails, and every token is good everywhere', async () => {
  const clients = 1_000;
  const ids = Array.from(
    { length: clients },
    (_, index) => `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`,
  );
  const { current } = createKeyring(SECRET);
  const tokens = ids.map((sessionId) => deriveRefreshToken({ sessionId, counter: 0 }, current.refreshToken));
  await insertUsers(
    database,
    ids.map((id, index) => ({ id, phone: `+7701${String(index + 1).padStart(7, '0')}` })),
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
  /** The first clients come before it is thought of, the last ones when it has happened, the others while it does. */
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
        const statuses = await Promise.all([at, there].map((gateway) => verifyStatus(gateway, session.accessToken)));
        if (statuses.some((status) => status !== 200)) failures.push({ index, kid, statuses });
      }
    }
  }
  await Promise.all(Array.from({ length: 50 }, client));
  const kid = await rotated;
  expect(failures).toEqual([]);
  // It took over in their midst.
  expect([...kids.keys()].toSorted()).toEqual([old, kid].toSorted());
  expect(kids.get(kid)).toBeGreaterThanOrEqual(200);
  expect((kids.get(old) ?? 0) + (kids.get(kid) ?? 0)).toBe(clients);
});
