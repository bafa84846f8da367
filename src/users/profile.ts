import { v7 as uuidv7 } from 'uuid';
import { type Actor, auditedBy } from '../events/audited-by.js';
import type { Database, Statement } from '../db/database.js';
import { DomainError, InvalidInput } from '../domain-error.js';
import { isLocale } from '../locales/locale.js';
import { type User, USER_COLUMNS, type UserRow, toUser } from './user.js';

/** What a person may say about themselves. Left out: as it is; null: nothing. */
export interface ProfileChange {
  name?: string | null | undefined;
  locale?: string | null | undefined;
}

export const NAME_MAX_LENGTH = 100;

const UPDATE_PROFILE: Statement = {
  name: 'update_profile',
  text: `
    WITH changed AS (
      UPDATE users SET
        name = CASE WHEN $2::boolean THEN $3 ELSE name END, locale = CASE WHEN $4::boolean THEN $5 ELSE locale END, updated_at = now()
      WHERE id = $1 RETURNING *
    ),
    audited AS (${auditedBy('changed', {
      id: '$6::uuid',
      event: 'user.updated',
      actor: '$7',
      userId: 'id',
      details: `jsonb_build_object('name', $2::boolean, 'locale', $4::boolean)`,
    })})
    SELECT ${USER_COLUMNS('changed')} FROM changed`,
};

/** @throws InvalidInput "name" or "locale" · DomainError USER_NOT_FOUND */
export async function updateProfile(
  userId: string,
  change: ProfileChange,
  actor: Actor,
  database: Database,
): Promise<User> {
  const [row] = await database.query<UserRow>(UPDATE_PROFILE, [
    userId,
    change.name !== undefined,
    change.name == null ? null : readName(change.name),
    change.locale !== undefined,
    change.locale == null ? null : readLocale(change.locale),
    uuidv7(),
    actor,
  ]);
  if (!row) throw new DomainError('USER_NOT_FOUND');
  return toUser(row);
}

/** A character that shows something by itself. */
const VISIBLE = /(?!\p{Default_Ignorable_Code_Point})[^\p{Z}\p{M}\p{C}]/u;

/** Spaces are put in order; 1 to 100 characters, none of them invisible. @throws InvalidInput "name" */
export function readName(text: string): string {
  const name = text.normalize('NFC').trim().replaceAll(/\s+/g, ' ');
  // ZWNJ and ZWJ (U+200C, U+200D) belong to Persian spelling; other marks that cannot be seen only deceive.
  if (
    !VISIBLE.test(name) ||
    Array.from(name).length > NAME_MAX_LENGTH ||
    /[\p{Cc}\p{Cs}\p{Co}]|(?![\u200C\u200D])\p{Cf}/u.test(name)
  )
    throw new InvalidInput('name');
  return name;
}

/** One of the languages we speak. @throws InvalidInput "locale" */
export function readLocale(text: string): string {
  const locale = text.trim().toLowerCase();
  if (!isLocale(locale)) throw new InvalidInput('locale');
  return locale;
}

/** One of the configured roles, in whatever case. @throws InvalidInput "role" */
export function readRole(text: string, roles: readonly string[]): string {
  const role = text.trim().toUpperCase();
  if (!roles.includes(role)) throw new InvalidInput('role');
  return role;
}
