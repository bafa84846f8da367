import { hash } from 'node:crypto';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';

/** The secret of every attempt of the benchmark. */
export const SECRET = 'x'.repeat(43);
const BATCH = 5_000;

/** Writes WhatsApp logins that wait for their message, much faster than they can be started. @returns their IDs */
export async function insertAttempts(url: string, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => uuidv7());
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (let from = 0; from < count; from += BATCH) {
    await client.query(
      `INSERT INTO login_attempts (id, method, secret_hash, key_id, locale, expires_at, client_ip, client_network)
       SELECT id, 'WHATSAPP', $2, 'bench', 'en', now() + interval '1 hour', '127.0.0.1', '127.0.0.1' FROM unnest($1::uuid[]) AS id`,
      [ids.slice(from, from + BATCH), hash('sha256', SECRET, 'buffer')],
    );
  }
  await client.query('VACUUM ANALYZE login_attempts');
  await client.end();
  return ids;
}
