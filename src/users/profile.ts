import type { Database } from '../db/database.js';
import { InvalidInput } from '../domain-error.js';
import type { Actor } from '../events/audited-by.js';
import { auditedChange } from '../events/audited-change.js';
import { isLocale } from '../locales/locale.js';
import { readUserId } from './user-id.js';
import { USER_RECORD, type UserRecord, userNotFound } from './user-record.js';

/** What users may change about themselves. Left out: stays; null: removed. */
export interface ProfileChange {
  name?: string | null | undefined;
  locale?: string | null | undefined;
}

export const NAME_MAX_LENGTH = 100;

/**
 * Changes what a user may say about themselves.
 *
 * @throws InvalidInput "name" or "locale"
 * @throws DomainError USER_NOT_FOUND
 */
export async function updateProfile(
  { userId, actor, ...change }: ProfileChange & { userId: string; actor: Actor },
  deps: { database: Database },
): Promise<UserRecord> {
  const id = readUserId(userId);
  const data = {
    ...(change.name === undefined ? {} : { name: change.name === null ? null : readName(change.name) }),
    ...(change.locale === undefined ? {} : { locale: change.locale === null ? null : readLocale(change.locale) }),
  };
  return auditedChange(async (transaction) => {
    const result = await transaction.user.update({ where: { id }, data, select: USER_RECORD }).catch(userNotFound);
    // Which fields were changed, not their values: the audit log keeps no names.
    const details = { name: change.name !== undefined, locale: change.locale !== undefined };
    return { result, entry: { event: 'user.updated', actor, userId: id, details } };
  }, deps);
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
