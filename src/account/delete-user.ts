import type { Actor } from '../events/audited-by.js';
import { notOneself } from '../users/not-oneself.js';
import { readUserId } from '../users/user-id.js';
import type { Account } from './create-account.js';
import { type Erased, eraseUser } from './erase-user.js';

/**
 * Erases a user for an admin or an operator.
 *
 * @throws InvalidInput "userId" when it is the ID of the actor
 * @throws DomainError LAST_ADMIN, USER_NOT_FOUND
 */
export async function deleteUser(
  { userId, actor }: { userId: string; actor: Actor },
  deps: Pick<Account, 'config' | 'keyring' | 'database' | 'bus' | 'log'>,
): Promise<Erased> {
  const id = readUserId(userId);
  notOneself(id, actor);
  return eraseUser({ userId: id, actor }, deps);
}
