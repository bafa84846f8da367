import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loginAttemptStatus } from '../../src/db/enums.js';
import { runPrepared } from '../../src/db/run-statement.js';
import { defineStatement } from '../../src/db/statement.js';
import * as types from '../../src/db/types.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

const ID = '01937f3e-0000-7000-8000-000000000001';
const AT = new Date('2026-11-21T05:41:37.123Z');
const VALUES: [string, types.AnyType, unknown][] = [
  ['text', types.text, `it's "quoted", {braced}\\`],
  ['uuid', types.uuid, ID],
  ['bool', types.bool, false],
  ['int2', types.int2, -32_768],
  ['int4', types.int4, 2_147_483_647],
  ['int8', types.int8, '9223372036854775807'],
  ['float8', types.float8, 0.1],
  ['numeric', types.numeric, '0.10000000000000000001'],
  ['timestamptz', types.timestamptz, AT],
  ['bytea', types.bytea, Buffer.from([0, 255, 92])],
  ['jsonb object', types.jsonb, { role: 'ADMIN', ids: [1, null], at: 'x' }],
  ['jsonb array', types.jsonb, ['a', ['b']]],
  ['jsonb string', types.jsonb, 'a "quoted" string'],
  ['enum', loginAttemptStatus, 'CLAIMED'],
  ['text array', types.array(types.text), ['a', 'NULL', '', '{"']],
  ['text array with null', types.array(types.nullable(types.text)), ['a', null]],
  ['uuid array', types.array(types.uuid), [ID]],
  ['bytea array', types.array(types.bytea), [Buffer.from([0, 255])]],
  ['timestamptz array', types.array(types.timestamptz), [AT]],
  ['int4 array', types.array(types.int4), []],
  ['jsonb array of arrays', types.array(types.jsonb), [{ a: [1] }, ['b'], 'c']],
  ['null', types.nullable(types.timestamptz), null],
  ['null of jsonb', types.nullable(types.jsonb), null],
];

/** A parameter is read back as a column of the same type. */
const echo = (type: types.AnyType) =>
  defineStatement({
    name: 'test/echo',
    sql: `SELECT :given::${type.pgName} AS given`,
    parameters: { given: type },
    columns: { given: type },
  });

test.each(VALUES)('%s is read as it was given', async (_, type, value) => {
  const { positionalSql: text, parameters } = echo(type);
  const { rows } = await client.query({ text, values: [parameters.given.encode(value)] });
  expect(rows).toEqual([{ given: value }]);
});

test('a statement runs with its parameters by name, undefined as null', async () => {
  const sum = defineStatement({
    name: 'test/sum',
    sql: 'SELECT :two::int - :one::int AS difference, :name::text AS name, :two + 0 AS two',
    parameters: { one: types.int4, two: types.int4, name: types.nullable(types.text) },
    columns: { difference: types.int4, name: types.nullable(types.text), two: types.int4 },
  });
  const [row] = await runPrepared(client, sum, { one: 1, two: 2, name: undefined });
  expect(row).toEqual({ difference: 1, name: null, two: 2 });
  const { rows } = await client.query("SELECT name FROM pg_prepared_statements WHERE name = 'test/sum'");
  expect(rows).toHaveLength(1);
});

test('JSON that PostgreSQL would refuse is sent with replacement characters', async () => {
  const { positionalSql: text, parameters } = echo(types.jsonb);
  const { rows } = await client.query({ text, values: [parameters.given.encode({ text: 'a\0b\uD800c 😀' })] });
  expect(rows).toEqual([{ given: { text: 'a\uFFFDb\uFFFDc 😀' } }]);
});
