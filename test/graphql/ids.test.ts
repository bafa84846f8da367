import { isObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schema } from '../../src/graphql/schema.js';
import { type SignedInUser, signInAs } from '../admin/sign-in-as.js';
import { call, requestOtp, somePhone } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';

/** Caches of GraphQL clients, Relay's above all, can know an object by its id alone. So an id must belong to one type. */
let database: TestDatabase;
let gateway: TestGateway;
let admin: SignedInUser;
let attempt: { attemptId: string; secret: string };

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url });
  admin = await signInAs('ADMIN', { gateway, database });
  const { attemptId, secret } = await requestOtp(gateway.graphqlUrl, { phone: admin.session.user.phone });
  attempt = { attemptId, secret };
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

/** A cache as Relay's: objects by their id, whatever their type. Rejects where two types share an id. */
function createCache() {
  const typeOf = new Map<string, string>();
  const records = new Map<string, Record<string, unknown>>();
  function add(value: unknown): void {
    if (Array.isArray(value)) return value.forEach(add);
    if (typeof value !== 'object' || value === null) return;
    const { id, __typename: type, ...fields } = value as Record<string, unknown>;
    if (typeof id === 'string' && typeof type === 'string') {
      expect(typeOf.get(id) ?? type, id).toBe(type);
      typeOf.set(id, type);
      for (const [name, shown] of Object.entries(fields))
        if (typeof shown !== 'object') expect(records.get(id)?.[name] ?? shown, `${id} ${name}`).toEqual(shown);
      records.set(id, { ...records.get(id), ...fields });
    }
    Object.values(fields).forEach(add);
  }
  return { add, types: () => new Set(typeOf.values()) };
}

const USER = '__typename id phone role createdAt';
const INFO = '__typename id sessionId device current';
const ATTEMPT = '__typename id method expiresAt';

test('no id appears under two types, and no object with two values of a field', async () => {
  const cache = createCache();
  const code = gateway.codeOf(attempt.attemptId);
  cache.add(
    await call(
      gateway.graphqlUrl,
      `query ($attemptId: ID!, $secret: String!) { loginAttempt(attemptId: $attemptId, secret: $secret) { ${ATTEMPT} } }`,
      attempt,
    ),
  );
  cache.add(
    await call(
      gateway.graphqlUrl,
      `mutation ($input: VerifyOtpInput!) { verifyOtp(input: $input) { ... on Session { __typename id user { ${USER} } } } }`,
      { input: { ...attempt, code } },
    ),
  );
  expect((await requestOtp(gateway.graphqlUrl, { phone: '+905320000001' })).__typename).toBe('PhoneNotAllowed');
  const EVENTS = '{ guardEvents { edges { node { __typename id rule } } } }';
  await expect.poll(async () => JSON.stringify(await admin.read(EVENTS)), { timeout: 10_000 }).toContain('destination');
  for (const query of [
    EVENTS,
    `{ me { ${USER} } mySessions { ${INFO} } mySignIns { edges { node { __typename id at } } } }`,
    `{ users { edges { node { ${USER} userId sessions { ${INFO} } } } } }`,
    `{ user(id: "${admin.id}") { ${USER} userId sessions { ${INFO} } } }`,
    `{ loginAttempts { edges { node { ${ATTEMPT} attemptId } } } }`,
    '{ smsLog { edges { node { __typename id attemptId } } } }',
    '{ auditLog { edges { node { __typename id event } } } }',
    '{ smsTemplates { __typename id body } }',
  ])
    cache.add(await admin.read(query));

  // Every type that has an id takes part.
  const withId = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && type.getFields()['id']);
  expect([...cache.types()].toSorted()).toEqual(withId.map(({ name }) => name).toSorted());
});

describe('an argument takes a UUID or an id of its own type', () => {
  const NO_SESSION = '019aa664-3a00-7000-8000-00000000000f';
  const countOf = async (query: string) => {
    const { list } = await admin.read<{ list: { edges: unknown[] } }>(query);
    return list.edges.length;
  };

  test('a user', async () => {
    const { id, session } = await signInAs('USER', { gateway, database });
    for (const spelling of [id, `AdminUser:${id}`, `AdminUser:${id.toUpperCase()}`]) {
      const { user } = await admin.read<{ user: object }>('query ($id: ID!) { user(id: $id) { userId } }', {
        id: spelling,
      });
      expect(user).toEqual({ userId: id });
      for (const [field, change] of Object.entries({
        updateUser: { name: 'Dana' },
        setUserRole: { role: 'MANAGER' },
        blockUser: {},
        unblockUser: {},
      }))
        expect(await admin.change(field, { userId: spelling, ...change }, 'userId'), field).toMatchObject({
          userId: id,
        });
      expect(await admin.change('revokeUserSessions', { userId: spelling }, 'count')).toHaveProperty('count');
    }
    for (const userId of [session.user.id, `AdminUser:${session.user.id}`]) {
      expect(await countOf(`{ list: loginAttempts(userId: "${userId}") { edges { cursor } } }`)).toBe(1);
      expect(await countOf(`{ list: auditLog(userId: "${userId}", event: "user.blocked") { edges { cursor } } }`)).toBe(
        3,
      );
    }
  });

  test('a session', async () => {
    const first = await signInAs('USER', { gateway, database });
    const second = await signInAs('USER', { gateway, database });
    const { id } = first.session;
    expect(await first.change('revokeSession', { sessionId: `SessionInfo:${id}` }, 'sessionId')).toMatchObject({
      sessionId: id,
    });
    const sessionId = `SessionInfo:${second.session.id}`;
    expect(await admin.change('revokeUserSession', { sessionId }, 'sessionId')).toMatchObject({
      sessionId: second.session.id,
    });
    expect((await admin.change('revokeUserSession', { sessionId: `SessionInfo:${NO_SESSION}` })).code).toBe(
      'SESSION_NOT_FOUND',
    );
  });

  test('a login attempt', async () => {
    const { attemptId } = await requestOtp(gateway.graphqlUrl, { phone: somePhone() });
    for (const id of [attemptId, `AdminLoginAttempt:${attemptId}`]) {
      expect(await countOf(`{ list: smsLog(attemptId: "${id}") { edges { cursor } } }`)).toBe(1);
      // The audit log is written after the answer.
      await expect.poll(() => countOf(`{ list: auditLog(attemptId: "${id}") { edges { cursor } } }`)).toBe(2);
    }
  });

  test.each(['User', 'SessionInfo', 'AdminLoginAttempt', 'adminuser', ''])(
    'and refuses an id of the type "%s" where it takes a user, as any unknown id',
    async (type) => {
      const id = `${type}:${admin.id}`;
      expect(await admin.read('query ($id: ID!) { user(id: $id) { userId } }', { id })).toEqual({ user: null });
      expect((await admin.change('updateUser', { userId: id, name: 'Dana' })).code).toBe('USER_NOT_FOUND');
      expect((await admin.change('revokeUserSession', { sessionId: `AdminUser:${admin.session.id}` })).code).toBe(
        'SESSION_NOT_FOUND',
      );
      expect(await countOf(`{ list: loginAttempts(userId: "${id}") { edges { cursor } } }`)).toBe(0);
      expect(await countOf(`{ list: smsLog(attemptId: "${id}") { edges { cursor } } }`)).toBe(0);
    },
  );
});
