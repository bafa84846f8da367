import type { Page } from '../db/page.js';
import { type SessionInfo, listSessions } from '../sessions/list.js';
import { findUserById } from '../users/find-user.js';
import type { UserRecord } from '../users/user-record.js';
import { auditRead } from './audit-read.js';
import type { ReadDeps } from './limited-read.js';
import { type UserFilter, searchUsers } from './search-users.js';

/** Users that match a filter, newest first. Writes an audit entry. */
export async function readUsers(
  { filter, page, actor }: { filter: UserFilter; page: Page; actor: string },
  deps: Pick<ReadDeps, 'config' | 'database' | 'audit'>,
): Promise<UserRecord[]> {
  const users = await searchUsers({ filter, page }, deps);
  const shown = users.map(({ id }) => id);
  await auditRead({ actor, what: 'users', userId: shown.length === 1 ? shown[0] : undefined, shown, filter }, deps);
  return users;
}

/** One user by ID. Writes an audit entry if the user exists. */
export async function readUser(
  { id, actor }: { id: string; actor: string },
  deps: Pick<ReadDeps, 'database' | 'audit'>,
): Promise<UserRecord | undefined> {
  const user = await findUserById({ id }, deps);
  if (user) await auditRead({ actor, what: 'user', userId: user.id }, deps);
  return user;
}

/** The open sessions of a user. Writes an audit entry. */
export async function readUserSessions(
  { userId, actor }: { userId: string; actor: string },
  deps: Pick<ReadDeps, 'database' | 'audit'>,
): Promise<SessionInfo[]> {
  await auditRead({ actor, what: 'sessions', userId }, deps);
  return listSessions({ userId }, deps);
}
