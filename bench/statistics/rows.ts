import pg from 'pg';

/** The rows are as old as the gateway keeps them, so that its cleanup deletes none. */
export const DAYS = 80;
const BATCH_ROWS = 250_000;

/** SQL: a UUID of version 7 (RFC 9562) for row `i`, created at `at`. */
const idOf = (kind: string) =>
  `(lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5('${kind}' || i), 1, 3)
    || '8' || substr(md5('${kind}' || i), 4, 15))::uuid`;

/** Fills the SMS log with this many messages, one for each attempt: three countries, four channels, 70 % verified. */
export async function insertRows(url: string, count: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('SET synchronous_commit = off');
  for (let from = 0; from < count; from += BATCH_ROWS) {
    const rows = `
      SELECT i, now() - interval '${DAYS} days' * (1 - i::float / $2) - interval '1 hour' AS at
      FROM generate_series($1::int, least($1::int + ${BATCH_ROWS}, $2::int) - 1) AS i`;
    await client.query(
      `INSERT INTO login_attempts (id, method, status, phone, secret_hash, key_id, locale, expires_at, created_at)
       SELECT ${idOf('a')}, 'OTP', CASE WHEN i % 10 < 7 THEN 'CLAIMED' ELSE 'EXPIRED' END::login_attempt_status,
              '+7701' || lpad((i % 9000000)::text, 7, '0'), '\\x00', 'k', 'ru', at + interval '5 minutes', at
       FROM (${rows}) AS row`,
      [from, count],
    );
    await client.query(
      `INSERT INTO sms_log (id, attempt_id, channel, masked_phone, country, purpose, locale, status, failure, cost, created_at, updated_at, delivered_at)
       SELECT ${idOf('d')}, ${idOf('a')}, (ARRAY['green-api', 'kavenegar-verify', 'kavenegar-sms', 'melipayamak'])[1 + i % 4],
              '+7701*****02', (ARRAY['KZ', 'KG', 'IR'])[1 + i % 3], 'LOGIN_CODE', 'ru',
              CASE WHEN i % 20 = 0 THEN 'FAILED' ELSE 'DELIVERED' END::delivery_status,
              CASE WHEN i % 20 = 0 THEN 'rejected' END, 5, at, at, CASE WHEN i % 20 > 0 THEN at + interval '4 seconds' END
       FROM (${rows}) AS row`,
      [from, count],
    );
  }
  await client.query('VACUUM ANALYZE login_attempts, sms_log');
  await client.end();
}
