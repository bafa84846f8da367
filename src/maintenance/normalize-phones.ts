import type { CountryCode } from 'libphonenumber-js/max';
import type { Audit } from '../events/audit.js';
import type { Database, Statement } from '../db/database.js';
import { maskPhone } from '../phone/mask-phone.js';
import { parsePhone } from '../phone/parse-phone.js';

/** SQL: a phone that no sign-in finds. The index of such rows is empty as a rule. */
export const NOT_E164 = String.raw`phone !~ '^\+[1-9][0-9]{6,14}$'`;

/** Few at a time: to read a phone takes a tenth of a millisecond, and logins go on meanwhile. */
const AT_ONCE = 50;

const FIND_NOT_E164: Statement = {
  name: 'find_misspelt_phones',
  text: `SELECT id, phone FROM users WHERE ${NOT_E164} AND id > $1 ORDER BY id LIMIT ${AT_ONCE}`,
};

/** Unless somebody has that phone: then a person has to say who is who, and the doctor tells of it. */
const NORMALIZE_PHONE: Statement = {
  name: 'mend_misspelt_phone',
  text: `
    UPDATE users u SET phone = $3, updated_at = now()
    WHERE id = $1 AND phone = $2 AND NOT EXISTS (SELECT 1 FROM users o WHERE o.phone = $3) RETURNING id`,
};

/**
 * Puts phones into E.164 that somebody wrote into the table as their own system had them: without the country code, with a
 * trunk prefix, with spaces. National forms are tried in `countries`, as at a sign-in.
 */
export async function normalizePhones(
  countries: readonly CountryCode[],
  { database, audit }: { database: Database; audit: Audit },
): Promise<void> {
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const rows = await database.query<{ id: string; phone: string }>(FIND_NOT_E164, [after]);
    for (const { id, phone: written } of rows) {
      const phone = parsePhone(written, countries);
      if (typeof phone === 'string') continue;
      const mended = await database.query(NORMALIZE_PHONE, [id, written, phone.e164]).catch((error: unknown) => {
        if ((error as { code?: unknown }).code === '23505') return []; // they have signed up in this moment
        throw error;
      });
      if (mended.length > 0) audit.info({ event: 'user.phone_mended', userId: id, phone: maskPhone(phone.e164) });
    }
    if (rows.length < AT_ONCE) return;
    after = rows.at(-1)?.id ?? after;
  }
}
