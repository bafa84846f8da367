import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, connectDatabase } from '../../src/db/database.js';
import { deliveryPurpose } from '../../src/db/enums.js';
import { runInTransaction } from '../../src/db/run-statement.js';
import { defineStatement } from '../../src/db/statement.js';
import { bool, nullable, text, timestamptz, uuid } from '../../src/db/types.js';
import { createLog } from '../../src/log.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import { insertTemplate } from '../support/rows.js';

let testDatabase: TestDatabase;
let database: Database;
beforeAll(async () => {
  testDatabase = await createDatabase();
  database = connectDatabase(testDatabase.url, createLog('silent'));
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

const FIND = defineStatement({
  name: 'test/find_template',
  sql: `
    SELECT id, purpose, provider_template, active, created_at FROM sms_templates
    WHERE body = :body AND id <> :otherId::uuid FOR UPDATE`,
  parameters: { body: text, otherId: uuid },
  columns: {
    id: uuid,
    purpose: deliveryPurpose,
    provider_template: nullable(text),
    active: bool,
    created_at: timestamptz,
  },
});

test('a statement inside a Prisma transaction takes its parameters by name and returns the declared columns', async () => {
  await insertTemplate(testDatabase, { channel: 'kavenegar-sms', locale: 'ru', body: 'Код {code}' });
  const rows = await database.prisma.$transaction((transaction) =>
    runInTransaction(transaction, FIND, { otherId: randomUUID(), body: 'Код {code}' }),
  );
  expect(rows).toEqual([
    {
      id: expect.any(String) as string,
      purpose: 'LOGIN_CODE',
      provider_template: null,
      active: expect.any(Boolean) as boolean,
      created_at: expect.any(Date) as Date,
    },
  ]);
});

test('a row that a statement locks stays locked until the Prisma transaction ends', async () => {
  await insertTemplate(testDatabase, { channel: 'console', locale: 'kk', body: 'Код: {code}' });
  const probe = () =>
    testDatabase.query(`SELECT id FROM sms_templates WHERE body = 'Код: {code}' FOR UPDATE SKIP LOCKED`);
  await database.prisma.$transaction(async (transaction) => {
    await runInTransaction(transaction, FIND, { otherId: randomUUID(), body: 'Код: {code}' });
    expect(await probe()).toEqual([]);
  });
  expect(await probe()).toHaveLength(1);
});
