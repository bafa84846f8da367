import { type GraphQLObjectType, type GraphQLOutputType, getNamedType } from 'graphql';
import { PUBLIC } from './public-fields.js';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schema } from '../../src/graphql/schema.js';
import { LOCALES } from '../../src/locales/locale.js';
import { messagesIn } from '../../src/locales/messages.js';
import { refreshSession } from '../support/calls.js';
import { signIn } from '../support/sign-in.js';
import { askOn, entryPoints, openSocket } from '../support/entry-points.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { type Kind, ROOTS, type RootField, rootFields } from '../support/root-fields.js';
import { endSession, setUserRole } from '../support/rows.js';
import { type Answer, type SignedInUser, signInAs, signedInUser } from './sign-in-as.js';

let database: TestDatabase;
let gateway: TestGateway;
let admin: SignedInUser;
let user: SignedInUser;
let manager: SignedInUser;
/** The rows that a request would change if it were not refused. */
let victim: SignedInUser;
let templateId: string;

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url });
  [admin, user, manager, victim] = await Promise.all([
    signInAs('ADMIN', { gateway, database }),
    signInAs('USER', { gateway, database }),
    signInAs('MANAGER', { gateway, database }),
    signInAs('USER', { gateway, database }),
  ]);
  const [template] = await database.query<{ id: string }>(
    "SELECT id FROM sms_templates WHERE purpose = 'LOGIN_CODE' AND channel = '*' AND locale = 'en'",
  );
  templateId = template?.id ?? '';
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

const samples = () => ({
  templateId,
  userId: victim.id,
  sessionId: victim.session.id,
  phone: victim.session.user.phone,
});
/** The root fields for admins, each with a document to which an admin receives an answer. */
const guarded = (): RootField[] => rootFields(samples()).filter(({ kind, name }) => !PUBLIC[kind].includes(name));

const codesOf = ({ errors }: Answer<object>) => errors?.map(({ extensions }) => extensions?.code);
const isRefused = (answer: Answer<object>) =>
  Object.values(answer.data ?? {}).every((value) => value === null) && !JSON.stringify(answer).includes('__typename');

/** Everything that a refused request could have changed. */
const traces = () =>
  database.query(
    `SELECT (SELECT jsonb_agg(to_jsonb(u) - 'last_login_at' ORDER BY id) FROM users u) AS users,
            (SELECT jsonb_agg(to_jsonb(s) ORDER BY id) FROM sessions s) AS sessions,
            (SELECT jsonb_agg(to_jsonb(t) ORDER BY id) FROM sms_templates t) AS templates,
            (SELECT jsonb_agg(to_jsonb(a) ORDER BY id) FROM audit_log a WHERE actor <> 'gateway') AS audit`,
  );

test('every field of the schema for admins is tested below', () => {
  const names = guarded().map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['users', 'auditLog', 'blockUser', 'deliveryFeed']));
  expect(names.length).toBeGreaterThanOrEqual(21);
  for (const kind of Object.keys(PUBLIC) as Kind[])
    expect(Object.keys(ROOTS[kind]?.getFields() ?? {})).toEqual(expect.arrayContaining(PUBLIC[kind]));
});

test('an admin receives an answer from each field that is refused below', async () => {
  const reads = guarded().filter(({ kind }) => kind === 'query');
  for (const one of reads) {
    const answer = await admin.ask(one.query, one.variables);
    expect([one.name, answer.errors]).toEqual([one.name, undefined]);
  }
});

describe.each(entryPoints(() => gateway))('over $name', ({ kinds, ask }) => {
  test.each<[string, () => SignedInUser | undefined, string]>([
    ['nobody', () => undefined, 'UNAUTHENTICATED'],
    ['a USER', () => user, 'FORBIDDEN'],
    ['a MANAGER', () => manager, 'FORBIDDEN'],
  ])('refuses %s every field for admins, and changes nothing', async (_, who, code) => {
    const before = await traces();
    for (const one of guarded().filter(({ kind }) => kinds.includes(kind))) {
      const answer: Answer<object> = await ask(who()?.session.gatewayToken, one);
      expect([one.name, codesOf(answer)]).toEqual([one.name, [code]]);
      expect(isRefused(answer)).toBe(true);
    }
    expect(await traces()).toEqual(before);
  });

  test('refuses in the language of the request', async () => {
    const one = guarded().find(({ kind }) => kind === kinds.at(-1));
    for (const locale of LOCALES) {
      const messages = messagesIn(locale).errors;
      const forbidden = await ask(user.session.gatewayToken, one as RootField, locale);
      expect(forbidden.errors?.map(({ message }) => message)).toEqual([messages.FORBIDDEN]);
      const anonymous = await ask(undefined, one as RootField, locale);
      expect(anonymous.errors?.map(({ message }) => message)).toEqual([messages.UNAUTHENTICATED]);
    }
  });

  test('refuses a token with the role ADMIN if the record has another role', async () => {
    const former = await signInAs('ADMIN', { gateway, database });
    // Refreshed, so that the token itself names the role.
    const { gatewayToken } = await refreshSession(gateway.graphqlUrl, former.session.refreshToken);
    expect(decodeJwt(gatewayToken)['role']).toBe('ADMIN');
    const [one] = guarded();
    const request = () => ask(gatewayToken, one as RootField);
    expect((await request()).errors).toBeUndefined();
    await setUserRole(database, former.id, 'USER');
    for (const field of guarded().filter(({ kind }) => kinds.includes(kind)))
      expect([field.name, codesOf(await ask(gatewayToken, field))]).toEqual([field.name, ['FORBIDDEN']]);
  });

  test('refuses the token of an admin whose session has ended', async () => {
    const former = await signInAs('ADMIN', { gateway, database });
    await endSession(database, former.session.id);
    const one = guarded().find(({ kind }) => kind === kinds[0]);
    // A new socket is refused once the instance has read that the session ended.
    const answer = await ask(former.session.gatewayToken, one as RootField).catch(() => undefined);
    if (answer) expect(codesOf(answer)).toEqual(['UNAUTHENTICATED']);
  });
});

test('a user with the role ADMIN is refused if ROLES does not contain it', async () => {
  const without = await startGateway({ DATABASE_URL: database.url, ROLES: 'MEMBER,STAFF' });
  const former = await signInAs('ADMIN', { gateway: without, database });
  expect(codesOf(await former.ask('{ users { edges { node { phone } } } }'))).toEqual(['FORBIDDEN']);
  expect(former.session.user.role).toBe('MEMBER'); // the first, to begin with
  await without.stop();
});

test('an admin who loses the role in the database is refused the next operation on an open socket', async () => {
  const former = await signInAs('ADMIN', { gateway, database });
  const frames = await openSocket(gateway, former.session.gatewayToken);
  const asked = { query: '{ smsTemplates { id } }', variables: {} };
  expect((await askOn(frames, asked)).errors).toBeUndefined();
  await setUserRole(database, former.id, 'MANAGER');
  expect(codesOf(await askOn(frames, asked))).toEqual(['FORBIDDEN']);
  expect(codesOf(await askOn(frames, { query: 'subscription { deliveryFeed { id } }', variables: {} }))).toEqual([
    'FORBIDDEN',
  ]);
  frames.socket.close();
});

test('the open socket of an admin who gets another role is closed', async () => {
  const former = await signInAs('ADMIN', { gateway, database });
  const frames = await openSocket(gateway, former.session.gatewayToken);
  expect((await admin.change('setUserRole', { userId: former.id, role: 'MANAGER' }, 'role'))['role']).toBe('MANAGER');
  expect((await frames.closed).code).toBe(4403);
});

test('a MANAGER cannot give themselves another role', async () => {
  const answer = await manager.change('setUserRole', { userId: manager.id, role: 'ADMIN' });
  expect(answer.code).toBe('FORBIDDEN');
  expect(await manager.read('{ me { role } }')).toEqual({ me: { role: 'MANAGER' } });
});

describe('a document with a refused field', () => {
  const siblings = `query ($id: ID!) {
    me { id } mine: mySessions { id }
    someUser: user(id: $id) { phone } again: user(id: $id) { sessions { ipAddress } }
  }`;

  test('answers the other fields, and shows nothing of the refused one', async () => {
    const { data, errors } = await user.ask<Record<string, unknown>>(siblings, { id: victim.id });
    expect(data).toMatchObject({ me: { id: user.id }, someUser: null, again: null });
    expect(errors?.map(({ path, extensions }) => [path, extensions?.code])).toEqual([
      [['someUser'], 'FORBIDDEN'],
      [['again'], 'FORBIDDEN'],
    ]);
    expect(JSON.stringify({ data, errors })).not.toContain(victim.session.user.phone);
  });

  test('does not change whether later requests are refused', async () => {
    const asked = [user, admin, user, admin].map((who) => who.ask(siblings, { id: victim.id }));
    const refused = (await Promise.all(asked)).map(({ errors }) => errors?.length ?? 0);
    expect(refused).toEqual([2, 0, 2, 0]);
  });

  test('is refused also by alias, fragment or directive', async () => {
    const hidden = `query ($yes: Boolean!) { ...All @include(if: $yes) }
      fragment All on Query { me: users(first: 1) { edges { node { phone } } } }`;
    const { data, errors } = await user.ask(hidden, { yes: true });
    expect([data, errors?.[0]?.extensions?.code]).toEqual([null, 'FORBIDDEN']);
  });
});

test('no type for admins can be reached from a field that is not for admins', () => {
  const adminOnly = new Set([
    'AdminUser',
    'AdminLoginAttempt',
    'AuditEntry',
    'SmsLogEntry',
    'SmsTemplate',
    'SendStatistic',
  ]);
  const reached = new Set<string>();
  function reach(type: { name: string }): void {
    if (reached.has(type.name)) return;
    reached.add(type.name);
    if ('getTypes' in type) for (const member of schema.getPossibleTypes(type as never)) reach(member);
    if ('getFields' in type)
      for (const field of Object.values((type as GraphQLObjectType).getFields())) reach(getNamedType(field.type));
  }
  for (const kind of Object.keys(PUBLIC) as Kind[])
    for (const name of PUBLIC[kind]) reach(getNamedType(ROOTS[kind]?.getFields()[name]?.type as GraphQLOutputType));
  expect([...reached].filter((name) => adminOnly.has(name))).toEqual([]);
  expect(reached.size).toBeGreaterThan(10);
});

test('no type has a field for a secret', () => {
  const shown = Object.values(schema.getTypeMap())
    .filter((type) => 'getFields' in type && !type.name.startsWith('__'))
    .flatMap((type) => Object.keys((type as GraphQLObjectType).getFields()).map((field) => `${type.name}.${field}`));
  const suspicious = shown.filter((name) =>
    /hash|encrypt|private|keyId|kid|jwk|password|activeSlot|\.version$/i.test(name),
  );
  expect(suspicious).toEqual([]);
  const secrets = shown.filter((name) => /secret|\.code$|token/i.test(name)).toSorted();
  expect(secrets.filter((name) => /^(Admin|Audit|Sms|Send)/.test(name))).toEqual([]);
});

test('a new user is not an admin, even if the sign-in request contains a role', async () => {
  const otherUser = signedInUser(await signIn(gateway), gateway);
  expect(await otherUser.read('{ me { role } }')).toEqual({ me: { role: 'USER' } });
  expect((await otherUser.change('addUser', { phone: '+77010000098', role: 'ADMIN' })).code).toBe('FORBIDDEN');
});
