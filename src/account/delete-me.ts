import type { Viewer } from '../sessions/viewer.js';
import type { Account } from './create-account.js';
import { eraseUser } from './erase-user.js';

/** Erases the user who asks for it. @throws DomainError LAST_ADMIN, USER_NOT_FOUND */
export async function deleteMe({ viewer }: { viewer: Viewer }, deps: Account): Promise<{ userId: string }> {
  return eraseUser({ userId: viewer.user.id, actor: viewer.user.id }, deps);
}
