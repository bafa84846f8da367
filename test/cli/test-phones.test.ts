import { afterAll, beforeAll, expect, test } from 'vitest';
import { runDoctor } from '../../src/cli/doctor/doctor.js';
import { PERMITTED } from '../support/config.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import { insertUser } from '../support/rows.js';

const NEXT_MONTH = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

const findings = async (value: string) => {
  const env = { ...PERMITTED, DATABASE_URL: database.url, TEST_PHONES: value };
  return (await runDoctor({ env })).filter(({ about }) => about === 'test-phones');
};

test('the doctor names the next last day of the test phones, and no code', async () => {
  const found = await findings(`+77010000099=246810@${NEXT_MONTH}`);
  expect(found).toMatchObject([{ level: 'ok', message: expect.stringContaining(NEXT_MONTH) as string }]);
  expect(JSON.stringify(found)).not.toContain('246810');
});

test('the doctor refuses a test phone whose last day is over, one that is not allowed, and one of an admin', async () => {
  await insertUser(database, { phone: '+77010000098', role: 'ADMIN' });
  const found = await findings(
    `+77010000099=246810@2026-01-31;+77010000098=246810@${NEXT_MONTH};+491701234567=246810@${NEXT_MONTH}`,
  );
  expect(found.map(({ level }) => level)).toEqual(['problem', 'problem', 'problem']);
  expect(found.map(({ message }) => message)).toEqual([
    expect.stringContaining('last day of'),
    expect.stringContaining('gets no code'),
    expect.stringContaining('belongs to a user with a role above USER'),
  ]);
  expect(JSON.stringify(found)).not.toContain('+77010000098');
});
