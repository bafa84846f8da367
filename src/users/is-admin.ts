import { ADMIN_ROLE } from '../config/names.js';
import type { User } from './user.js';

/** Whether a user may use the admin API, by the role that their record holds now. */
export function isAdmin({ role }: User, { config }: { config: { roles: readonly string[] } }): boolean {
  return role === ADMIN_ROLE && config.roles.includes(ADMIN_ROLE);
}
