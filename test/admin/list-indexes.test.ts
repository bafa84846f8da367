import { afterAll, beforeAll, expect, test } from 'vitest';
import { searchUsers } from '../../src/admin/search-users.js';
import { type Pools, connectPools } from '../../src/db/pools.js';
import { listDeliveries } from '../../src/delivery/log/list-deliveries.js';
import { listAudit } from '../../src/events/list-audit.js';
import { listAttempts } from '../../src/login/attempts/list-attempts.js';
import { SILENT } from '../sessions/gateway-key.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';

const ROWS = 20_000;
const USER = '019aa664-3a00-7000-8000-00000000000f';
const ID = `('01900000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid`;
const page = { limit: 20, inverted: false };
const config = { defaultCountries: ['KZ', 'KG', 'IR'] as const };

let database: TestDatabase;
let pools: Pools;
beforeAll(async () => {
  database = await createDatabase();
  for (const insert of [
    `users (id, phone, name) SELECT ${ID}, '+7701' || (1000000 + i), 'User ' || md5(i::text)`,
    `login_attempts (id, method, status, secret_hash, key_id, locale, expires_at, session_id)
     SELECT ${ID}, 'OTP', 'CLAIMED', '', 'k', 'en', now() - interval '1 day', ${ID}`,
    `sms_log (id, channel, masked_phone, country, purpose, locale, status, delivered_at)
     SELECT ${ID}, 'green-api', '+7701*****02', 'KZ', 'LOGIN_CODE', 'en', 'DELIVERED', now()`,
    `audit_log (id, event, user_id) SELECT ${ID}, 'otp.verified', ${ID}`,
  ])
    await database.query(`INSERT INTO ${insert} FROM generate_series(1, ${ROWS}) AS i`);
  await database.query('ANALYZE');
  pools = await connectPools(
    { url: database.url, sizes: { signIn: 2, admin: 1, adminTimeoutSeconds: 5, background: 1 } },
    { log: SILENT },
  );
});
afterAll(async () => {
  await pools.close();
  await database.drop();
});

const search = (filter: Parameters<typeof searchUsers>[0]['filter']) =>
  searchUsers({ filter, page }, { config, database: pools.admin });
const attempts = (status: 'FAILED' | 'CANCELED') =>
  listAttempts({ filter: { status }, page }, { database: pools.admin });
const deliveries = (filter: Parameters<typeof listDeliveries>[0]['filter']) =>
  listDeliveries({ filter, page }, { database: pools.admin });
const audit = (filter: Parameters<typeof listAudit>[0]['filter']) =>
  listAudit({ filter, page }, { database: pools.admin });

/** How many rows and entries of indexes the statements have read so far. */
async function rowsRead(): Promise<number> {
  // The only connection of the pool reports what it has read.
  await pools.admin.prisma.$queryRaw`SELECT pg_stat_force_next_flush()::text`;
  const [row] = await database.query<{ read: number }>(
    `SELECT ((SELECT sum(seq_tup_read) FROM pg_stat_user_tables) + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes))::int AS read`,
  );
  return row?.read ?? 0;
}

// Regression: without an index that the statement as it is sent can use, such a list read every row.
test.each([
  ['users by a whole phone', () => search({ search: '+77011000777' }), 1],
  ['users by a phone in national form', () => search({ search: '8 701 100 07 77' }), 1],
  ['users by a part of a phone', () => search({ search: '100077' }), 10],
  ['users by a part of a name', () => search({ search: '159258' }), 1],
  ['users by a name that nobody has', () => search({ search: 'nobody' }), 0],
  ['users by a role that nobody has', () => search({ role: 'ADMIN' }), 0],
  ['blocked users, if there are none', () => search({ blocked: true }), 0],
  ['failed attempts, if there are none', () => attempts('FAILED'), 0],
  ['canceled attempts, if there are none', () => attempts('CANCELED'), 0],
  ['undelivered messages, if there are none', () => deliveries({ status: 'UNDELIVERED' }), 0],
  ['failed messages, if there are none', () => deliveries({ status: 'FAILED' }), 0],
  ['messages to a country that got none', () => deliveries({ country: 'fr' }), 0],
  ['the audit log of a user without entries', () => audit({ userId: USER }), 0],
  ['the audit log by a rare event', () => audit({ event: 'user.blocked' }), 0],
  ['the audit log by an actor', () => audit({ actor: 'operator' }), 0],
])('a list of %s reads few rows', async (_, read, found) => {
  const before = await rowsRead();
  expect(await read()).toHaveLength(found);
  expect((await rowsRead()) - before).toBeLessThan(ROWS / 20);
});
