import { readFileSync } from 'node:fs';
import {
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isNonNullType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import { printContract, schema } from '../../src/graphql/schema.js';

test('schema.graphql is the contract that the code prints (if not: npm run schema)', () => {
  const committed = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8');
  expect(committed).toBe(printContract());
});

interface Described {
  name: string;
  description?: string | null | undefined;
}

/** A type and all its parts, with their full names. */
function partsOf(type: GraphQLNamedType): Described[] {
  const parts: Described[] = [type];
  const add = (path: string, { name, description }: Described) =>
    void parts.push({ name: `${path}.${name}`, description });
  if (isEnumType(type)) for (const value of type.getValues()) add(type.name, value);
  if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) add(type.name, field);
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      add(type.name, field);
      for (const argument of field.args) add(`${type.name}.${field.name}`, argument);
    }
  }
  return parts;
}

describe('descriptions are a manual for integrators:', () => {
  const own = Object.values(schema.getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
  );
  const parts = own.flatMap(partsOf);

  const failing = (isGood: (description: string) => boolean) =>
    parts.filter(({ description }) => description && !isGood(description)).map(({ name }) => name);

  test('every type, field, argument, input field and enum value has a description', () => {
    expect(parts.length).toBeGreaterThan(100);
    expect(parts.filter(({ description }) => !description?.trim()).map(({ name }) => name)).toEqual([]);
  });

  test('each starts with a capital letter and ends with a full stop', () => {
    expect(failing((description) => /[.:…)]$/.test(description))).toEqual([]);
    expect(failing((description) => /^("|true: |[A-Z])/.test(description))).toEqual([]);
  });

  test('none only names the operation or is a single word', () => {
    expect(failing((description) => description.split(' ').length > 1)).toEqual([]);
    expect(failing((description) => !/^Input of \w+\.$/.test(description))).toEqual([]);
    expect(
      failing((description) => !/^(Whom|Whose|Which|What for|When|How|Where)\b[^,]{0,12}\.$/.test(description)),
    ).toEqual([]);
  });

  test('each says "user", not "person" or "people"', () => {
    expect(
      failing(
        (description) =>
          !/\b(person|people|somebody|anybody|oneself)\b/i.test(description) || /somebody else/.test(description),
      ),
    ).toEqual([]);
  });

  test('the description of a nullable field says when it is null', () => {
    const nullable = own
      .filter((type) => isObjectType(type) || isInterfaceType(type))
      .flatMap((type) =>
        Object.values(type.getFields()).map((field) => ({ ...field, name: `${type.name}.${field.name}` })),
      )
      .filter(({ type }) => !isNonNullType(type));
    expect(nullable.length).toBeGreaterThan(20);
    expect(nullable.filter(({ description }) => !/\bnull\b/i.test(description ?? '')).map(({ name }) => name)).toEqual(
      [],
    );
  });
});

describe('the names that clients use exist:', () => {
  const fieldsOf = (name: 'Query' | 'Mutation' | 'Subscription') => {
    const type = schema.getType(name);
    return isObjectType(type) ? Object.keys(type.getFields()) : [];
  };

  test('root fields', () => {
    expect(fieldsOf('Subscription').toSorted()).toEqual(['deliveryFeed', 'loginAttemptFeed', 'loginAttemptStatus']);
    expect(fieldsOf('Query')).toEqual(expect.arrayContaining(['me', 'mySessions', 'loginAttempt']));
    expect(fieldsOf('Mutation')).toEqual(
      expect.arrayContaining([
        'requestOtp',
        'resendOtp',
        'verifyOtp',
        'startWhatsAppLogin',
        'claimLogin',
        'cancelLogin',
        'refreshSession',
        'signOut',
        'revokeSession',
        'revokeOtherSessions',
      ]),
    );
  });

  test('every mutation returns a union of one success type and its failures', () => {
    const failures = new Set(schema.getPossibleTypes(schema.getType('Error') as never).map(({ name }) => name));
    for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
      const members = schema.getPossibleTypes(schema.getType(String(field.type).replace('!', '')) as never);
      expect([field.name, members.filter(({ name }) => !failures.has(name)).length]).toEqual([field.name, 1]);
    }
  });

  test('loginAttemptStatus carries no token', () => {
    const watched = schema.getType('LoginAttempt');
    const fields = isObjectType(watched) ? Object.keys(watched.getFields()).toSorted() : [];
    expect(fields).toEqual([
      'confirmationNumber',
      'confirmationTriesLeft',
      'delivery',
      'expiresAt',
      'failureReason',
      'id',
      'method',
      'status',
    ]);
  });
});
