import { validate as isUuid, v7 as uuidv7 } from 'uuid';
import { type Actor, auditedBy } from '../events/audited-by.js';
import type { Database, Statement } from '../db/database.js';
import { DomainError } from '../domain-error.js';
import type { Log } from '../log.js';
import type { Bus } from '../realtime/bus.js';
import { REVOCATIONS } from './revocations.js';

export interface RevokeDeps {
  database: Database;
  bus: Bus;
  log: Log;
}

/** Why a session ended; kept with it. */
export type RevokedReason = 'signed_out' | 'revoked' | 'phone_changed' | 'user_blocked' | 'authorization_code_replayed';

/**
 * SQL: the columns that end the sessions of an UPDATE. At the time it is done, not asked for: one that waited long for its
 * turn would otherwise be older than whoever follows the revocations mostly looks back. For that the rows are locked first.
 */
export const revokedBecause = (reason: string) => `revoked_at = clock_timestamp(), revoked_reason = ${reason}`;

const revoke = (name: string, which: string): Statement => ({
  name,
  text: `
    WITH open AS (SELECT id FROM sessions WHERE revoked_at IS NULL AND ${which} ORDER BY id FOR UPDATE),
    revoked AS (
      UPDATE sessions s SET ${revokedBecause('$2')} FROM open WHERE s.id = open.id RETURNING s.id, s.user_id
    ),
    summed AS (SELECT user_id, array_agg(id) AS ids FROM revoked GROUP BY user_id),
    audited AS (${auditedBy('summed', {
      id: '$3::uuid',
      event: 'session.revoked',
      actor: 'coalesce($4, user_id::text)',
      userId: 'user_id',
      sessionId: 'CASE WHEN cardinality(ids) = 1 THEN ids[1] END',
      details: `jsonb_build_object('reason', $2::text, 'sessions', ids)`,
    })})
    SELECT id, user_id FROM revoked`,
});

const REVOKE_ONE = revoke('revoke_session', `id = $1 AND ($5::uuid IS NULL OR user_id = $5)`);
const REVOKE_ALL = revoke('revoke_sessions_of_user', `user_id = $1 AND id IS DISTINCT FROM $5::uuid`);

export interface RevokeSessionInput {
  sessionId: string;
  /** Undefined: the session's own user. */
  actor: Actor | undefined;
  reason: RevokedReason;
  /** Only if it is this user's. */
  ofUser?: string;
}

/**
 * Ends a session: its refresh token is refused from now on, its sockets are closed, and forward-auth refuses it within a
 * second, on every instance.
 *
 * @returns whether it was open.
 */
export async function endSession({ sessionId, ofUser, ...by }: RevokeSessionInput, deps: RevokeDeps): Promise<boolean> {
  return (await revokeRows(REVOKE_ONE, [sessionId, ofUser], by, deps)) > 0;
}

/** Ends a session that a caller has named. @throws DomainError SESSION_NOT_FOUND where it is not open, or not theirs */
export async function revokeSession(input: RevokeSessionInput, deps: RevokeDeps): Promise<void> {
  if (!isUuid(input.sessionId) || !(await endSession(input, deps))) throw new DomainError('SESSION_NOT_FOUND');
}

/** Ends all sessions of a user, or all but one. @returns how many. */
export async function revokeSessionsOf(
  input: { userId: string; actor: Actor; reason: RevokedReason; except?: string },
  deps: RevokeDeps,
): Promise<number> {
  const { userId, except, ...by } = input;
  return revokeRows(REVOKE_ALL, [userId, except], by, deps);
}

async function revokeRows(
  statement: Statement,
  [id, other]: [string, string | undefined],
  { actor, reason }: { actor: Actor | undefined; reason: RevokedReason },
  { database, bus, log }: RevokeDeps,
): Promise<number> {
  const revoked = await database.query<{ id: string; user_id: string }>(statement, [
    id,
    reason,
    uuidv7(),
    actor ?? null,
    other ?? null,
  ]);
  if (revoked.length === 0) return 0;
  bus.publish(REVOCATIONS);
  for (const { id: sessionId, user_id: userId } of revoked)
    log.info({ event: 'session.revoked', sessionId, userId, actor: actor ?? userId, reason });
  return revoked.length;
}
