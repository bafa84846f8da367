import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesNaming, loadStatements } from '../../scripts/load-statements.js';
import { failureReason, loginAttemptStatus } from '../../src/db/enums.js';
import { defineStatement } from '../../src/db/statement.js';
import { bool, bytea, enumType, int4, nullable, present, text, timestamptz, uuid } from '../../src/db/types.js';
import { checkStatement } from '../support/check-statement.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';

const statements = await loadStatements();

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createDatabase();
  client = await connect(database);
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

async function connect({ url }: TestDatabase): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

describe('PostgreSQL agrees with the declared types', () => {
  test.each(statements.map((statement) => [statement.name, statement] as const))('of %s', async (_, statement) => {
    expect(await checkStatement(client, statement)).toEqual([]);
  });
});

describe('each statement is declared in the folder of its module, under a name that can be searched for', () => {
  test.each(statements.map((statement) => [statement.name, statement] as const))('%s', (name, statement) => {
    const files = filesNaming(statement);
    expect(files).toHaveLength(1);
    expect(files[0]).toMatch(new RegExp(`^src/${name.split('/')[0]}/`));
  });
});

test('a column that a migration renames fails every statement that uses it, and no other', async () => {
  const renamed = await createDatabase();
  await renamed.query('ALTER TABLE guess_failures RENAME COLUMN hour_failures TO failures_this_hour');
  const other = await connect(renamed);
  const failing = [];
  for (const statement of statements)
    if ((await checkStatement(other, statement)).length > 0) failing.push(statement.name);
  await other.end();
  await renamed.drop();
  const using = statements.filter(({ sql }) => /\bhour_failures\b/.test(sql)).map(({ name }) => name);
  expect(using).not.toEqual([]);
  expect(failing).toEqual(using);
});

describe('the check finds', () => {
  const READ_ATTEMPT = {
    name: 'test/read_attempt',
    sql: 'SELECT id, status, user_id, created_at FROM login_attempts WHERE id = :id AND secret_hash = :hash',
    parameters: { id: uuid, hash: bytea },
    columns: { id: uuid, status: loginAttemptStatus, user_id: nullable(uuid), created_at: timestamptz },
  } as const;
  const check = (change: object) => checkStatement(client, defineStatement({ ...READ_ATTEMPT, ...change }));

  test('no difference in a correctly declared statement', async () => {
    expect(await check({})).toEqual([]);
    expect(await check({ columns: { ...READ_ATTEMPT.columns, user_id: present(uuid) } })).toEqual([]);
  });

  test('a parameter of another type', async () => {
    expect(await check({ parameters: { id: text, hash: bytea } })).toEqual([
      'parameter id is declared text and is uuid',
    ]);
  });

  test('a column of another type, and another enum', async () => {
    expect(await check({ columns: { ...READ_ATTEMPT.columns, created_at: int4, status: failureReason } })).toEqual([
      'column status is declared failure_reason and is login_attempt_status',
      'column created_at is declared int4 and is timestamptz',
    ]);
  });

  test('a column that is missing, and one that is not declared', async () => {
    const { id: _, ...columns } = READ_ATTEMPT.columns;
    expect(await check({ columns: { ...columns, phone: text } })).toEqual([
      'column id is not declared',
      'there is no column phone',
    ]);
  });

  test('a nullable column that is read as if it always had a value', async () => {
    expect(await check({ columns: { ...READ_ATTEMPT.columns, user_id: uuid } })).toEqual([
      'column user_id is nullable in its table: declare it nullable() or present()',
    ]);
  });

  test('a nullable column through a CTE, a join and RETURNING', async () => {
    const sql = `
      WITH changed AS (UPDATE login_attempts SET version = 2 WHERE id = :id AND secret_hash = :hash RETURNING user_id, id)
      SELECT c.user_id, c.id IS NULL AS gone FROM changed c LEFT JOIN users u ON u.id = c.user_id`;
    expect(await check({ sql, columns: { user_id: uuid, gone: bool } })).toEqual([
      'column user_id is nullable in its table: declare it nullable() or present()',
    ]);
  });

  test('present() on a column that needs none', async () => {
    expect(await check({ columns: { ...READ_ATTEMPT.columns, id: present(uuid) } })).toEqual([
      'column id is not nullable in a table: declare it without present()',
    ]);
  });

  test('an enum whose labels are not those of the database', async () => {
    const status = enumType('login_attempt_status', { PENDING: 'PENDING', DONE: 'DONE' });
    expect(await check({ columns: { ...READ_ATTEMPT.columns, status } })).toEqual([
      expect.stringMatching(/^column status has the labels PENDING,CONFIRMING,.* and PENDING,DONE in the code$/),
    ]);
  });

  test('two columns of one name', async () => {
    const sql = READ_ATTEMPT.sql.replace('SELECT', 'SELECT resend_at AS created_at,');
    expect(await check({ sql })).toContain('two columns are named created_at');
  });

  test('SQL that PostgreSQL refuses', async () => {
    expect(await check({ sql: READ_ATTEMPT.sql.replace('login_attempts', 'attempts') })).toEqual([
      'error: relation "attempts" does not exist',
    ]);
  });

  test('a statement on a temporary table only after the statement that creates it', async () => {
    const create = defineStatement({
      name: 'test/create_lines',
      sql: 'CREATE TEMP TABLE lines (line int PRIMARY KEY)',
      parameters: {},
      columns: {},
    });
    const lines = { sql: 'SELECT line FROM lines', parameters: {}, columns: { line: int4 } };
    expect(await check(lines)).toEqual(['error: relation "lines" does not exist']);
    expect(await check({ ...lines, after: create })).toEqual([]);
    expect(await checkStatement(client, create)).toEqual([]);
  });
});
