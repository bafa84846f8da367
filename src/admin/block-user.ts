import { v7 as uuidv7 } from 'uuid';
import { statement } from '../db/statement.js';
import { text, uuid } from '../db/types.js';
import { DomainError } from '../domain-error.js';
import { type Actor, auditedBy } from '../events/audited-by.js';
import { forgetDevicesOfUser } from '../sessions/forget-devices.js';
import { REVOCATIONS } from '../sessions/revocations.js';
import { type RevokeDeps, revokeSessionsOf, revokedBecause } from '../sessions/revoke.js';
import { findUserById } from '../users/find-user.js';
import { notOneself } from '../users/not-oneself.js';
import { readUserId } from '../users/user-id.js';
import type { UserRecord } from '../users/user-record.js';

/** Blocks the user and ends their sessions in one statement, so that no refresh can happen in between. */
const BLOCK_USER = statement({
  name: 'admin/block_user',
  sql: `
    WITH blocked AS (UPDATE users SET blocked = true, updated_at = now() WHERE id = :userId RETURNING id),
    revoked AS (
      UPDATE sessions s SET ${revokedBecause(`'user_blocked'`)}
      FROM blocked WHERE s.user_id = blocked.id AND s.revoked_at IS NULL
      RETURNING s.id
    ),
    forgotten_devices AS (${forgetDevicesOfUser('(SELECT id FROM blocked)')}),
    audited AS (${auditedBy('blocked', {
      id: ':entryId::uuid',
      event: 'user.blocked',
      actor: ':actor',
      userId: 'id',
      details: `jsonb_build_object('sessions', (SELECT count(*) FROM revoked))`,
    })})
    SELECT id FROM blocked`,
  parameters: { userId: uuid, entryId: uuid, actor: text },
  columns: { id: uuid },
});

/**
 * Blocks a user and ends all their sessions. The user learns this only after they have proven their phone; until then
 * their sign-in looks like any other.
 *
 * @throws InvalidInput "userId" when it is the ID of the actor
 * @throws DomainError USER_NOT_FOUND
 */
export async function blockUser(
  { userId, actor }: { userId: string; actor: Actor },
  deps: RevokeDeps,
): Promise<UserRecord> {
  const id = readUserId(userId);
  notOneself(id, actor);
  const [blocked] = await deps.database.query(BLOCK_USER, { userId: id, entryId: uuidv7(), actor });
  if (!blocked) throw new DomainError('USER_NOT_FOUND');
  deps.bus.publish(REVOCATIONS);
  // The statement may have waited for a sign-in, and does not see the session that this sign-in opened.
  await revokeSessionsOf({ userId: id, actor, reason: 'user_blocked' }, deps);
  const user = await findUserById({ id }, deps);
  if (!user) throw new DomainError('USER_NOT_FOUND');
  return user;
}
