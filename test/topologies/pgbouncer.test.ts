import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import { cleanUpProcesses } from '../support/process.js';
import { type PgBouncer, queryOnce, startPgBouncer } from './support/pgbouncer.js';
import { recordFigure } from './support/record-figure.js';

describe('PgBouncer in transaction mode', () => {
  let database: TestDatabase;
  let pooler: PgBouncer;
  beforeAll(async () => {
    database = await createDatabase();
    pooler = await startPgBouncer(database.url);
  });
  afterAll(async () => {
    await pooler.stop();
    await database.drop();
    await cleanUpProcesses();
  });

  test('answers', async (context) => {
    const [row] = await queryOnce<{ users: number }>(pooler.url, 'SELECT count(*)::int AS users FROM users');
    expect(row).toEqual({ users: 0 });
    recordFigure(context, 'users', `${row?.users}`);
  });
});
