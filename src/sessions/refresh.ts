import type { Audit } from '../events/audit.js';
import type { Database } from '../db/database.js';
import { statement } from '../db/statement.js';
import { bytea, int4, text, textOf, uuid } from '../db/types.js';
import { DomainError } from '../domain-error.js';
import type { Log } from '../log.js';
import type { Bus } from '../realtime/bus.js';
import { userColumns } from '../users/user.js';
import { deriveRefreshToken, hashRefreshToken, readRefreshToken } from './refresh-token.js';
import { REVOCATIONS } from './revocations.js';
import { SESSION_COLUMNS, type Session, type TokenMint, mintSession, sessionColumns } from './session.js';

/** A token that was used within this time is shown again by a second tab, or for a lost answer, not by a thief (R27). */
const REUSE_GRACE_SECONDS = 20;
/** So many uses are remembered of that time. */
const MOST_REMEMBERED = 100;

/** SQL: whether the token with this counter of a session `s` was used just now. Others may have been used since, by other tabs. */
export const justUsed = (s: string, counter: string) =>
  `coalesce(${s}.refresh_counter > ${counter} AND ${s}.recent_rotations[cardinality(${s}.recent_rotations) - (${s}.refresh_counter - ${counter} - 1)]
     > now() - interval '${REUSE_GRACE_SECONDS} seconds', false)`;

/** SQL: the times of a session `s` after one more use. */
const remembered = (s: string) => `(ARRAY(
  SELECT t FROM unnest(${s}.recent_rotations) WITH ORDINALITY AS used (t, n)
  WHERE n > cardinality(${s}.recent_rotations) - ${MOST_REMEMBERED - 1} AND t > now() - interval '${REUSE_GRACE_SECONDS} seconds' ORDER BY n
) || now())`;

/**
 * One statement decides between three outcomes for a token that names a counter of a session:
 * current → rotate; used within the grace → the one that is current now; used longer ago → revoke the family.
 * The row lock makes fifty racers with one token rotate it once. What is rotated is derived from the present secret.
 */
const ROTATE = statement({
  name: 'sessions/rotate_refresh_token',
  sql: `
    WITH family AS (
      SELECT s.* FROM sessions s JOIN users u ON u.id = s.user_id
      WHERE s.id = :sessionId AND s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.expires_at > now() AND NOT u.blocked
      FOR UPDATE OF s
    ), judged AS (
      SELECT *,
        CASE WHEN refresh_counter = :counter AND refresh_token_hash = :tokenHash THEN 'rotated'
             WHEN ${justUsed('family', ':counter')} THEN 'repeated'
             ELSE 'stolen' END AS verdict
      FROM family
    ), changed AS (
      UPDATE sessions s SET
        refresh_counter = CASE WHEN j.verdict = 'rotated' THEN s.refresh_counter + 1 ELSE s.refresh_counter END,
        refresh_token_hash = CASE WHEN j.verdict = 'rotated' THEN :nextTokenHash ELSE s.refresh_token_hash END,
        key_id = CASE WHEN j.verdict = 'rotated' THEN :keyId ELSE s.key_id END,
        rotated_at = CASE WHEN j.verdict = 'rotated' THEN now() ELSE s.rotated_at END,
        recent_rotations = CASE WHEN j.verdict = 'rotated' THEN ${remembered('s')} ELSE s.recent_rotations END,
        idle_expires_at = CASE WHEN j.verdict = 'rotated' THEN now() + :idleDays::int * interval '1 day' ELSE s.idle_expires_at END,
        revoked_at = CASE WHEN j.verdict = 'stolen' THEN clock_timestamp() END,
        revoked_reason = CASE WHEN j.verdict = 'stolen' THEN 'refresh_token_reused' END
      FROM judged j WHERE s.id = j.id
      RETURNING s.*, j.verdict
    )
    SELECT ${sessionColumns('changed')}, changed.verdict, ${userColumns('u')}
    FROM changed JOIN users u ON u.id = changed.user_id`,
  parameters: {
    sessionId: uuid,
    counter: int4,
    tokenHash: bytea,
    nextTokenHash: bytea,
    keyId: text,
    idleDays: int4,
  },
  columns: { ...SESSION_COLUMNS, verdict: textOf<'rotated' | 'repeated' | 'stolen'>() },
});

/**
 * Exchanges a refresh token for the next one and a fresh access token.
 *
 * @throws DomainError INVALID_REFRESH_TOKEN: not ours, expired, revoked, or used before (then the family is revoked).
 */
export async function refreshSession(
  { refreshToken }: { refreshToken: string },
  deps: { database: Database; mint: TokenMint; bus: Bus; audit: Audit; log: Log },
): Promise<Session> {
  const { database, mint, bus, audit, log } = deps;
  const { current, all } = mint.keyring;
  const read = readRefreshToken(refreshToken, all);
  if (!read) throw new DomainError('INVALID_REFRESH_TOKEN');
  const child = deriveRefreshToken({ ...read, counter: read.counter + 1 }, current.refreshToken);
  const [row] = await database.query(ROTATE, {
    sessionId: read.sessionId,
    counter: read.counter,
    tokenHash: hashRefreshToken(refreshToken),
    nextTokenHash: hashRefreshToken(child),
    keyId: current.id,
    idleDays: mint.days.idle,
  });
  if (row?.verdict === 'stolen') {
    audit.warn({ event: 'session.theft', sessionId: row.session_id, userId: row.user_id });
    bus.publish(REVOCATIONS);
  }
  if (!row || row.verdict === 'stolen') throw new DomainError('INVALID_REFRESH_TOKEN');
  log.info({ event: 'session.refreshed', sessionId: row.session_id, repeated: row.verdict === 'repeated' });
  return mintSession(row, mint);
}
