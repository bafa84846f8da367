import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kind, parse } from 'graphql';
import { expect, test } from 'vitest';
import { createPhonegate } from '../src/index.js';
import { introspection, possibleTypes } from '../src/possible-types.js';
import { schema } from '../../../src/graphql/schema.js';
import { PROJECT } from '../../../test/support/process.js';

const ROOTS = new Set(['Query', 'Mutation', 'Subscription']);

/** Operations whose method has another name. */
const OTHER_NAMES: Record<string, string> = {
  loginAttemptStatus: 'watchLogin', // it also chooses the transport and connects again
  refreshSession: 'session.accessToken', // and session.restore: callers never handle a refresh token
  signOut: 'session.signOut', // it ends the session in every tab
};

const fields = parse(readFileSync(join(PROJECT, 'schema.graphql'), 'utf8')).definitions.flatMap((definition) =>
  definition.kind === Kind.OBJECT_TYPE_DEFINITION && ROOTS.has(definition.name.value) ? (definition.fields ?? []) : [],
);
const isForAdmins = (description: string) => /\bfor admins\b/i.test(description);
const [forAdmins, forUsers] = [true, false].map((wanted) =>
  fields
    .filter(({ description }) => isForAdmins(description?.value ?? '') === wanted)
    .map(({ name: { value } }) => value),
) as [string[], string[]];

const client = createPhonegate({ url: 'https://login.example.com' });
const methodNamed = (path: string) =>
  path.split('.').reduce((value, name) => (value as Record<string, unknown>)[name], client as unknown);

test('the schema says which operations are for admins', () => {
  expect(forAdmins).toEqual(expect.arrayContaining(['users', 'blockUser', 'deliveryFeed']));
  expect(forUsers).toEqual(expect.arrayContaining(['me', 'requestOtp', 'loginAttemptStatus']));
});

test.each(forUsers)('the client has a method for %s', (name) => {
  expect(methodNamed(OTHER_NAMES[name] ?? name)).toBeTypeOf('function');
});

test.each(forAdmins)('the client has no method for %s, which is for admins', (name) => {
  expect(methodNamed(name)).toBeUndefined();
});

test('no name in the list above is out of date', () => {
  expect(Object.keys(OTHER_NAMES).filter((name) => !forUsers.includes(name))).toEqual([]);
});

test('possibleTypes has the members of each union and interface of the schema', () => {
  for (const [name, members] of Object.entries(possibleTypes)) {
    const type = schema.getType(name) as Parameters<typeof schema.getPossibleTypes>[0];
    expect(
      schema.getPossibleTypes(type).map((member) => member.name),
      name,
    ).toEqual(expect.arrayContaining(members));
  }
  expect(possibleTypes['Error']).toContain('InvalidPhoneNumber');
  const { types } = introspection.__schema;
  expect(types.find(({ name }) => name === 'Error')).toMatchObject({ kind: 'INTERFACE' });
  expect(types.find(({ name }) => name === 'UpdateMeResult')).toEqual({
    kind: 'UNION',
    name: 'UpdateMeResult',
    possibleTypes: [{ name: 'InvalidInput' }, { name: 'User' }],
  });
});
