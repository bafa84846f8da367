import type { Keyring } from '../config/keys.js';
import type { Database, Statement } from '../db/database.js';
import type { AccessClaims } from './access-token.js';
import { hashRefreshToken, readRefreshToken } from './refresh-token.js';
import { justUsed } from './refresh.js';

/** The one that is current, or the one before while a second tab may still hold it. It is read, not rotated. */
const FIND_SESSION: Statement = {
  name: 'find_session_of_refresh_token',
  text: `
    SELECT u.id AS user_id, u.role, u.phone FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE s.id = $1 AND s.revoked_at IS NULL AND least(s.idle_expires_at, s.expires_at) > now() AND NOT u.blocked
      AND (s.refresh_token_hash = $2 AND s.refresh_counter = $3
        OR ${justUsed('s', '$3')})`,
};

/** Who holds a refresh token that is good now, for one request: as much as an access token would tell. */
export async function findSessionOf(
  { refreshToken }: { refreshToken: string },
  { database, keyring }: { database: Database; keyring: Keyring },
): Promise<AccessClaims | undefined> {
  const read = readRefreshToken(refreshToken, keyring.all);
  if (!read) return undefined;
  const [row] = await database.query<{ user_id: string; role: string; phone: string }>(FIND_SESSION, [
    read.sessionId,
    hashRefreshToken(refreshToken),
    read.counter,
  ]);
  return row && { userId: row.user_id, sessionId: read.sessionId, role: row.role, phone: row.phone };
}
