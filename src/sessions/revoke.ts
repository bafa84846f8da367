import { validate as isUuid, v7 as uuidv7 } from 'uuid';
import type { Database } from '../db/database.js';
import { type RowOf, statement } from '../db/statement.js';
import { nullable, present, textOf, text, uuid } from '../db/types.js';
import { DomainError } from '../domain-error.js';
import { type Actor, auditedBy } from '../events/audited-by.js';
import type { Log } from '../log.js';
import type { Bus } from '../realtime/bus.js';
import { cancelWaitingSignIns } from './cancel-waiting-sign-ins.js';
import { forgetDevicesOf, forgetDevicesOfUser } from './forget-devices.js';
import { REVOCATIONS } from './revocations.js';

export interface RevokeDeps {
  database: Database;
  bus: Bus;
  log: Log;
}

/** Why a session ended. Stored in the row of the session. */
export type RevokedReason =
  | 'signed_out'
  | 'revoked'
  | 'phone_changed'
  | 'role_changed'
  | 'user_blocked'
  | 'denied'
  | 'authorization_code_replayed';

/**
 * SQL: the columns that end the sessions of an UPDATE. It uses clock_timestamp() and not now(), because a transaction
 * that waited long for a row lock would otherwise write a time further back than followRevocations reads. Lock the rows
 * before the UPDATE.
 */
export const revokedBecause = (reason: string) => `revoked_at = clock_timestamp(), revoked_reason = ${reason}`;

/** SQL: ends the open sessions that meet the condition, forgets devices, and writes one audit entry. */
const revokeWhere = (condition: string, forgetDevices: string) => `
    WITH open AS (SELECT id FROM sessions WHERE revoked_at IS NULL AND ${condition} ORDER BY id FOR UPDATE),
    revoked AS (
      UPDATE sessions s SET ${revokedBecause(':reason')} FROM open WHERE s.id = open.id RETURNING s.id, s.user_id, s.device_id
    ),
    forgotten_devices AS (${forgetDevices}),
    revoked_of_user AS (SELECT user_id, array_agg(id) AS ids FROM revoked GROUP BY user_id),
    audited AS (${auditedBy('revoked_of_user', {
      id: ':auditId::uuid',
      event: 'session.revoked',
      actor: 'coalesce(:actor, user_id::text)',
      userId: 'user_id',
      sessionId: 'CASE WHEN cardinality(ids) = 1 THEN ids[1] END',
      details: `jsonb_build_object('reason', :reason::text, 'sessions', ids)`,
    })})
    SELECT id, user_id FROM revoked`;

const REVOCATION_PARAMETERS = { reason: textOf<RevokedReason>(), auditId: uuid, actor: nullable(text) };
/** Only an ended session can be without a user. */
const REVOKED_COLUMNS = { id: uuid, user_id: present(uuid) };

const REVOKE_ONE = statement({
  name: 'sessions/revoke_session',
  short: true,
  sql: revokeWhere(
    'id = :sessionId AND (:ofUser::uuid IS NULL OR user_id = :ofUser)',
    // A user who signs out keeps the device.
    forgetDevicesOf('revoked', ':callerSession::uuid', `:reason <> 'signed_out'`),
  ),
  parameters: { sessionId: uuid, ofUser: nullable(uuid), callerSession: nullable(uuid), ...REVOCATION_PARAMETERS },
  columns: REVOKED_COLUMNS,
});

const REVOKE_ALL = statement({
  name: 'sessions/revoke_sessions_of_user',
  // Also the devices whose sessions have ended already: an attacker who signed out would stay known.
  sql: revokeWhere(
    'user_id = :userId AND id IS DISTINCT FROM :except::uuid',
    forgetDevicesOfUser(':userId', ':except::uuid'),
  ),
  parameters: { userId: uuid, except: nullable(uuid), ...REVOCATION_PARAMETERS },
  columns: REVOKED_COLUMNS,
});

export interface RevokeSessionInput {
  sessionId: string;
  /** Undefined means the session's own user. */
  actor: Actor | undefined;
  reason: RevokedReason;
  /** Ends the session only if it belongs to this user. */
  ofUser?: string;
  /** The session in which the user ends one of their own. On a new device it makes the gateway forget no older one. */
  callerSession?: string;
}

/**
 * Ends a session: its refresh token is refused from now on. Within a second, every instance closes its sockets and
 * forward-auth refuses it.
 *
 * @returns whether it was open.
 */
export async function endSession(input: RevokeSessionInput, deps: RevokeDeps): Promise<boolean> {
  const revoked = await deps.database.query(REVOKE_ONE, {
    ofUser: null,
    callerSession: null,
    ...input,
    auditId: uuidv7(),
  });
  publishRevoked(revoked, input, deps);
  return revoked.length > 0;
}

/**
 * Ends a session by the ID that a caller sent. @throws DomainError SESSION_NOT_FOUND when it is not open, or not of
 * `ofUser`
 */
export async function revokeSession(input: RevokeSessionInput, deps: RevokeDeps): Promise<void> {
  if (!isUuid(input.sessionId) || !(await endSession(input, deps))) throw new DomainError('SESSION_NOT_FOUND');
}

/**
 * Ends all sessions of a user, or all but `except`, in which the user asks for it, and cancels the sign-ins that wait.
 * @returns the number of sessions that were open.
 */
export async function revokeSessionsOf(
  input: { userId: string; actor: Actor; reason: RevokedReason; except?: string },
  deps: RevokeDeps,
): Promise<number> {
  const { userId, reason } = input;
  await cancelWaitingSignIns({ userId, claimIsRefused: reason === 'user_blocked' || reason === 'phone_changed' }, deps);
  const revoked = await deps.database.query(REVOKE_ALL, { except: null, ...input, auditId: uuidv7() });
  publishRevoked(revoked, input, deps);
  return revoked.length;
}

function publishRevoked(
  revoked: RowOf<typeof REVOKE_ONE>[],
  { actor, reason }: { actor: Actor | undefined; reason: RevokedReason },
  { bus, log }: RevokeDeps,
): void {
  if (revoked.length === 0) return;
  bus.publish(REVOCATIONS);
  for (const { id: sessionId, user_id: userId } of revoked)
    log.info({ event: 'session.revoked', sessionId, userId, actor: actor ?? userId, reason });
}
