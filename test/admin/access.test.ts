import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isNonNullType,
  type GraphQLObjectType,
  type GraphQLOutputType,
} from 'graphql';
import { PUBLIC } from './public-fields.js';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schema } from '../../src/graphql/schema.js';
import { type Locale, LOCALES } from '../../src/locales/locale.js';
import { messagesIn } from '../../src/locales/messages.js';
import { bearer, signIn } from '../support/sign-in.js';
import { refreshSession } from '../support/calls.js';
import { type FrameSocket, openFrames } from '../support/frames.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { endSession, setUserRole } from '../support/rows.js';
import { type Answer, type SignedInUser, signInAs, signedInUser } from './sign-in-as.js';

type Kind = keyof typeof PUBLIC;
const ROOTS: Record<Kind, GraphQLObjectType | null | undefined> = {
  query: schema.getQueryType(),
  mutation: schema.getMutationType(),
  subscription: schema.getSubscriptionType(),
};

/** A root field for admins, with a document to which an admin receives an answer. */
interface Guarded {
  kind: Kind;
  name: string;
  query: string;
  variables: object;
}

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

/** The value of each argument by its name, such that the field would change or show a user. */
function sample(name: string, type: GraphQLInputType): unknown {
  const named = getNamedType(type);
  if (isInputObjectType(named))
    return Object.fromEntries(
      Object.values(named.getFields())
        .filter(({ type: field }) => isNonNullType(field))
        .map((field) => [field.name, sample(`${named.name}.${field.name}`, field.type)]),
    );
  if (isEnumType(named)) return named.getValues()[0]?.name;
  if (named.name === 'DateTime') return new Date(Date.now() - 60_000).toISOString();
  if (name.endsWith('SmsTemplateInput.id')) return templateId;
  if (name.endsWith('sessionId')) return victim.session.id;
  if (named.name === 'ID') return victim.id;
  if (name.endsWith('phone')) return name.startsWith('AddUser') ? '+77010000099' : victim.session.user.phone;
  if (name.endsWith('body')) return '{code}';
  if (name.endsWith('role')) return 'ADMIN';
  if (name.endsWith('channel')) return 'console';
  return 'en';
}

function documentOf(kind: Kind, field: GraphQLField<unknown, unknown>): Guarded {
  const { name } = field;
  const needed = field.args.filter(({ type }: GraphQLArgument) => isNonNullType(type));
  const variables = Object.fromEntries(needed.map((argument) => [argument.name, sample(argument.name, argument.type)]));
  const declared = needed.map((argument) => `$${argument.name}: ${String(argument.type)}`);
  const passed = needed.map((argument) => `${argument.name}: $${argument.name}`);
  const selection = isCompositeType(getNamedType(field.type)) ? '{ __typename }' : '';
  const inBrackets = (list: string[]) => (list.length > 0 ? `(${list.join(', ')})` : '');
  return {
    kind,
    name,
    query: `${kind} ${inBrackets(declared)} { ${name}${inBrackets(passed)} ${selection} }`,
    variables,
  };
}

const guarded = (): Guarded[] =>
  (Object.keys(PUBLIC) as Kind[]).flatMap((kind) =>
    Object.values(ROOTS[kind]?.getFields() ?? {})
      .filter(({ name }) => !PUBLIC[kind].includes(name))
      .map((field) => documentOf(kind, field)),
  );

interface EntryPoint {
  name: string;
  kinds: Kind[];
  ask(accessToken: string | undefined, asked: Omit<Guarded, 'kind' | 'name'>, locale?: Locale): Promise<Answer<object>>;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const headersOf = (accessToken: string | undefined, locale: Locale) => ({
  ...(accessToken === undefined ? {} : bearer(accessToken)),
  'accept-language': locale,
});

const ENTRY_POINTS: EntryPoint[] = [
  {
    name: 'HTTP',
    kinds: ['query', 'mutation'],
    async ask(accessToken, { query, variables }, locale = 'en') {
      const response = await fetch(gateway.graphqlUrl, {
        method: 'POST',
        headers: { ...JSON_TYPE, ...headersOf(accessToken, locale) },
        body: JSON.stringify({ query, variables }),
      });
      return (await response.json()) as Answer<object>;
    },
  },
  {
    name: 'HTTP GET',
    kinds: ['query'],
    async ask(accessToken, { query, variables }, locale = 'en') {
      const search = new URLSearchParams({ query, variables: JSON.stringify(variables) });
      const response = await fetch(`${gateway.graphqlUrl}?${search.toString()}`, {
        headers: { accept: 'application/json', ...headersOf(accessToken, locale) },
      });
      return (await response.json()) as Answer<object>;
    },
  },
  {
    name: 'SSE',
    kinds: ['query', 'mutation', 'subscription'],
    async ask(accessToken, { query, variables }, locale = 'en') {
      const response = await fetch(gateway.graphqlUrl, {
        method: 'POST',
        headers: { ...JSON_TYPE, accept: 'text/event-stream', ...headersOf(accessToken, locale) },
        body: JSON.stringify({ query, variables }),
      });
      // A refused stream ends by itself; one that stays open makes the test time out.
      const text = await response.text();
      return JSON.parse(/^data: ?(\{.*\})$/m.exec(text)?.[1] ?? text) as Answer<object>;
    },
  },
  {
    name: 'WebSocket',
    kinds: ['query', 'subscription'],
    async ask(accessToken, asked, locale = 'en') {
      const frames = await openSocket(accessToken, locale);
      try {
        return await askOn(frames, asked);
      } finally {
        frames.socket.terminate();
      }
    },
  },
];

async function openSocket(accessToken: string | undefined, locale: Locale = 'en'): Promise<FrameSocket> {
  const frames = await openFrames(gateway.socketUrl, { init: false });
  const authorization = accessToken === undefined ? {} : bearer(accessToken);
  frames.send({ type: 'connection_init', payload: { ...authorization, locale } });
  await frames.until(({ type }) => type === 'connection_ack');
  return frames;
}

let operations = 0;
/** The first answer to an operation: its data or its errors; undefined where there is none. */
async function askOn(
  frames: FrameSocket,
  { query, variables }: Omit<Guarded, 'kind' | 'name'>,
): Promise<Answer<object>> {
  const id = `${(operations += 1)}`;
  frames.send({ type: 'subscribe', id, payload: { query, variables } });
  const [frame] = await frames.until((one) => one.id === id);
  if (frame?.type === 'error') return { data: null, errors: frame.payload as never };
  return (frame?.payload ?? { data: null }) as Answer<object>;
}

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

describe.each(ENTRY_POINTS)('over $name', ({ kinds, ask }) => {
  test.each<[string, () => SignedInUser | undefined, string]>([
    ['nobody', () => undefined, 'UNAUTHENTICATED'],
    ['a USER', () => user, 'FORBIDDEN'],
    ['a MANAGER', () => manager, 'FORBIDDEN'],
  ])('refuses %s every field for admins, and changes nothing', async (_, who, code) => {
    const before = await traces();
    for (const one of guarded().filter(({ kind }) => kinds.includes(kind))) {
      const answer: Answer<object> = await ask(who()?.session.accessToken, one);
      expect([one.name, codesOf(answer)]).toEqual([one.name, [code]]);
      expect(isRefused(answer)).toBe(true);
    }
    expect(await traces()).toEqual(before);
  });

  test('refuses in the language of the request', async () => {
    const one = guarded().find(({ kind }) => kind === kinds.at(-1));
    for (const locale of LOCALES) {
      const messages = messagesIn(locale).errors;
      const forbidden = await ask(user.session.accessToken, one as Guarded, locale);
      expect(forbidden.errors?.map(({ message }) => message)).toEqual([messages.FORBIDDEN]);
      const anonymous = await ask(undefined, one as Guarded, locale);
      expect(anonymous.errors?.map(({ message }) => message)).toEqual([messages.UNAUTHENTICATED]);
    }
  });

  test('refuses a token with the role ADMIN if the record has another role', async () => {
    const former = await signInAs('ADMIN', { gateway, database });
    // Refreshed, so that the token itself names the role.
    const { accessToken } = await refreshSession(gateway.graphqlUrl, former.session.refreshToken);
    expect(decodeJwt(accessToken)['role']).toBe('ADMIN');
    const [one] = guarded();
    const request = () => ask(accessToken, one as Guarded);
    expect((await request()).errors).toBeUndefined();
    await setUserRole(database, former.id, 'USER');
    for (const field of guarded().filter(({ kind }) => kinds.includes(kind)))
      expect([field.name, codesOf(await ask(accessToken, field))]).toEqual([field.name, ['FORBIDDEN']]);
  });

  test('refuses the token of an admin whose session has ended', async () => {
    const former = await signInAs('ADMIN', { gateway, database });
    await endSession(database, former.session.id);
    const one = guarded().find(({ kind }) => kind === kinds[0]);
    // A new socket is refused once the instance has read that the session ended.
    const answer = await ask(former.session.accessToken, one as Guarded).catch(() => undefined);
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

test('an admin who loses the role is refused the next operation on an open socket', async () => {
  const former = await signInAs('ADMIN', { gateway, database });
  const frames = await openSocket(former.session.accessToken);
  const asked = { query: '{ smsTemplates { id } }', variables: {} };
  expect((await askOn(frames, asked)).errors).toBeUndefined();
  expect((await admin.change('setUserRole', { userId: former.id, role: 'MANAGER' }, 'role'))['role']).toBe('MANAGER');
  expect(codesOf(await askOn(frames, asked))).toEqual(['FORBIDDEN']);
  expect(codesOf(await askOn(frames, { query: 'subscription { deliveryFeed { id } }', variables: {} }))).toEqual([
    'FORBIDDEN',
  ]);
  frames.socket.close();
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
