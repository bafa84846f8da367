import { v7 as uuidv7 } from 'uuid';
import type { Statement } from '../db/database.js';
import { DomainError } from '../domain-error.js';
import { type Actor, auditedBy } from '../events/audited-by.js';
import { REVOCATIONS } from '../sessions/revocations.js';
import { type RevokeDeps, revokeSessionsOf, revokedBecause } from '../sessions/revoke.js';
import { findUserById } from '../users/find-user.js';
import { notOneself, readUserId } from '../users/user-id.js';
import type { UserRecord } from '../users/user-record.js';

/** Blocks and signs out in one statement, so that no refresh comes in between. */
const BLOCK: Statement = {
  name: 'block_user',
  text: `
    WITH changed AS (UPDATE users SET blocked = true, updated_at = now() WHERE id = $1 RETURNING id),
    revoked AS (
      UPDATE sessions s SET ${revokedBecause(`'user_blocked'`)} FROM changed WHERE s.user_id = changed.id AND s.revoked_at IS NULL
      RETURNING s.id
    ),
    audited AS (${auditedBy('changed', {
      id: '$2::uuid',
      event: 'user.blocked',
      actor: '$3',
      userId: 'id',
      details: `jsonb_build_object('sessions', (SELECT count(*) FROM revoked))`,
    })})
    SELECT id FROM changed`,
};

/**
 * Blocks a user and ends all their sessions. A blocked user learns of it only after a proof; until then their sign-in looks
 * like any other.
 *
 * @throws InvalidInput "userId" where an admin names themselves
 * @throws DomainError USER_NOT_FOUND
 */
export async function blockUser(
  { userId, actor }: { userId: string; actor: Actor },
  deps: RevokeDeps,
): Promise<UserRecord> {
  const id = readUserId(userId);
  notOneself(id, actor);
  const [blocked] = await deps.database.query<{ id: string }>(BLOCK, [id, uuidv7(), actor]);
  if (!blocked) throw new DomainError('USER_NOT_FOUND');
  deps.bus.publish(REVOCATIONS);
  // A sign-in that was under way, and that the statement waited for, opened a session that the statement did not see.
  await revokeSessionsOf({ userId: id, actor, reason: 'user_blocked' }, deps);
  const user = await findUserById({ id }, deps);
  if (!user) throw new DomainError('USER_NOT_FOUND');
  return user;
}
