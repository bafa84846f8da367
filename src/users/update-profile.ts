import type { Database } from '../db/database.js';
import type { Actor } from '../events/audited-by.js';
import { auditedChange } from '../events/audited-change.js';
import { readLocale } from './read-locale.js';
import { readName } from './read-name.js';
import { readUserId } from './user-id.js';
import { USER_RECORD, type UserRecord, userNotFound } from './user-record.js';

/** Fields that users can change in their own profile. An undefined field stays as it is; null removes it. */
export interface ProfileChange {
  name?: string | null | undefined;
  locale?: string | null | undefined;
}

/**
 * Changes the name or the locale of a user.
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
    // The audit log contains no names, so it records which fields were changed and not their values.
    const details = { name: change.name !== undefined, locale: change.locale !== undefined };
    return { result, entry: { event: 'user.updated', actor, userId: id, details } };
  }, deps);
}
