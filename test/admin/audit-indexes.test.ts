import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, createDatabase } from '../support/gateway.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

// As Prisma sends them, of the partition that has the rows. Without the indexes, a page of a rare event reads the whole audit log.
test.each([
  ['event', 'user.blocked', 'audit_log_first_rare_event_id_idx'],
  ['actor', 'operator', 'audit_log_first_actor_id_idx'],
])('the audit log by %s is read by an index', async (column, value, index) => {
  await database.query(
    `INSERT INTO audit_log (id, event) SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'otp.verified'
     FROM generate_series(1, 20000) AS i ON CONFLICT DO NOTHING`,
  );
  await database.query('ANALYZE audit_log');
  const plan = await database.query(
    `EXPLAIN SELECT * FROM audit_log WHERE ${column} = $1 ORDER BY id DESC LIMIT 20 OFFSET 0`,
    [value],
  );
  expect(JSON.stringify(plan)).toContain(index);
});
