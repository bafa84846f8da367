import type { Keyring } from '../config/keys.js';
import type { Database } from '../db/database.js';
import { statement } from '../db/statement.js';
import { text, uuid } from '../db/types.js';
import type { AccessClaims } from './access-token.js';
import { justUsed } from './recent-rotations.js';
import { readRefreshToken } from './refresh-token.js';
import { REFRESH_TOKEN_PARAMETERS, isTokenOf } from './refresh-token-sql.js';
import type { ReportForgery } from './report-forgery.js';

export interface FindSessionDeps {
  database: Database;
  keyring: Keyring;
  reportForgery: ReportForgery;
}

/**
 * Accepts the current token, and an earlier one within the grace period, because a second tab may still have it. Records
 * that the current token was shown: then no answer was lost, and its parent is not accepted any more.
 */
const FIND_SESSION = statement({
  name: 'sessions/find_session_of_refresh_token',
  short: true,
  sql: `
    WITH found AS (
    SELECT s.id, s.refresh_counter = :counter AND s.shown_counter IS DISTINCT FROM :counter AND :counter > 0 AS is_first_time,
           u.id AS user_id, u.role, u.phone
    FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE s.id = :sessionId AND s.revoked_at IS NULL AND least(s.idle_expires_at, s.expires_at) > now() AND NOT u.blocked
      AND (s.refresh_token_hash = :tokenHash AND s.refresh_counter = :counter
        OR ${justUsed('s', ':counter')} AND ${isTokenOf('s')})
    ),
    shown AS (UPDATE sessions s SET shown_counter = :counter FROM found WHERE s.id = found.id AND found.is_first_time)
    SELECT user_id, role, phone FROM found`,
  parameters: REFRESH_TOKEN_PARAMETERS,
  columns: { user_id: uuid, role: text, phone: text },
});

/**
 * Finds the session of a refresh token without rotating the token.
 * @returns the claims that its access token would have; undefined when the refresh token is not valid.
 */
export async function findSessionOf(
  { refreshToken }: { refreshToken: string },
  { database, keyring, reportForgery }: FindSessionDeps,
): Promise<AccessClaims | undefined> {
  const read = readRefreshToken(refreshToken, keyring.all);
  if (!read) return undefined;
  const [row] = await database.query(FIND_SESSION, read);
  if (!row) await reportForgery(read);
  return row && { userId: row.user_id, sessionId: read.sessionId, role: row.role, phone: row.phone };
}

/** The session can have ended, because signing out twice is not an error. */
const FIND_SESSION_ID = statement({
  name: 'sessions/find_session_id_of_refresh_token',
  sql: `SELECT id FROM sessions s WHERE id = :sessionId AND ${isTokenOf('s')}`,
  parameters: REFRESH_TOKEN_PARAMETERS,
  columns: { id: uuid },
});

/** The ID of the session that a refresh token belongs to or belonged to; undefined for any other token. */
export async function findSessionIdOf(
  { refreshToken }: { refreshToken: string },
  { database, keyring, reportForgery }: FindSessionDeps,
): Promise<string | undefined> {
  const read = readRefreshToken(refreshToken, keyring.all);
  if (!read) return undefined;
  const [row] = await database.query(FIND_SESSION_ID, read);
  if (!row) await reportForgery(read);
  return row?.id;
}
