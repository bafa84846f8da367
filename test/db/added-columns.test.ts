import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadStatements } from '../../scripts/load-statements.js';
import { type AnyStatement, defineStatement } from '../../src/db/statement.js';
import { uuid } from '../../src/db/types.js';
import { refreshSession } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { signIn, whoAmI } from '../support/sign-in.js';

const statements = (await loadStatements()).filter(
  ({ after, sql }) => !after && /^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b/i.test(sql),
);

let database: TestDatabase;
let gateway: TestGateway;
let client: pg.Client;
beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url });
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await gateway.stop();
  await database.drop();
});

const quoted = (name: string) => `"${name}"`;

/** Prepares statements, as the connections of a running gateway have done before a newer version migrates. */
async function prepare(prepared: AnyStatement[]): Promise<void> {
  for (const { name, positionalSql } of prepared) await client.query(`PREPARE ${quoted(name)} AS ${positionalSql}`);
}

/** The errors of prepared statements. PostgreSQL plans each again, because its tables have changed. */
async function errorsOf(prepared: AnyStatement[]): Promise<string[]> {
  const errors: string[] = [];
  for (const { name, parameterNames } of prepared) {
    const nulls = parameterNames.length === 0 ? '' : `(${parameterNames.map(() => 'NULL').join()})`;
    await client.query(`EXPLAIN EXECUTE ${quoted(name)}${nulls}`).catch((error: Error) => {
      errors.push(`${name}: ${error.message}`);
    });
  }
  return errors;
}

let added = 0;
async function addColumns(): Promise<void> {
  added += 1;
  const tables = await database.query<{ name: string }>(
    // A partition gets the columns of its table.
    `SELECT relname::text AS name FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition`,
  );
  for (const { name } of tables) await database.query(`ALTER TABLE ${quoted(name)} ADD COLUMN newer_${added} int`);
}

describe('when a newer version adds a column to every table', () => {
  test('an instance that runs goes on', async () => {
    const before = await signIn(gateway);
    await addColumns();
    expect(await whoAmI(gateway, before.accessToken)).toBe(before.user.phone);
    expect(await refreshSession(gateway.graphqlUrl, before.refreshToken)).toMatchObject({ __typename: 'Session' });
    for (let time = 0; time < 10; time += 1) expect(await signIn(gateway)).toMatchObject({ __typename: 'Session' });
    expect(gateway.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('no prepared statement of the gateway fails', async () => {
    await prepare(statements);
    await addColumns();
    expect(await errorsOf(statements)).toEqual([]);
  });

  test('the check finds a statement that selects all columns', async () => {
    const all = defineStatement({
      name: 'test/select_all',
      sql: 'SELECT * FROM users WHERE id = :id',
      parameters: { id: uuid },
      columns: {},
    });
    await prepare([all]);
    await addColumns();
    expect(await errorsOf([all])).toEqual(['test/select_all: cached plan must not change result type']);
  });
});
