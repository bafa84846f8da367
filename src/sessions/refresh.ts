import type { Audit } from '../events/audit.js';
import type { Database } from '../db/database.js';
import { statement } from '../db/statement.js';
import { bytea, int4, text, textOf, uuid } from '../db/types.js';
import { DomainError } from '../domain-error.js';
import type { Log } from '../log.js';
import type { Bus } from '../realtime/bus.js';
import { userColumns } from '../users/user.js';
import { justUsed, withRotation } from './recent-rotations.js';
import { deriveRefreshToken, hashRefreshToken, readRefreshToken } from './refresh-token.js';
import { REVOCATIONS } from './revocations.js';
import { SESSION_COLUMNS, type Session, type TokenMint, mintSession, sessionColumns } from './session.js';

/**
 * One statement decides between three outcomes for a token of a session. The current token is rotated. A token that was
 * used within the grace period returns the current one. A token that was used earlier revokes the session. The row lock
 * lets only one of many concurrent requests with the same token rotate it.
 */
const ROTATE = statement({
  name: 'sessions/rotate_refresh_token',
  sql: `
    WITH open_session AS (
      SELECT s.* FROM sessions s JOIN users u ON u.id = s.user_id
      WHERE s.id = :sessionId AND s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.expires_at > now() AND NOT u.blocked
      FOR UPDATE OF s
    ), compared AS (
      SELECT *,
        CASE WHEN refresh_counter = :counter AND refresh_token_hash = :tokenHash THEN 'rotated'
             WHEN ${justUsed('open_session', ':counter')} THEN 'repeated'
             ELSE 'stolen' END AS verdict
      FROM open_session
    ), changed AS (
      UPDATE sessions s SET
        refresh_counter = CASE WHEN compared.verdict = 'rotated' THEN s.refresh_counter + 1 ELSE s.refresh_counter END,
        refresh_token_hash = CASE WHEN compared.verdict = 'rotated' THEN :nextTokenHash ELSE s.refresh_token_hash END,
        key_id = CASE WHEN compared.verdict = 'rotated' THEN :keyId ELSE s.key_id END,
        rotated_at = CASE WHEN compared.verdict = 'rotated' THEN now() ELSE s.rotated_at END,
        recent_rotations = CASE WHEN compared.verdict = 'rotated' THEN ${withRotation('s')} ELSE s.recent_rotations END,
        idle_expires_at = CASE WHEN compared.verdict = 'rotated' THEN now() + :idleDays::int * interval '1 day' ELSE s.idle_expires_at END,
        revoked_at = CASE WHEN compared.verdict = 'stolen' THEN clock_timestamp() END,
        revoked_reason = CASE WHEN compared.verdict = 'stolen' THEN 'refresh_token_reused' END
      FROM compared WHERE s.id = compared.id
      RETURNING s.*, compared.verdict
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
 * Exchanges a refresh token for the next one and a new access token. See docs/decisions/0020.
 *
 * @throws DomainError INVALID_REFRESH_TOKEN when it is malformed, expired or revoked, or was used before the grace
 * period; in the last case the session is revoked.
 */
export async function refreshSession(
  { refreshToken }: { refreshToken: string },
  deps: { database: Database; mint: TokenMint; bus: Bus; audit: Audit; log: Log },
): Promise<Session> {
  const { database, mint, bus, audit, log } = deps;
  const { current, all } = mint.keyring;
  const read = readRefreshToken(refreshToken, all);
  if (!read) throw new DomainError('INVALID_REFRESH_TOKEN');
  const next = deriveRefreshToken({ ...read, counter: read.counter + 1 }, current.refreshToken);
  const [row] = await database.query(ROTATE, {
    sessionId: read.sessionId,
    counter: read.counter,
    tokenHash: hashRefreshToken(refreshToken),
    nextTokenHash: hashRefreshToken(next),
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
