import type { CountryCode } from 'libphonenumber-js/max';
import { validate as isUuid } from 'uuid';
import type { Database } from '../db/database.js';
import { type Page, pageOf } from '../db/page.js';
import { parsePhone, toAsciiDigits } from '../phone/phone.js';
import type { User } from '../users/user.js';

/** A person as those see them who look after the service. */
export interface UserRecord extends User {
  blocked: boolean;
  lastLoginAt: Date | null;
}

export interface UserFilter {
  /** A phone in any spelling, a part of one, or a part of a name. */
  search?: string | null | undefined;
  role?: string | null | undefined;
  blocked?: boolean | null | undefined;
}

const RECORD = {
  id: true,
  phone: true,
  name: true,
  role: true,
  locale: true,
  createdAt: true,
  blocked: true,
  lastLoginAt: true,
} as const;

export async function searchUsers(
  { search, role, blocked }: UserFilter,
  page: Page,
  { database, countries }: { database: Database; countries: readonly CountryCode[] },
): Promise<UserRecord[]> {
  const { bounds, ...list } = pageOf(page);
  return database.prisma.user.findMany({
    where: {
      AND: [
        ...bounds,
        ...(search?.trim() ? [matching(search.trim(), countries)] : []),
        ...(role ? [{ role }] : []),
        ...(blocked == null ? [] : [{ blocked }]),
      ],
    },
    ...list,
    select: RECORD,
  });
}

export async function findUserRecord(id: string, { prisma }: Database): Promise<UserRecord | undefined> {
  if (!isUuid(id)) return undefined;
  return (await prisma.user.findUnique({ where: { id }, select: RECORD })) ?? undefined;
}

function matching(search: string, countries: readonly CountryCode[]) {
  const named = { name: { contains: literally(search.normalize('NFC')), mode: 'insensitive' as const } };
  const phone = parsePhone(search, countries);
  const whole = typeof phone === 'string' ? [] : [{ phone: phone.e164 }];
  const text = toAsciiDigits(search);
  const digits = /^[\d\s()+.-]+$/.test(text) ? text.replaceAll(/\D/g, '') : '';
  // A part of a number, perhaps with what stands before a national one, which is never kept.
  const parts = [digits, digits.replace(/^(00|0|8)/, '')].filter((part) => part.length >= LEAST_DIGITS);
  return { OR: [named, ...whole, ...parts.map((part) => ({ phone: { contains: part } }))] };
}

/** Fewer would find nearly everybody. */
const LEAST_DIGITS = 3;

/** For LIKE: nothing in it stands for anything else. */
const literally = (text: string) => text.replaceAll(/[%_\\]/g, String.raw`\$&`);
