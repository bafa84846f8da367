import { describe, expect, expectTypeOf, test } from 'vitest';
import type { Database } from './database.js';
import { loginAttemptStatus } from './enums.js';
import { type ParametersOf, type RowOf, createRegistry, defineStatement } from './statement.js';
import { type Types, array, bytea, int8, jsonb, nullable, present, text, textOf, timestamptz, uuid } from './types.js';

const READ = {
  name: 'login/read',
  sql: 'SELECT status, phone FROM login_attempts WHERE id = :id AND secret_hash = :hash AND :id IS NOT NULL',
  parameters: { id: uuid, hash: bytea },
  columns: { status: loginAttemptStatus, phone: nullable(text) },
} as const;

test('a parameter that is used twice has one position', () => {
  const { positionalSql, parameterNames } = defineStatement(READ);
  expect(parameterNames).toEqual(['id', 'hash']);
  expect(positionalSql).toContain('id = $1 AND secret_hash = $2 AND $1 IS NOT NULL');
});

describe('a statement is refused', () => {
  test.each([
    ['without the parameters that its SQL uses', { parameters: { id: uuid } }, 'not declared: hash'],
    [
      'with a parameter that its SQL does not use',
      { sql: 'SELECT :id', parameters: READ.parameters },
      'not used: hash',
    ],
    ['with the name of an inherited property', { sql: 'SELECT :toString', parameters: {} }, 'not declared: toString'],
    ['without the name of a module', { name: 'read' }, '<module>/<name_in_snake_case>'],
    ['with a name in another case', { name: 'login/readAttempt' }, '<module>/<name_in_snake_case>'],
    ['with a name that PostgreSQL would cut', { name: `login/${'x'.repeat(58)}` }, '63 bytes'],
    [
      'with an array of an enum as a column, which pg does not read',
      { columns: { statuses: array(loginAttemptStatus) } },
      'cast statuses to text[]',
    ],
  ])('%s', (_, change, reason) => {
    expect(() => defineStatement<Types, Types>({ ...READ, ...change })).toThrow(reason);
  });

  test('with a name that another statement has', () => {
    const registry = createRegistry();
    registry.add(defineStatement(READ));
    registry.add(defineStatement(READ)); // a module that is loaded again
    expect(() => registry.add(defineStatement({ ...READ, sql: `${READ.sql} LIMIT 1` }))).toThrow(
      'Two statements are named "login/read"',
    );
    expect(registry.all()).toHaveLength(1);
  });
});

test('a name of 63 bytes is kept', () => {
  const name = `login/${'x'.repeat(57)}`;
  expect(defineStatement({ ...READ, name }).name).toBe(name);
});

test('types of rows and parameters are those of the declaration', () => {
  const statement = defineStatement({
    name: 'login/types',
    sql: 'SELECT :channel, :at, :ids, :details',
    parameters: { channel: textOf<'console' | 'sms'>(), at: nullable(timestamptz), ids: array(uuid), details: jsonb },
    columns: { status: loginAttemptStatus, name: nullable(text), count: int8, hash: bytea, phone: present(text) },
  });
  expectTypeOf<RowOf<typeof statement>>().toEqualTypeOf<{
    readonly status: 'PENDING' | 'CONFIRMING' | 'COMPLETED' | 'CLAIMED' | 'EXPIRED' | 'CANCELED' | 'FAILED';
    readonly name: string | null;
    readonly count: string;
    readonly hash: Buffer;
    readonly phone: string;
  }>();
  expectTypeOf<ParametersOf<typeof statement>>().toEqualTypeOf<{
    readonly channel: 'console' | 'sms';
    readonly at: Date | null | undefined;
    readonly ids: readonly string[];
    readonly details: unknown;
  }>();
});

// Each @ts-expect-error is an expectation: compilation fails when the line below it compiles.
test('the compiler refuses missing, additional and positional parameters', () => {
  const statement = defineStatement({ ...READ, name: 'login/compiled' });
  const attempts = (database: Database) => [
    database.query(statement, { id: 'a', hash: Buffer.of() }),
    // @ts-expect-error: no hash
    database.query(statement, { id: 'a' }),
    // @ts-expect-error: a parameter that the statement does not have
    database.query(statement, { id: 'a', hash: Buffer.of(), phone: '+77010000002' }),
    // @ts-expect-error: null where the parameter is not nullable
    database.query(statement, { id: null, hash: Buffer.of() }),
    // @ts-expect-error: positions
    database.query(statement, ['a', Buffer.of()]),
  ];
  expect(attempts).toBeTypeOf('function');
});
