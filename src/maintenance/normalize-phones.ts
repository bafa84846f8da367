import type { CountryCode } from 'libphonenumber-js/max';
import type { Database } from '../db/database.js';
import { statement } from '../db/statement.js';
import { text, uuid } from '../db/types.js';
import type { Audit } from '../events/audit.js';
import { maskPhone } from '../phone/mask-phone.js';
import { parsePhone } from '../phone/parse-phone.js';

/**
 * SQL: a phone in `users` that no sign-in finds, of a user who still has one. An index contains these rows; usually it is nearly
 * empty.
 */
export const NOT_E164 = String.raw`phone !~ '^\+[1-9][0-9]{6,14}$' AND released_phone IS NULL`;

/**
 * Rows that are read at a time. Parsing a phone blocks the process for a tenth of a millisecond, and logins continue in
 * between.
 */
const BATCH_ROWS = 50;

const READ_NOT_E164 = statement({
  name: 'maintenance/read_phones_not_e164',
  sql: `SELECT id, phone FROM users WHERE ${NOT_E164} AND id > :after ORDER BY id LIMIT ${BATCH_ROWS}`,
  parameters: { after: uuid },
  columns: { id: uuid, phone: text },
});

/**
 * Changes nothing when another user has the phone, because the operator must decide which user is right. `phonegate
 * doctor` reports it.
 */
const NORMALIZE_PHONE = statement({
  name: 'maintenance/normalize_phone',
  sql: `
    UPDATE users SET phone = :e164, updated_at = now()
    WHERE id = :id AND phone = :written AND NOT EXISTS (SELECT FROM users other_user WHERE other_user.phone = :e164)
    RETURNING id`,
  parameters: { id: uuid, written: text, e164: text },
  columns: { id: uuid },
});

const UNIQUE_VIOLATION = '23505';
const SMALLEST_UUID = '00000000-0000-0000-0000-000000000000';

/**
 * Converts phones to E.164 that another system wrote into `users` in its own spelling: without the country code, with a
 * trunk prefix, with spaces. National forms are tried in `countries`, as at a sign-in.
 */
export async function normalizePhones(
  { countries }: { countries: readonly CountryCode[] },
  deps: { database: Database; audit: Audit },
): Promise<void> {
  let after = SMALLEST_UUID;
  for (;;) {
    const rows = await deps.database.query(READ_NOT_E164, { after });
    for (const { id, phone: written } of rows) {
      const phone = parsePhone(written, countries);
      if (typeof phone !== 'string') await normalizePhone({ id, written, e164: phone.e164 }, deps);
    }
    if (rows.length < BATCH_ROWS) return;
    after = rows.at(-1)?.id ?? after;
  }
}

async function normalizePhone(
  user: { id: string; written: string; e164: string },
  { database, audit }: { database: Database; audit: Audit },
): Promise<void> {
  const changed = await database.query(NORMALIZE_PHONE, user).catch((error: unknown) => {
    // A user signed up with this phone at the same moment.
    if ((error as { code?: unknown }).code === UNIQUE_VIOLATION) return [];
    throw error;
  });
  if (changed.length > 0) audit.info({ event: 'user.phone_normalized', userId: user.id, phone: maskPhone(user.e164) });
}
