import {
  type GraphQLArgument,
  GraphQLEnumType,
  type GraphQLField,
  type GraphQLInputField,
  GraphQLInputObjectType,
  GraphQLInterfaceType,
  type GraphQLNamedType,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLScalarType,
  type GraphQLSchema,
  type GraphQLType,
  GraphQLUnionType,
  getNamedType,
} from 'graphql';
import { escape, head, table } from './markdown.js';

const OPERATIONS = 'graphql.md';
const TYPES = 'graphql-types.md';
const isRoot = (name: string): boolean => ['Query', 'Mutation', 'Subscription'].includes(name);
const isBuiltIn = (name: string): boolean =>
  name.startsWith('__') || ['String', 'Int', 'Float', 'Boolean', 'ID'].includes(name);

/** The queries, mutations and subscriptions. */
export function printOperations(schema: GraphQLSchema): string {
  const roots = [schema.getMutationType(), schema.getQueryType(), schema.getSubscriptionType()];
  return [
    head(
      'GraphQL operations',
      `Every mutation, query and subscription. [Types](${TYPES}) has what they take and return. [\`schema.graphql\`](../../schema.graphql) is the same as one file. [GraphQL API](../guides/graphql.md) says how to call it.`,
    ),
    ...roots.flatMap((root) =>
      root
        ? [
            `## ${{ Mutation: 'Mutations', Query: 'Queries', Subscription: 'Subscriptions' }[root.name] ?? root.name}\n`,
            ...Object.values(root.getFields()).map((field) => printOperation(root.name, field)),
          ]
        : [],
    ),
  ].join('\n');
}

function printOperation(root: string, { name, description, args, type }: GraphQLField<unknown, unknown>): string {
  return [
    `### ${root}.${name}\n`,
    `${describe(description)}\n`,
    ...(args.length > 0 ? [printArguments(args)] : []),
    `Returns ${printType(type)}${membersOf(type)}.\n`,
  ].join('\n');
}

function membersOf(type: GraphQLOutputType): string {
  const named = getNamedType(type);
  if (!(named instanceof GraphQLUnionType)) return '';
  return `: ${named
    .getTypes()
    .map((member) => printType(member))
    .join(', ')}`;
}

/** The types that operations take and return. */
export function printTypes(schema: GraphQLSchema): string {
  const types = Object.values(schema.getTypeMap())
    .filter(({ name }) => !isBuiltIn(name) && !isRoot(name))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const kinds = [
    ['Objects', GraphQLObjectType],
    ['Inputs', GraphQLInputObjectType],
    ['Enums', GraphQLEnumType],
    ['Interfaces', GraphQLInterfaceType],
    ['Unions', GraphQLUnionType],
    ['Scalars', GraphQLScalarType],
  ] as const;
  return [
    head('GraphQL types', `Every type that the [operations](${OPERATIONS}) take and return.`),
    ...kinds.flatMap(([title, kind]) => [
      `## ${title}\n`,
      ...types.filter((type) => type instanceof kind).map(printDefinition),
    ]),
  ].join('\n');
}

function printDefinition(type: GraphQLNamedType): string {
  return [`### ${type.name}\n`, `${describe(type.description)}\n`, printBody(type)].join('\n');
}

function printBody(type: GraphQLNamedType): string {
  if (type instanceof GraphQLEnumType)
    return table(
      ['value', 'meaning'],
      type.getValues().map(({ name, description }) => [`\`${name}\``, describe(description)]),
    );
  if (type instanceof GraphQLUnionType)
    return `One of ${type
      .getTypes()
      .map((member) => printType(member))
      .join(', ')}.\n`;
  if (type instanceof GraphQLInputObjectType) return printArguments(Object.values(type.getFields()));
  if (type instanceof GraphQLScalarType) return '';
  const fields = Object.values((type as GraphQLObjectType).getFields());
  return [
    table(
      ['field', 'type', 'description'],
      fields.map(({ name, type: fieldType, description }) => [
        `\`${name}\``,
        printType(fieldType),
        describe(description),
      ]),
    ),
    ...fields
      .filter(({ args }) => args.length > 0)
      .map(({ name, args }) => `Arguments of \`${name}\`:\n\n${printArguments(args)}`),
  ].join('\n');
}

function printArguments(args: readonly (GraphQLArgument | GraphQLInputField)[]): string {
  return table(
    ['argument', 'type', 'description'],
    args.map(({ name, type, description, defaultValue }) => [
      `\`${name}\``,
      printType(type),
      `${describe(description)}${defaultValue === undefined ? '' : ` Default: \`${JSON.stringify(defaultValue)}\`.`}`,
    ]),
  );
}

/** The type, linked to its definition: `[Session!]!`. */
function printType(type: GraphQLType): string {
  const { name } = getNamedType(type);
  const [before = '', after = ''] = String(type).split(name);
  const text = `${before.replaceAll('[', String.raw`\[`)}${isBuiltIn(name) ? name : `[${name}](${TYPES}#${name.toLowerCase()})`}${after.replaceAll(']', String.raw`\]`)}`;
  return text;
}

const describe = (description: string | null | undefined): string =>
  escape((description ?? '').replaceAll(/\s+/g, ' '));
