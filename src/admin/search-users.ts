import type { CountryCode } from 'libphonenumber-js/max';
import type { Database } from '../db/database.js';
import { type Page, pageOf } from '../db/page.js';
import { parsePhone } from '../phone/parse-phone.js';
import { stripDecoration } from '../phone/strip-decoration.js';
import { USER_RECORD, type UserRecord } from '../users/user-record.js';

export interface UserFilter {
  /** A phone in any spelling, a part of one, or a part of a name. */
  search?: string | null | undefined;
  role?: string | null | undefined;
  blocked?: boolean | null | undefined;
}

/** Users that match a filter, newest first. */
export async function searchUsers(
  { filter: { search, role, blocked }, page }: { filter: UserFilter; page: Page },
  { config, database }: { config: { defaultCountries: readonly CountryCode[] }; database: Database },
): Promise<UserRecord[]> {
  const { bounds, ...list } = pageOf(page);
  return database.prisma.user.findMany({
    where: {
      AND: [
        ...bounds,
        ...(search?.trim() ? [matching(search.trim(), config.defaultCountries)] : []),
        ...(role ? [{ role }] : []),
        ...(blocked == null ? [] : [{ blocked }]),
      ],
    },
    ...list,
    select: USER_RECORD,
  });
}

function matching(search: string, countries: readonly CountryCode[]) {
  const byName = { name: { contains: literally(search.normalize('NFC')), mode: 'insensitive' as const } };
  const phone = parsePhone(search, countries);
  const whole = typeof phone === 'string' ? [] : [{ phone: phone.e164 }];
  const text = stripDecoration(search);
  const digits = /^\+?\d+$/.test(text) ? text.replace('+', '') : '';
  // A part of a number, also without its trunk prefix, because the stored number has none.
  const parts = [digits, digits.replace(/^[08]/, '')].filter((part) => part.length >= MIN_DIGITS);
  return { OR: [byName, ...whole, ...parts.map((part) => ({ phone: { contains: part } }))] };
}

/** Fewer digits would match nearly every user. */
const MIN_DIGITS = 3;

/** Escapes the wildcards of LIKE. */
const literally = (text: string) => text.replaceAll(/[%_\\]/g, String.raw`\$&`);
