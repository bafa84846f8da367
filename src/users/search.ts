import type { CountryCode } from 'libphonenumber-js/max';
import { validate as isUuid } from 'uuid';
import type { Database } from '../db/database.js';
import { type Page, pageOf } from '../db/page.js';
import { parsePhone, toAsciiDigits } from './phone.js';
import type { User } from './user.js';

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
  const phone = parsePhone(search, countries);
  if (typeof phone !== 'string') return { phone: phone.e164 };
  const named = { name: { contains: search, mode: 'insensitive' as const } };
  const text = toAsciiDigits(search);
  // A part of a number, perhaps with what stands before a national one, which is never kept.
  const digits = /^[\d\s()+.-]+$/.test(text) ? text.replaceAll(/\D/g, '') : '';
  if (digits.length < 3) return named;
  return { OR: [named, { phone: { contains: digits } }, { phone: { contains: digits.replace(/^(00|0|8)/, '') } }] };
}
