import { expect, expectTypeOf, test } from 'vitest';
import { fromOuterJoin, hasColumns } from './outer-join.js';
import { type RowOf, defineStatement } from './statement.js';
import { bool, nullable, text, uuid } from './types.js';

const USER = { user_id: uuid, user_name: nullable(text) };
const statement = defineStatement({
  name: 'users/outer_join',
  sql: 'SELECT true AS done, u.id AS user_id, u.name AS user_name FROM (SELECT 1) AS once LEFT JOIN users u ON true',
  parameters: {},
  columns: { done: bool, ...fromOuterJoin(USER) },
});
type Row = RowOf<typeof statement>;

test('fromOuterJoin makes columns nullable', () => {
  expect(statement.columns.user_id.nullability).toBe('nullable');
  expectTypeOf<Row['user_id']>().toEqualTypeOf<string | null>();
});

test('hasColumns is true when every column that is not nullable by itself has a value', () => {
  const row = (user_id: string | null, user_name: string | null): Row => ({ done: true, user_id, user_name });
  expect(hasColumns(row('a', 'Aigerim'), USER)).toBe(true);
  expect(hasColumns(row('a', null), USER)).toBe(true);
  expect(hasColumns(row(null, null), USER)).toBe(false);
});

test('hasColumns narrows the type of the row', () => {
  const row: Row = { done: true, user_id: 'a', user_name: null };
  if (!hasColumns(row, USER)) throw new Error('unreachable');
  expectTypeOf(row.user_id).toEqualTypeOf<string>();
  expectTypeOf(row.user_name).toEqualTypeOf<string | null>();
});
