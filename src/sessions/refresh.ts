import type { Audit } from '../events/audit.js';
import type { Database } from '../db/database.js';
import { statement } from '../db/statement.js';
import { bytea, int4, text, textOf } from '../db/types.js';
import { DomainError } from '../domain-error.js';
import type { Log } from '../log.js';
import type { Bus } from '../realtime/bus.js';
import { userColumns } from '../users/user.js';
import { justUsed, withRotation } from './recent-rotations.js';
import { deriveKeyedPart, readRefreshToken } from './refresh-token.js';
import { REFRESH_TOKEN_PARAMETERS, isTokenOf, saltedTokenHash } from './refresh-token-sql.js';
import { REVOCATIONS } from './revocations.js';
import {
  SESSION_COLUMNS,
  type Session,
  type TokenMint,
  createRefreshSalt,
  mintSession,
  sessionColumns,
} from './session.js';

/**
 * One statement decides between four outcomes for a token. The current token is rotated. A token that was used within
 * the grace period returns the current one. A token that was used earlier revokes the session. A token that the session
 * never had changes nothing: whoever made it knows GATEWAY_SECRET, but not the salt of the session. The row lock lets
 * only one of many concurrent requests with the same token rotate it. A session without a salt receives one.
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
             WHEN NOT ${isTokenOf('open_session')} THEN 'forged'
             WHEN ${justUsed('open_session', ':counter')} THEN 'repeated'
             ELSE 'stolen' END AS verdict
      FROM open_session
    ), changed AS (
      UPDATE sessions s SET
        refresh_counter = CASE WHEN compared.verdict = 'rotated' THEN s.refresh_counter + 1 ELSE s.refresh_counter END,
        refresh_token_hash = CASE WHEN compared.verdict = 'rotated' THEN ${saltedTokenHash('coalesce(s.refresh_salt, :newSalt)', ':nextKeyedPart')} ELSE s.refresh_token_hash END,
        refresh_salt = CASE WHEN compared.verdict = 'rotated' THEN coalesce(s.refresh_salt, :newSalt) ELSE s.refresh_salt END,
        refresh_salted_from = CASE WHEN compared.verdict = 'rotated' THEN coalesce(s.refresh_salted_from, s.refresh_counter + 1) ELSE s.refresh_salted_from END,
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
    ...REFRESH_TOKEN_PARAMETERS,
    nextKeyedPart: bytea,
    newSalt: bytea,
    keyId: text,
    idleDays: int4,
  },
  columns: { ...SESSION_COLUMNS, verdict: textOf<'rotated' | 'repeated' | 'stolen' | 'forged'>() },
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
  const [row] = await database.query(ROTATE, {
    ...read,
    nextKeyedPart: deriveKeyedPart({ ...read, counter: read.counter + 1 }, current.refreshToken),
    newSalt: createRefreshSalt(),
    keyId: current.id,
    idleDays: mint.days.idle,
  });
  if (row?.verdict === 'stolen') {
    audit.warn({ event: 'session.theft', sessionId: row.session_id, userId: row.user_id });
    bus.publish(REVOCATIONS);
  }
  if (!row || row.verdict === 'stolen' || row.verdict === 'forged') throw new DomainError('INVALID_REFRESH_TOKEN');
  log.info({ event: 'session.refreshed', sessionId: row.session_id, repeated: row.verdict === 'repeated' });
  return mintSession(row, mint);
}
