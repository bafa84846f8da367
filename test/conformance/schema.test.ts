import { readFileSync } from 'node:fs';
import {
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import { printContract, schema } from '../../src/graphql/schema.js';

test('schema.graphql is the contract that the code makes (else: npm run schema)', () => {
  const committed = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8');
  expect(committed).toBe(printContract());
});

interface Described {
  name: string;
  description?: string | null | undefined;
}

/** A type and all that stands in it, by its full name. */
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

describe('GraphiQL is the manual', () => {
  const own = Object.values(schema.getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
  );
  const parts = own.flatMap(partsOf);

  test('every type, field, argument, input field and enum value is described', () => {
    expect(parts.length).toBeGreaterThan(100);
    expect(parts.filter(({ description }) => !description?.trim()).map(({ name }) => name)).toEqual([]);
  });

  test('in a sentence that ends, or an address', () => {
    expect(
      parts.filter(({ description }) => description && !/[.:…)]$/.test(description)).map(({ name }) => name),
    ).toEqual([]);
  });
});

describe('names that clients rely on', () => {
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

  test('every mutation answers with a union of what it gives and how it fails', () => {
    const failures = new Set(schema.getPossibleTypes(schema.getType('Error') as never).map(({ name }) => name));
    for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
      const members = schema.getPossibleTypes(schema.getType(String(field.type).replace('!', '')) as never);
      expect([field.name, members.filter(({ name }) => !failures.has(name)).length]).toEqual([field.name, 1]);
    }
  });

  test('no subscription carries a token: its state is all it tells', () => {
    const watched = schema.getType('LoginAttempt');
    const fields = isObjectType(watched) ? Object.keys(watched.getFields()).toSorted() : [];
    expect(fields).toEqual(['confirmationNumber', 'delivery', 'expiresAt', 'failureReason', 'id', 'method', 'status']);
  });
});
