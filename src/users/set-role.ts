import type { Database } from '../db/database.js';
import { runInTransaction } from '../db/run-statement.js';
import { statement } from '../db/statement.js';
import { text, uuid } from '../db/types.js';
import { DomainError } from '../domain-error.js';
import type { Actor } from '../events/audited-by.js';
import { auditedChange } from '../events/audited-change.js';
import { readRole } from './read-role.js';
import { notOneself } from './not-oneself.js';
import { readUserId } from './user-id.js';
import { USER_RECORD, type UserRecord } from './user-record.js';

/** Locks the user, so that the audit entry contains the role that this change replaces. */
const LOCK_USER = statement({
  name: 'users/lock_user',
  sql: `SELECT role FROM users WHERE id = :id FOR UPDATE`,
  parameters: { id: uuid },
  columns: { role: text },
});

/**
 * Gives a user another role. The gateway applies it at once; access tokens carry the old role until they expire.
 *
 * @throws InvalidInput "role"; "userId" when it is the ID of the actor
 * @throws DomainError USER_NOT_FOUND
 */
export async function setUserRole(
  { userId, role, actor }: { userId: string; role: string; actor: Actor },
  deps: { config: { roles: readonly string[] }; database: Database },
): Promise<UserRecord> {
  const id = readUserId(userId);
  notOneself(id, actor);
  return auditedChange(async (transaction) => {
    const [before] = await runInTransaction(transaction, LOCK_USER, { id });
    if (!before) throw new DomainError('USER_NOT_FOUND');
    const to = readRole(role, deps.config.roles);
    const result = await transaction.user.update({ where: { id }, data: { role: to }, select: USER_RECORD });
    return { result, entry: { event: 'user.role_set', actor, userId: id, details: { from: before.role, to } } };
  }, deps);
}
