import { requireOlderDevice } from '../sessions/new-device.js';
import type { Viewer } from '../sessions/viewer.js';
import type { Account } from './create-account.js';
import { eraseUser } from './erase-user.js';

/**
 * Erases the user who asks for it, if not on a device that an attacker may just have added.
 *
 * @throws DomainError DEVICE_TOO_NEW, LAST_ADMIN, USER_NOT_FOUND
 */
export async function deleteMe({ viewer }: { viewer: Viewer }, deps: Account): Promise<{ userId: string }> {
  await requireOlderDevice(viewer, deps);
  return eraseUser({ userId: viewer.user.id, actor: viewer.user.id }, deps);
}
