import type { Database } from '../db/database.js';
import { DomainError } from '../domain-error.js';
import type { Actor } from '../events/audited-by.js';
import { auditedChange } from '../events/audited-change.js';
import { readRole } from './read-role.js';
import { notOneself } from './not-oneself.js';
import { readUserId } from './user-id.js';
import { USER_RECORD, type UserRecord } from './user-record.js';

/**
 * Gives a user another role. The gateway applies it at once; access tokens keep the old one until they expire.
 *
 * @throws InvalidInput "role"; "userId" where it is the ID of the actor
 * @throws DomainError USER_NOT_FOUND
 */
export async function setUserRole(
  { userId, role, actor }: { userId: string; role: string; actor: Actor },
  deps: { config: { roles: readonly string[] }; database: Database },
): Promise<UserRecord> {
  const id = readUserId(userId);
  notOneself(id, actor);
  return auditedChange(async (transaction) => {
    // Locks the row, so that the entry names the role that this change replaces.
    await transaction.$queryRaw`SELECT 1 FROM users WHERE id = ${id}::uuid FOR UPDATE`;
    const before = await transaction.user.findUnique({ where: { id }, select: { role: true } });
    if (!before) throw new DomainError('USER_NOT_FOUND');
    const to = readRole(role, deps.config.roles);
    const result = await transaction.user.update({ where: { id }, data: { role: to }, select: USER_RECORD });
    return { result, entry: { event: 'user.role_set', actor, userId: id, details: { from: before.role, to } } };
  }, deps);
}
