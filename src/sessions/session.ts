import { v7 as uuidv7 } from 'uuid';
import type { Keys } from '../config/keys.js';
import type { User } from '../users/user.js';
import { signAccessToken } from './access-token.js';
import { deriveRefreshToken, hashRefreshToken } from './refresh-token.js';
import type { SigningKeys } from './signing-keys.js';

/** What a completed login is exchanged for. The refresh token is shown here and nowhere else. */
export interface Session {
  id: string;
  accessToken: string;
  accessTokenExpiresAt: Date;
  refreshToken: string;
  refreshTokenExpiresAt: Date;
  user: User;
}

export const REFRESH_IDLE_DAYS = 14;
export const REFRESH_ABSOLUTE_DAYS = 30;

/** How tokens are made: the same for every session of this gateway. */
export interface TokenMint {
  keys: Keys;
  signingKeys: SigningKeys;
  issuer: string;
}

/** A session before it exists: its id is fixed first, because its refresh token is derived from it. */
export interface SessionDraft {
  id: string;
  refreshTokenHash: Buffer;
  keyId: string;
}

export function draftSession(keys: Keys): SessionDraft {
  const id = uuidv7();
  const token = deriveRefreshToken({ sessionId: id, counter: 0 }, keys.refreshToken);
  return { id, refreshTokenHash: hashRefreshToken(token), keyId: keys.id };
}

/** A common table expression that opens a drafted session for each row `(user_id, client_ip, user_agent)` of `from`. */
export function insertSession(from: string, parameters: { id: string; hash: string; keyId: string }): string {
  return `
    INSERT INTO sessions (id, user_id, refresh_token_hash, key_id, client_ip, user_agent, idle_expires_at, expires_at)
    SELECT ${parameters.id}::uuid, user_id, ${parameters.hash}::bytea, ${parameters.keyId}, client_ip, user_agent,
           now() + interval '${REFRESH_IDLE_DAYS} days', now() + interval '${REFRESH_ABSOLUTE_DAYS} days'
    FROM ${from}
    RETURNING id, refresh_counter, least(idle_expires_at, expires_at) AS refresh_expires_at`;
}

/** The tokens of a session that is open in the database. */
export function mintSession(
  row: { sessionId: string; refreshCounter: number; refreshExpiresAt: Date; user: User },
  mint: TokenMint,
): Session {
  const access = signAccessToken(
    { userId: row.user.id, sessionId: row.sessionId, role: row.user.role },
    mint.signingKeys,
    mint.issuer,
  );
  return {
    id: row.sessionId,
    accessToken: access.token,
    accessTokenExpiresAt: access.expiresAt,
    refreshToken: deriveRefreshToken({ sessionId: row.sessionId, counter: row.refreshCounter }, mint.keys.refreshToken),
    refreshTokenExpiresAt: row.refreshExpiresAt,
    user: row.user,
  };
}
