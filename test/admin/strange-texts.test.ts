import {
  type GraphQLInputType,
  type GraphQLObjectType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isNonNullType,
  isCompositeType,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schema } from '../../src/graphql/schema.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { type SignedInUser, signInAs } from './sign-in-as.js';

let database: TestDatabase;
let gateway: TestGateway;
let admin: SignedInUser;

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url });
  admin = await signInAs('ADMIN', { gateway, database });
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

/** Texts that PostgreSQL refuses as text, JSON or UUID. */
const STRANGE = {
  'a zero byte': '{code} a\0b',
  'half a character': '{code}\uD83D',
  'an id that is none': 'nonsense',
  'an empty text': '',
  'a moment long ago': '0001-01-01T00:00:00Z',
};

/** Fields that send a message, or end the session of the request. */
const NOT_ASKED = new Set(['requestOtp', 'resendOtp', 'requestPhoneChange', 'startWhatsAppLogin']);

/** Copies of a value, each with one of its texts replaced. */
function* strangers(type: GraphQLInputType, strange: string): Generator {
  const named = getNamedType(type);
  if (isInputObjectType(named)) {
    const fields = Object.values(named.getFields());
    for (const field of fields)
      for (const value of strangers(field.type, strange))
        yield Object.fromEntries(
          fields
            .filter(({ name, type: own }) => name === field.name || isNonNullType(own))
            .map(({ name, type: own }) => [name, name === field.name ? value : plain(own, name)]),
        );
  } else if (named.name === 'String' || named.name === 'ID') yield strange;
  else if (named.name === 'DateTime' && !Number.isNaN(Date.parse(strange))) yield strange;
}

function plain(type: GraphQLInputType, name: string): unknown {
  const named = getNamedType(type);
  if (isEnumType(named)) return named.getValues()[0]?.name;
  if (named.name === 'DateTime') return '2026-11-21T12:00:00Z';
  return { body: '{code}', locale: 'en', channel: '*', phone: '+77010000002', role: 'USER' }[name] ?? admin.id;
}

describe.each(['query', 'mutation'] as const)('every argument of every %s', (kind) => {
  const root = (kind === 'query' ? schema.getQueryType() : schema.getMutationType()) as GraphQLObjectType;
  const fields = Object.values(root.getFields()).filter(({ name, args }) => args.length > 0 && !NOT_ASKED.has(name));

  test.each(Object.entries(STRANGE))('accepts or refuses %s without an internal error', async (_, strange) => {
    const asked = fields.flatMap(({ name, args, type }) =>
      args.flatMap((arg) =>
        [...strangers(arg.type, strange)].map(async (value) => {
          const given = args.filter((one) => one === arg || isNonNullType(one.type));
          const variables = Object.fromEntries(
            given.map((one) => [one.name, one === arg ? value : plain(one.type, one.name)]),
          );
          const declared = given.map((one) => `$${one.name}: ${String(one.type)}`).join(', ');
          const passed = given.map((one) => `${one.name}: $${one.name}`).join(', ');
          const selection = isCompositeType(getNamedType(type)) ? '{ __typename }' : '';
          const { errors } = await admin.ask(`${kind} (${declared}) { ${name}(${passed}) ${selection} }`, variables);
          const isBug = errors?.some(({ extensions }) => extensions?.code === 'INTERNAL_SERVER_ERROR');
          return isBug ? [`${name}(${JSON.stringify(variables)})`] : [];
        }),
      ),
    );
    const bugs = (await Promise.all(asked)).flat();
    expect(bugs).toEqual([]);
  });
});
