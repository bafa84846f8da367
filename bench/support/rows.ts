import { createHash } from 'node:crypto';
import pg from 'pg';

/** How many rows each table of a grown database has. */
export interface Size {
  users: number;
  /** Also the number of messages and of audit entries. */
  attempts: number;
  sessions: number;
}

/** The rows are as old as the gateway keeps them, so that its cleanup deletes none. */
export const DAYS = 80;
const BATCH_ROWS = 250_000;

/** SQL: a UUID of version 7 (RFC 9562) for row `i`, created at `at`. */
const idOf = (kind: string) =>
  `(lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5('${kind}' || i), 1, 3)
    || '8' || substr(md5('${kind}' || i), 4, 15))::uuid`;
/** SQL: the ID of user `index`. */
const userId = (index: string) =>
  `('018f0000' || substr(md5('u' || ${index}), 1, 4) || '7' || substr(md5('u' || ${index}), 5, 3) || '8' || substr(md5('u' || ${index}), 8, 15))::uuid`;
const phoneOf = (index: string) => `'+7701' || lpad((1000000 + ${index})::text, 7, '0')`;

/** The phone of a user of the grown database. */
export const phoneOfUser = (index: number) => `+7701${1_000_000 + index}`;
/** The ID of a user of the grown database, as `userId` computes it in SQL. */
export function idOfUser(index: number): string {
  const hash = createHash('md5').update(`u${index}`).digest('hex');
  return `018f0000-${hash.slice(0, 4)}-7${hash.slice(4, 7)}-8${hash.slice(7, 10)}-${hash.slice(10, 22)}`;
}

/** SQL: a user with number `i`, who was created at `at`. */
const INSERT_USER = `INSERT INTO users (id, phone, name, role, last_login_at, created_at, role_changed_at)
     SELECT ${userId('i')}, ${phoneOf('i')}, 'User ' || md5('name' || i), 'USER', at, at, NULL`;

/** Adds these users of the grown database to another one, without anything else. */
export async function insertUsers(url: string, indexes: number[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    `${INSERT_USER} FROM (SELECT i, now() - interval '${DAYS} days' AS at FROM unnest($1::int[]) AS i) AS row`,
    [indexes],
  );
  await client.end();
}

/** Fills a migrated database: two in three messages to Kazakhstan, one in a thousand to Iran; 70 % of the codes are used. */
export async function insertRows(url: string, { users, attempts, sessions }: Size): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {}); // the server stops after a failed run
  await client.connect();
  await client.query('SET synchronous_commit = off');
  // No triggers: that of sessions takes a lock for each row.
  await client.query('SET session_replication_role = replica');

  /** `count` rows with number `i` and time `at`, the newest an hour old. `$3` is the number of users. */
  async function insert(count: number, statement: string): Promise<void> {
    for (let from = 0; from < count; from += BATCH_ROWS) {
      const rows = `
        SELECT i, i % $3::int AS u, now() - interval '${DAYS} days' * (1 - i::float / $2) - interval '1 hour' AS at
        FROM generate_series($1::int, least($1::int + ${BATCH_ROWS}, $2::int) - 1) AS i`;
      await client.query(`${statement} FROM (${rows}) AS row`, [from, count, users]);
    }
  }

  await insert(users, INSERT_USER);
  await insert(
    attempts,
    `INSERT INTO login_attempts (id, method, status, phone, secret_hash, key_id, locale, expires_at, created_at, completed_at, claimed_at,
                                 client_ip, client_network, user_agent, user_id, session_id, code_salt, code_length, charged)
     SELECT ${idOf('a')}, 'OTP', CASE WHEN i % 10 < 7 THEN 'CLAIMED' ELSE 'EXPIRED' END::login_attempt_status, ${phoneOf('u')},
            sha256(i::text::bytea), 'k', 'ru', at + interval '5 minutes', at,
            CASE WHEN i % 10 < 7 THEN at + interval '30 seconds' END, CASE WHEN i % 10 < 7 THEN at + interval '30 seconds' END,
            '203.0.113.' || i % 250, '203.0.113.' || i % 250, 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
            CASE WHEN i % 10 < 7 THEN ${userId('u')} END, CASE WHEN i % 10 < 7 THEN ${idOf('s')} END, sha256(i::text::bytea), 6,
            ARRAY[${phoneOf('u')}, '203.0.113.' || i % 250, 'range:+7701', 'country:KZ', 'channel:green-api', 'all']`,
  );
  await insert(
    attempts,
    `INSERT INTO sms_log (id, attempt_id, channel, provider_id, masked_phone, country, purpose, locale, status, failure, cost,
                          created_at, updated_at, delivered_at)
     SELECT ${idOf('d')}, ${idOf('a')}, (ARRAY['green-api', 'kavenegar-verify', 'kavenegar-sms', 'melipayamak'])[1 + i % 4],
            'p' || i, '+7701*****02', CASE WHEN i % 1000 = 0 THEN 'IR' WHEN i % 3 = 0 THEN 'KG' ELSE 'KZ' END, 'LOGIN_CODE', 'ru',
            CASE WHEN i % 20 = 0 THEN 'FAILED' ELSE 'DELIVERED' END::delivery_status,
            CASE WHEN i % 20 = 0 THEN 'rejected' END, 5, at, at,
            CASE WHEN i % 20 > 0 THEN at + interval '1 second' * (2 + i % 17 * 0.7) END`,
  );
  await insert(
    attempts,
    `INSERT INTO audit_log (id, at, event, user_id, attempt_id, phone, ip, details)
     SELECT ${idOf('l')}, at, CASE WHEN i % 5000 = 0 THEN 'user.blocked' ELSE 'otp.verified' END, ${userId('u')}, ${idOf('a')}, '+7701*****02',
            '203.0.113.' || i % 250, '{"channel": "green-api"}'`,
  );
  await insert(
    sessions,
    `INSERT INTO sessions (id, user_id, refresh_token_hash, key_id, refresh_salt, refresh_salted_from, created_at, rotated_at, idle_expires_at,
                           expires_at, client_ip, user_agent)
     SELECT ${idOf('s')}, ${userId('u')}, sha256(i::text::bytea), 'k', sha256(i::text::bytea), 0, at, at, now() + interval '30 days',
            now() + interval '90 days', '203.0.113.' || i % 250, 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'`,
  );
  await client.query('VACUUM ANALYZE');
  await client.query('CHECKPOINT');
  await client.end();
}
