import type { CountryCode } from 'libphonenumber-js/max';
import type { Database } from '../db/database.js';
import { type Page, checkCursors, pageOf } from '../db/page.js';
import { statement } from '../db/statement.js';
import { bool, int8, nullable, text, timestamptz, uuid } from '../db/types.js';
import { USER_RECORD, type UserRecord } from '../users/user-record.js';
import { readUserSearch } from './user-search.js';

export interface UserFilter {
  /** A phone in any spelling, a part of one, or a part of a name. */
  search?: string | null | undefined;
  role?: string | null | undefined;
  blocked?: boolean | null | undefined;
}

/** SQL: a page of the users whose name or phone contains a text. Each alternative of the first condition uses an index (docs/decisions/0061). */
const searchByPart = (order: 'ASC' | 'DESC') => `
  SELECT id, phone, name, role, locale, created_at AS "createdAt", blocked, last_login_at AS "lastLoginAt"
  FROM users
  WHERE (search_trigrams(name) @> search_trigrams(:text) AND name ILIKE :namePattern
         OR phone = :phone
         OR search_trigrams(phone) @> search_trigrams(:digits) AND phone LIKE '%' || :digits || '%'
         OR search_trigrams(phone) @> search_trigrams(:significantDigits) AND phone LIKE '%' || :significantDigits || '%')
    AND (:role::text IS NULL OR role = :role)
    AND (:blocked::boolean IS NULL OR blocked = :blocked)
    AND (:after::uuid IS NULL OR id < :after)
    AND (:before::uuid IS NULL OR id > :before)
  ORDER BY id ${order} LIMIT :limit`;

const PARAMETERS = {
  text,
  namePattern: text,
  phone: nullable(text),
  digits: nullable(text),
  significantDigits: nullable(text),
  role: nullable(text),
  blocked: nullable(bool),
  after: nullable(uuid),
  before: nullable(uuid),
  limit: int8,
};
const COLUMNS = {
  id: uuid,
  phone: text,
  name: nullable(text),
  role: text,
  locale: nullable(text),
  createdAt: timestamptz,
  blocked: bool,
  lastLoginAt: nullable(timestamptz),
};

const SEARCH_NEWEST = statement({
  name: 'admin/search_newest_users',
  sql: searchByPart('DESC'),
  parameters: PARAMETERS,
  columns: COLUMNS,
});
const SEARCH_OLDEST = statement({
  name: 'admin/search_oldest_users',
  sql: searchByPart('ASC'),
  parameters: PARAMETERS,
  columns: COLUMNS,
});

/** Users that match a filter, newest first. */
export async function searchUsers(
  { filter, page }: { filter: UserFilter; page: Page },
  { config, database }: { config: { defaultCountries: readonly CountryCode[] }; database: Database },
): Promise<UserRecord[]> {
  const { search, role, blocked } = filter;
  const searched = search?.trim() ? readUserSearch(search, config.defaultCountries) : undefined;
  if (searched?.kind === 'part') {
    const { kind: _, ...parts } = searched;
    const { after, before } = checkCursors(page);
    return database.query(page.inverted ? SEARCH_OLDEST : SEARCH_NEWEST, {
      ...parts,
      namePattern: `%${literally(searched.text)}%`,
      role: role || undefined,
      blocked,
      after,
      before,
      limit: page.limit,
    });
  }
  const { bounds, ...list } = pageOf(page);
  return database.prisma.user.findMany({
    where: {
      AND: [
        ...bounds,
        ...(searched ? [{ phone: searched.phone }] : []),
        ...(role ? [{ role }] : []),
        ...(blocked == null ? [] : [{ blocked }]),
      ],
    },
    ...list,
    select: USER_RECORD,
  });
}

/** Escapes the wildcards of LIKE. */
const literally = (text: string) => text.replaceAll(/[%_\\]/g, String.raw`\$&`);
