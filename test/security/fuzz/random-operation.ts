import fc from 'fast-check';
import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  getNamedType,
  getNullableType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { schema } from '../../../src/graphql/schema.js';

export interface Operation {
  query: string;
  variables: Record<string, unknown>;
}

/**
 * Texts that parsers, PostgreSQL and JavaScript objects treat specially. `<id>` and `<secret>` are of an open
 * attempt, `<user>` is the ID of a user. */
const TEXTS = [
  '<id>',
  '<secret>',
  '<user>',
  '',
  ' ',
  '\0',
  '\uD83D',
  'a\u202Eb\uFEFF',
  '🙂'.repeat(60),
  'x'.repeat(5_000),
  "' OR 1=1 --",
  '%_\\',
  '{code} {{code}}',
  '__proto__',
  'constructor',
  '019aa664-3a00-7000-8000-00000000000f',
  '00000000-0000-0000-0000-000000000000',
  '+77010000002',
  '۰۹۱۲۰۰۰۰۰۰۴',
  '000000',
  '٠٠٠٠٠٠',
  '-1',
  '1e400',
  'ADMIN',
  'fa',
  'https://example.com/#?code=1',
  'eyJhbGciOiJub25lIn0.e30.',
];
const NUMBERS = [0, 1, -1, 20, 101, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 53, 1.5, 1e308];
const MOMENTS = [
  '2026-11-21T12:00:00Z',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999Z',
  '+275760-09-13T00:00:00Z',
  '',
];
const MOST_FIELDS = 5;
const DEEPEST = 4;

/** The choices of one operation. A shorter list with smaller numbers gives a simpler operation. */
type Choose = <Value>(from: readonly Value[]) => Value;

/** An operation of the schema that is well formed, with arguments that may be hostile or of a wrong type. */
export const randomOperation: fc.Arbitrary<Operation> = fc
  .noBias(fc.array(fc.nat(), { minLength: 20, maxLength: 120, size: 'max' }))
  .map((numbers) => {
    let next = 0;
    const choose: Choose = (from) => from[(numbers[next++] ?? 0) % from.length] as never;
    return operation(choose);
  });

const isRare = (choose: Choose) => choose([false, false, false, false, false, false, false, true]);

function operation(choose: Choose): Operation {
  const [kind, root] = choose([
    ['mutation', schema.getMutationType()],
    ['query', schema.getQueryType()],
    ['subscription', schema.getSubscriptionType()],
  ] as const);
  const field = choose(Object.values((root as GraphQLObjectType).getFields()));
  const given = field.args.filter(({ type }) => isNonNullType(type) || choose([true, false]));
  const declared = given.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ');
  const passed = given.map(({ name }) => `${name}: $${name}`).join(', ');
  const variables = Object.fromEntries(given.map(({ name, type }) => [name, valueOf(type, choose)]));
  return {
    query: `${kind} ${declared && `(${declared})`} { ${field.name}${passed && `(${passed})`} ${selectionOf(field, choose)} }`,
    variables,
  };
}

function valueOf(type: GraphQLInputType, choose: Choose): unknown {
  if (isRare(choose)) return choose<unknown>([null, [], {}, [[null]], true, ...NUMBERS, ...TEXTS]);
  const wanted = getNullableType(type);
  if (isListType(wanted)) return Array.from({ length: choose([1, 0, 2, 50]) }, () => valueOf(wanted.ofType, choose));
  if (isEnumType(wanted)) return choose(wanted.getValues()).name;
  if (isInputObjectType(wanted)) {
    const fields = Object.values(wanted.getFields()).filter((one) => isNonNullType(one.type) || choose([true, false]));
    return Object.fromEntries(fields.map((one) => [one.name, valueOf(one.type, choose)]));
  }
  if (wanted.name === 'Int' || wanted.name === 'Float') return choose(NUMBERS);
  if (wanted.name === 'Boolean') return choose([true, false]);
  return choose(wanted.name === 'DateTime' ? MOMENTS : TEXTS);
}

function selectionOf(field: GraphQLField<unknown, unknown>, choose: Choose, depth = 1): string {
  const type = getNamedType(field.type);
  if (isLeafType(type)) return '';
  const members = isAbstractType(type) ? schema.getPossibleTypes(type) : [type].filter(isObjectType);
  /** Two members can both select a field only if it has the same type in both. */
  const selected = new Map<string, string>();
  const parts = members.map((member) => {
    const fields = Object.values(member.getFields())
      .filter(({ args }) => args.every((arg) => !isNonNullType(arg.type)))
      .filter(({ type: inner }) => depth < DEEPEST || isLeafType(getNamedType(inner)))
      .filter(({ name, type: inner }) => (selected.get(name) ?? String(inner)) === String(inner))
      .filter(() => choose([true, false]))
      .slice(0, MOST_FIELDS);
    for (const { name, type: inner } of fields) selected.set(name, String(inner));
    const names = fields.map((inner) => `${inner.name} ${selectionOf(inner, choose, depth + 1)}`);
    return `... on ${member.name} { ${['__typename', ...names].join(' ')} }`;
  });
  return `{ __typename ${parts.join(' ')} }`;
}
