import { v7 as uuidv7 } from 'uuid';
import { type Actor, auditedBy } from '../events/audited-by.js';
import type { Database, Statement } from '../db/database.js';
import { DomainError } from '../domain-error.js';
import { REVOCATIONS } from '../sessions/revocations.js';
import { type RevokeDeps, revokeSessionsOf, revokedBecause } from '../sessions/revoke.js';

/** Whoever is blocked is signed out in the same statement: no refresh falls in between. */
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

const UNBLOCK: Statement = {
  name: 'unblock_user',
  text: `
    WITH changed AS (UPDATE users SET blocked = false, updated_at = now() WHERE id = $1 RETURNING id),
    audited AS (${auditedBy('changed', { id: '$2::uuid', event: 'user.unblocked', actor: '$3', userId: 'id' })})
    SELECT id FROM changed`,
};

/**
 * A blocked person is told so only after a proof; until then their sign-in looks like anybody's.
 *
 * @throws DomainError USER_NOT_FOUND
 */
export async function blockUser(userId: string, actor: Actor, deps: RevokeDeps): Promise<void> {
  await change(BLOCK, userId, actor, deps.database);
  deps.bus.publish(REVOCATIONS);
  // A sign-in that was under way, and that the statement above waited for, is not in what that saw.
  await revokeSessionsOf(userId, { actor, reason: 'user_blocked' }, deps);
}

/** They can sign in again; what was signed out stays so. @throws DomainError USER_NOT_FOUND */
export async function unblockUser(userId: string, actor: Actor, database: Database): Promise<void> {
  await change(UNBLOCK, userId, actor, database);
}

async function change(statement: Statement, userId: string, actor: Actor, database: Database): Promise<void> {
  const changed = await database.query(statement, [userId, uuidv7(), actor]);
  if (changed.length === 0) throw new DomainError('USER_NOT_FOUND');
}
