import type { Database } from '../db/database.js';
import type { Actor } from '../events/audited-by.js';
import { auditedChange } from '../events/audited-change.js';
import { readUserId } from './user-id.js';
import { USER_RECORD, type UserRecord, userNotFound } from './user-record.js';

/** Lets a blocked user sign in again. Sessions that ended stay ended. @throws DomainError USER_NOT_FOUND */
export async function unblockUser(
  { userId, actor }: { userId: string; actor: Actor },
  deps: { database: Database },
): Promise<UserRecord> {
  const id = readUserId(userId);
  return auditedChange(async (transaction) => {
    const result = await transaction.user
      .update({ where: { id }, data: { blocked: false }, select: USER_RECORD })
      .catch(userNotFound);
    return { result, entry: { event: 'user.unblocked', actor, userId: id } };
  }, deps);
}
