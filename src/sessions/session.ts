import { v7 as uuidv7 } from 'uuid';
import type { Keyring } from '../config/keys.js';
import { type User, type UserRow, toUser } from '../users/user.js';
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

/** How tokens are made: the same for every session of this gateway. */
export interface TokenMint {
  keyring: Keyring;
  signingKeys: SigningKeys;
  issuer: string;
  /** How long a refresh token lives unused, and a session however much it is used. */
  days: { idle: number; absolute: number };
}

/** A session before it exists: its id is fixed first, because its refresh token is derived from it. */
export function draftSession({ keyring: { current }, days }: TokenMint): unknown[] {
  const id = uuidv7();
  const token = deriveRefreshToken({ sessionId: id, counter: 0 }, current.refreshToken);
  return [id, hashRefreshToken(token), current.id, days.idle, days.absolute];
}

/**
 * A common table expression that opens a drafted session for each row `(user_id, client_ip, user_agent, location)` of `from`.
 * The five values of `draftSession` are the parameters from `first` on. What only goes on from another session is as old as
 * that: `startedAt` and `endsAt` are then columns of `from`.
 */
export function insertSession(
  from: string,
  first: number,
  { startedAt, endsAt } = { startedAt: 'now()', endsAt: 'NULL' },
): string {
  const [id, hash, keyId, idle, absolute] = Array.from({ length: 5 }, (_, index) => `$${first + index}`);
  return `
    INSERT INTO sessions (id, user_id, refresh_token_hash, key_id, client_ip, user_agent, location, created_at, idle_expires_at, expires_at)
    SELECT ${id}::uuid, user_id, ${hash}::bytea, ${keyId}, client_ip, user_agent, location, ${startedAt},
           now() + ${idle}::int * interval '1 day', least(now() + ${absolute}::int * interval '1 day', ${endsAt})
    FROM ${from}
    RETURNING *`;
}

/** SQL: what `mintSession` needs of a row of sessions, beside USER_COLUMNS. */
export const SESSION_COLUMNS = (s: string) =>
  `${s}.id AS session_id, ${s}.refresh_counter, ${s}.key_id AS session_key_id,
   least(${s}.idle_expires_at, ${s}.expires_at) AS refresh_expires_at`;

export interface SessionRow extends UserRow {
  session_id: string;
  refresh_counter: number;
  session_key_id: string;
  refresh_expires_at: Date;
}

/** The tokens of a session that is open in the database. */
export function mintSession(row: SessionRow, { keyring, signingKeys, issuer }: TokenMint): Session {
  const user = toUser(row);
  const sessionId = row.session_id;
  const access = signAccessToken(
    { userId: user.id, sessionId, role: user.role, phone: user.phone, notAfter: row.refresh_expires_at },
    { signingKeys, issuer },
  );
  const { refreshToken: key } = keyring.of(row.session_key_id);
  return {
    id: sessionId,
    accessToken: access.token,
    accessTokenExpiresAt: access.expiresAt,
    refreshToken: deriveRefreshToken({ sessionId, counter: row.refresh_counter }, key),
    refreshTokenExpiresAt: row.refresh_expires_at,
    user,
  };
}
