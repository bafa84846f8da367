import { DomainError } from '../domain-error.js';
import { type RevokeDeps, revokeSessionsOf } from '../sessions/revoke.js';
import { findUserById } from '../users/find-user.js';

/** Ends all sessions of a user. @returns the number of sessions that ended. @throws DomainError USER_NOT_FOUND */
export async function revokeUserSessions(
  { userId, actor }: { userId: string; actor: string },
  deps: RevokeDeps,
): Promise<{ count: number }> {
  const user = await findUserById({ id: userId }, deps);
  if (!user) throw new DomainError('USER_NOT_FOUND');
  return { count: await revokeSessionsOf({ userId: user.id, actor, reason: 'revoked' }, deps) };
}
