import type { Database } from '../db/database.js';
import { DomainError } from '../domain-error.js';
import type { Log } from '../log.js';
import { USER_COLUMNS, type UserRow, toUser } from '../users/user.js';
import { deriveRefreshToken, hashRefreshToken, readRefreshToken } from './refresh-token.js';
import { REFRESH_IDLE_DAYS, type Session, type TokenMint, mintSession } from './session.js';

/** A repeat of the token just used, within this time, is a second tab or a lost answer, not a thief (R27). */
export const REUSE_GRACE_SECONDS = 20;

/**
 * One statement decides between three outcomes for a token that names counter $2 of session $1:
 * current → rotate; the one before, within the grace → the same child again; any older → revoke the family.
 * The row lock makes fifty racers with one token rotate it once.
 */
const ROTATE = {
  name: 'rotate_refresh_token',
  text: `
    WITH family AS (
      SELECT s.* FROM sessions s JOIN users u ON u.id = s.user_id
      WHERE s.id = $1 AND s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.expires_at > now() AND NOT u.blocked
      FOR UPDATE OF s
    ), judged AS (
      SELECT *,
        CASE WHEN refresh_counter = $2 AND refresh_token_hash = $3 THEN 'rotated'
             WHEN refresh_counter = $2 + 1 AND rotated_at > now() - interval '${REUSE_GRACE_SECONDS} seconds' THEN 'repeated'
             ELSE 'stolen' END AS verdict
      FROM family
    ), changed AS (
      UPDATE sessions s SET
        refresh_counter = CASE WHEN j.verdict = 'rotated' THEN s.refresh_counter + 1 ELSE s.refresh_counter END,
        refresh_token_hash = CASE WHEN j.verdict = 'rotated' THEN $4 ELSE s.refresh_token_hash END,
        rotated_at = CASE WHEN j.verdict = 'rotated' THEN now() ELSE s.rotated_at END,
        idle_expires_at = CASE WHEN j.verdict = 'rotated' THEN now() + interval '${REFRESH_IDLE_DAYS} days' ELSE s.idle_expires_at END,
        revoked_at = CASE WHEN j.verdict = 'stolen' THEN now() END,
        revoked_reason = CASE WHEN j.verdict = 'stolen' THEN 'refresh_token_reused' END
      FROM judged j WHERE s.id = j.id
      RETURNING s.id, s.user_id, s.refresh_counter, least(s.idle_expires_at, s.expires_at) AS refresh_expires_at, j.verdict
    )
    SELECT changed.id AS session_id, changed.refresh_counter, changed.refresh_expires_at, changed.verdict, ${USER_COLUMNS('u')}
    FROM changed JOIN users u ON u.id = changed.user_id`,
};

interface RotatedRow extends UserRow {
  session_id: string;
  refresh_counter: number;
  refresh_expires_at: Date;
  verdict: 'rotated' | 'repeated' | 'stolen';
}

/**
 * Exchanges a refresh token for the next one and a fresh access token.
 *
 * @throws DomainError INVALID_REFRESH_TOKEN: not ours, expired, revoked, or used before (then the family is revoked).
 */
export async function refreshSession(
  token: string,
  rooms: { database: Database; mint: TokenMint; log: Log },
): Promise<Session> {
  const { database, mint, log } = rooms;
  const read = readRefreshToken(token, mint.keys.refreshToken);
  if (!read) throw new DomainError('INVALID_REFRESH_TOKEN');
  const child = deriveRefreshToken({ sessionId: read.sessionId, counter: read.counter + 1 }, mint.keys.refreshToken);
  const [row] = await database.query<RotatedRow>(ROTATE, [
    read.sessionId,
    read.counter,
    hashRefreshToken(token),
    hashRefreshToken(child),
  ]);
  if (row?.verdict === 'stolen') log.warn({ event: 'session.theft', sessionId: row.session_id, userId: row.user_id });
  if (!row || row.verdict === 'stolen') throw new DomainError('INVALID_REFRESH_TOKEN');
  log.info({ event: 'session.refreshed', sessionId: row.session_id, repeated: row.verdict === 'repeated' });
  return mintSession(
    {
      sessionId: row.session_id,
      refreshCounter: row.refresh_counter,
      refreshExpiresAt: row.refresh_expires_at,
      user: toUser(row),
    },
    mint,
  );
}
