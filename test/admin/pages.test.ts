import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signIn } from '../support/sign-in.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import {
  insertAttempts,
  insertAuditEntries,
  insertDeliveries,
  insertGuardEvents,
  insertUsers,
} from '../support/rows.js';
import { type SignedInUser, signInAs } from './sign-in-as.js';

const USERS = 157;

let database: TestDatabase;
let gateway: TestGateway;
let admin: SignedInUser;

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url });
  admin = await signInAs('ADMIN', { gateway, database });
  const began = Date.now() - 86_400_000;
  const moments = Array.from({ length: USERS }, (_, n) => new Date(began + n * 1_000));
  await insertUsers(
    database,
    moments.map((createdAt, n) => ({ createdAt, phone: `+770200${String(n).padStart(5, '0')}` })),
  );
  await insertAttempts(
    database,
    moments.map((createdAt) => ({ createdAt, status: 'CANCELED', expiresAt: new Date() })),
  );
  await insertDeliveries(
    database,
    moments.map((createdAt) => ({ createdAt })),
  );
  await insertAuditEntries(
    database,
    moments.map((at) => ({ at })),
  );
  await insertGuardEvents(
    database,
    moments.map((at) => ({ at })),
  );
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

interface Connection {
  edges: { cursor: string; node: { id: string } }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
}
interface Wanted {
  first?: number | null;
  last?: number | null;
  after?: string | null;
  before?: string | null;
}

const documentOf = (list: string) => `query ($first: Int, $last: Int, $after: String, $before: String) {
  ${list}(first: $first, last: $last, after: $after, before: $before) {
    edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;
const page = async (list: string, wanted: Wanted) =>
  (await admin.read<Record<string, Connection>>(documentOf(list), wanted))[list] as Connection;
const ids = ({ edges }: Connection) => edges.map(({ node }) => node.id.replace(/^\w+:/, '')); // without the name of its type

const LISTS = {
  users: 'users',
  loginAttempts: 'login_attempts',
  smsLog: 'sms_log',
  auditLog: 'audit_log',
  guardEvents: 'guard_events',
};
const inTable = async (table: string) =>
  (await database.query<{ id: string }>(`SELECT id FROM ${table} ORDER BY id DESC`)).map(({ id }) => id);

describe.each(Object.entries(LISTS))('%s', (list, table) => {
  test('read forwards while users sign in has no gap and no repeat, the newest first', async () => {
    const before = await inTable(table);
    const seen: string[] = [];
    let after: string | null = null;
    for (;;) {
      const part: Connection = await page(list, { first: 50, after });
      expect(part.pageInfo.hasPreviousPage).toBe(after !== null);
      expect([part.pageInfo.startCursor, part.pageInfo.endCursor]).toEqual([
        part.edges[0]?.cursor,
        part.edges.at(-1)?.cursor,
      ]);
      seen.push(...ids(part));
      if (!part.pageInfo.hasNextPage) break;
      after = part.pageInfo.endCursor;
      await signIn(gateway);
    }
    // Gathered entries of the audit log are written later than they happened.
    expect(seen.filter((id) => before.includes(id))).toEqual(before);
    expect(new Set(seen).size).toBe(seen.length);
    expect(before.length).toBeGreaterThan(150);
  });

  test('read backwards while users sign in has each row once, in the same order', async () => {
    const before = await inTable(table);
    const seen: string[] = [];
    let cursor: string | null = null;
    for (;;) {
      const part: Connection = await page(list, { last: 50, before: cursor });
      seen.unshift(...ids(part));
      if (!part.pageInfo.hasPreviousPage) break;
      cursor = part.pageInfo.startCursor;
      if (seen.length < 150) await signIn(gateway);
    }
    expect(seen.filter((id) => before.includes(id))).toEqual(before);
    expect(new Set(seen).size).toBe(seen.length);
  });

  test('between two cursors has neither of their rows', async () => {
    await sleep(600); // of the audit log, what is gathered has been written by then
    const all = ids(await page(list, { first: 30 }));
    const between = { after: all[3] as string, before: all[10] as string };
    const middle = all.slice(4, 10);
    expect(ids(await page(list, between))).toEqual(middle);
    expect(ids(await page(list, { ...between, first: 2 }))).toEqual(middle.slice(0, 2));
    expect(ids(await page(list, { ...between, last: 2 }))).toEqual(middle.slice(-2));
    expect(ids(await page(list, { after: all[3] as string, before: all[4] as string }))).toEqual([]);
  });

  test('has 20 rows on a page by default and 100 at most', async () => {
    expect((await page(list, {})).edges).toHaveLength(20);
    expect((await page(list, { first: null, last: null, after: null, before: null })).edges).toHaveLength(20);
    for (const wanted of [{ first: 101 }, { first: 2_147_483_647 }, { last: 1_000 }]) {
      const most = await page(list, wanted);
      expect(most.edges).toHaveLength(100);
      expect('last' in wanted ? most.pageInfo.hasPreviousPage : most.pageInfo.hasNextPage).toBe(true);
    }
    expect((await page(list, { first: 0 })).edges).toEqual([]);
    expect((await page(list, { last: 0 })).edges).toEqual([]);
  });

  test.each([
    [{ first: -1 }, 'first'],
    [{ last: -5 }, 'last'],
    [{ first: 5, last: -2_147_483_648 }, 'last'],
    [{ after: 'nonsense' }, 'after'],
    [{ before: 'nonsense' }, 'before'],
    [{ first: 5, after: "' OR true --" }, 'after'],
    [{ after: 'T2Zmc2V0Q29ubmVjdGlvbjow' }, 'after'],
  ])('refuses %o and names the argument', async (wanted, field) => {
    const { data, errors } = await admin.ask(documentOf(list), wanted);
    expect(data).toBeNull();
    expect(errors?.map(({ extensions }) => extensions)).toEqual([{ code: 'INVALID_INPUT', field }]);
  });

  test('refuses a number out of range as BAD_REQUEST', async () => {
    for (const first of [2_147_483_648, 1.5, 'many']) {
      const { errors } = await admin.ask(documentOf(list), { first });
      expect(errors?.map(({ extensions }) => extensions?.code)).toEqual(['BAD_REQUEST']);
    }
  });
});

test('a page beyond the end is empty and has no next page', async () => {
  const [oldest] = (await inTable('users')).slice(-1);
  const { edges, pageInfo } = await page('users', { first: 5, after: oldest as string });
  expect([edges, pageInfo.hasNextPage, pageInfo.hasPreviousPage]).toEqual([[], false, true]);
});
