import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import { sendWholeScripts } from '../../src/db/migration-adapter.js';

let database: TestDatabase;
let pool: pg.Pool;
beforeAll(async () => {
  database = await createDatabase({ migrated: false });
  pool = new pg.Pool({ connectionString: database.url, max: 1 });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

async function run(script: string): Promise<void> {
  const adapter = await sendWholeScripts(new PrismaPg(pool)).connect();
  await adapter.executeScript(script);
}
const exists = async (table: string) =>
  (await database.query<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [table]))[0]?.found;

const FUNCTION = `
  CREATE TABLE one (n int);
  CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF NEW.n < 0 THEN RAISE EXCEPTION 'n; is negative'; END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER not_negative BEFORE INSERT ON one FOR EACH ROW EXECUTE FUNCTION refuse();
  INSERT INTO one VALUES (1);`;

describe('a script of several statements, sent whole,', () => {
  test('may contain semicolons in the body of a function and in a string', async () => {
    await run(FUNCTION);
    expect(await database.query('SELECT n FROM one')).toEqual([{ n: 1 }]);
    await expect(database.query('INSERT INTO one VALUES (-1)')).rejects.toThrow('n; is negative');
  });

  test('is rolled back as a whole when one of its statements fails', async () => {
    await expect(
      run('CREATE TABLE two (n int); INSERT INTO nowhere VALUES (1); CREATE TABLE three (n int);'),
    ).rejects.toThrow();
    expect([await exists('two'), await exists('three')]).toEqual([false, false]);
    // The connection can be used again.
    await run('CREATE TABLE two (n int);');
    expect(await exists('two')).toBe(true);
  });

  test('may be empty or a comment', async () => {
    await run('');
    await run('-- nothing; at all');
  });
});

// When this test fails, Prisma itself sends scripts as a whole, and migration-adapter.ts can be deleted.
test("Prisma's adapter alone cuts the body of a function at a semicolon", async () => {
  const adapter = await new PrismaPg(pool).connect();
  await expect(
    adapter.executeScript(FUNCTION.replaceAll('one', 'uncut').replace('refuse', 'refuse_uncut')),
  ).rejects.toThrow();
});
