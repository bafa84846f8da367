import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, connectDatabase } from '../../src/db/database.js';
import { createLog } from '../../src/log.js';
import { updateProfile } from '../../src/users/update-profile.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import { insertUser } from '../support/rows.js';

/** More than the connections of a pool, so that all are taken. */
const STATEMENTS = 20;
/** Longer than Prisma's own limit for the start of a transaction (2 s), shorter than ours for a connection (5 s). */
const BUSY_SECONDS = 2.5;

let own: TestDatabase;
let database: Database;
beforeAll(async () => {
  own = await createDatabase();
  database = connectDatabase(own.url, createLog('silent'));
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

test('a change through Prisma waits for a connection as long as a statement does', async () => {
  const userId = await insertUser(own);
  const busy = Array.from({ length: STATEMENTS }, async () => {
    await database.prisma.$queryRawUnsafe(`SELECT pg_sleep(${BUSY_SECONDS})::text`);
  });
  const change = updateProfile({ userId, actor: userId, name: 'Aliya' }, { database });
  expect(await change).toMatchObject({ id: userId, name: 'Aliya' });
  await Promise.all(busy);
});
