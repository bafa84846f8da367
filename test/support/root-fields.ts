import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isNonNullType,
} from 'graphql';
import { schema } from '../../src/graphql/schema.js';

export type Kind = 'query' | 'mutation' | 'subscription';

export const ROOTS: Record<Kind, GraphQLObjectType | null | undefined> = {
  query: schema.getQueryType(),
  mutation: schema.getMutationType(),
  subscription: schema.getSubscriptionType(),
};

/** A root field, with a document that uses it. */
export interface RootField {
  kind: Kind;
  name: string;
  /** What the field requires: src/graphql/auth/field-auth.ts. */
  auth: string;
  query: string;
  variables: object;
}

/** The rows that the documents name. */
interface Samples {
  templateId: string;
  userId: string;
  sessionId: string;
  phone: string;
}

/** Every root field of the schema. */
export const rootFields = (samples: Samples): RootField[] =>
  (Object.keys(ROOTS) as Kind[]).flatMap((kind) =>
    Object.values(ROOTS[kind]?.getFields() ?? {}).map((field) => documentOf(kind, field, samples)),
  );

/** The value of each argument by its name, such that the field would change or show a user. */
function sample(name: string, type: GraphQLInputType, samples: Samples): unknown {
  const named = getNamedType(type);
  if (isInputObjectType(named))
    return Object.fromEntries(
      Object.values(named.getFields())
        .filter(({ type: field }) => isNonNullType(field))
        .map((field) => [field.name, sample(`${named.name}.${field.name}`, field.type, samples)]),
    );
  if (isEnumType(named)) return named.getValues()[0]?.name;
  if (named.name === 'DateTime') return new Date(Date.now() - 60_000).toISOString();
  if (name.endsWith('SmsTemplateInput.id')) return samples.templateId;
  if (name.endsWith('sessionId')) return samples.sessionId;
  if (named.name === 'ID') return samples.userId;
  if (name.endsWith('phone')) return name.startsWith('AddUser') ? '+77010000099' : samples.phone;
  if (name.endsWith('body')) return '{code}';
  if (name.endsWith('role')) return 'ADMIN';
  if (name.endsWith('channel')) return 'console';
  return 'en';
}

function documentOf(kind: Kind, field: GraphQLField<unknown, unknown>, samples: Samples): RootField {
  const { name } = field;
  const needed = field.args.filter(({ type }: GraphQLArgument) => isNonNullType(type));
  const variables = Object.fromEntries(
    needed.map((argument) => [argument.name, sample(argument.name, argument.type, samples)]),
  );
  const declared = needed.map((argument) => `$${argument.name}: ${String(argument.type)}`);
  const passed = needed.map((argument) => `${argument.name}: $${argument.name}`);
  const selection = isCompositeType(getNamedType(field.type)) ? '{ __typename }' : '';
  const inBrackets = (list: string[]) => (list.length > 0 ? `(${list.join(', ')})` : '');
  return {
    kind,
    name,
    auth: String(field.extensions['auth']),
    query: `${kind} ${inBrackets(declared)} { ${name}${inBrackets(passed)} ${selection} }`,
    variables,
  };
}
