import { ADMIN_ROLE } from '../config/names.js';

/** Whether a user can use the admin API, according to the current role in their record. */
export function isAdmin({ role }: { role: string }, { config }: { config: { roles: readonly string[] } }): boolean {
  return role === ADMIN_ROLE && config.roles.includes(ADMIN_ROLE);
}
