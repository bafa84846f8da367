import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Keyring } from '../config/keys.js';
import { type InputsOf, type OutputsOf, bytea, int4, nullable, text, timestamptz, uuid } from '../db/types.js';
import { USER_COLUMNS, type User, toUser } from '../users/user.js';
import { type TokenKind, signToken } from './access-token.js';
import { deriveRefreshToken, hashRefreshToken } from './refresh-token.js';
import type { SigningKeys } from './signing-keys.js';

/** The tokens of a session. Only the client that opened it receives them. */
export interface Session {
  id: string;
  accessToken: string;
  accessTokenExpiresAt: Date;
  /** Signs the gateway token. A function, because a client that does not select it must not cost a signature. */
  gatewayToken: () => string;
  refreshToken: string;
  refreshTokenExpiresAt: Date;
  user: User;
  /** The token by which the gateway recognizes the device again. Only a sign-in returns one. */
  deviceToken: string | null;
}

/** The values from which tokens are minted. They are the same for every session of this gateway. */
export interface TokenMint {
  keyring: Keyring;
  signingKeys: SigningKeys;
  issuer: string;
  /**
   * `idle` is how long an unused refresh token is valid. `absolute` is the longest lifetime of a session, regardless of
   * its use.
   */
  days: { idle: number; absolute: number };
}

/** The parameters with which `insertSession` opens a session. */
export const NEW_SESSION_PARAMETERS = {
  sessionId: uuid,
  refreshTokenHash: bytea,
  refreshSalt: bytea,
  keyId: text,
  idleDays: int4,
  absoluteDays: int4,
};

const SALT_BYTES = 32;
export const createRefreshSalt = (): Buffer => randomBytes(SALT_BYTES);

/** A session before it exists. Its ID and salt are chosen first, because its refresh token is derived from them. */
export function draftSession({ keyring: { current }, days }: TokenMint): InputsOf<typeof NEW_SESSION_PARAMETERS> {
  const sessionId = uuidv7();
  const refreshSalt = createRefreshSalt();
  const token = deriveRefreshToken({ sessionId, counter: 0, salt: refreshSalt }, current.refreshToken);
  return {
    sessionId,
    refreshTokenHash: hashRefreshToken(token),
    refreshSalt,
    keyId: current.id,
    idleDays: days.idle,
    absoluteDays: days.absolute,
  };
}

/**
 * SQL: opens a drafted session for each row `(user_id, client_ip, user_agent, location, device_id)` of `from`. A session
 * that continues another one keeps its device, start and end: they are then expressions over the columns of `from`.
 */
export function insertSession(
  from: string,
  { deviceId, startedAt, endsAt } = { deviceId: 'device_id', startedAt: 'now()', endsAt: 'NULL' },
): string {
  return `
    INSERT INTO sessions (id, user_id, refresh_token_hash, refresh_salt, refresh_salted_from, key_id, client_ip, user_agent, location, device_id, created_at, idle_expires_at, expires_at)
    SELECT :sessionId::uuid, user_id, :refreshTokenHash::bytea, :refreshSalt::bytea, 0, :keyId, client_ip, user_agent, location, ${deviceId}, ${startedAt},
           now() + :idleDays::int * interval '1 day', least(now() + :absoluteDays::int * interval '1 day', ${endsAt})
    FROM ${from}
    RETURNING *`;
}

/** SQL: the columns of a row of sessions that `mintSession` reads, in addition to `userColumns`. */
export const sessionColumns = (table: string) =>
  `${table}.id AS session_id, ${table}.refresh_counter, ${table}.refresh_salt, ${table}.key_id AS session_key_id,
   least(${table}.idle_expires_at, ${table}.expires_at) AS refresh_expires_at`;

export const SESSION_COLUMNS = {
  session_id: uuid,
  refresh_counter: int4,
  refresh_salt: nullable(bytea),
  session_key_id: text,
  refresh_expires_at: timestamptz,
  ...USER_COLUMNS,
};
export type SessionRow = OutputsOf<typeof SESSION_COLUMNS>;

/** Mints the tokens of a session that is open in the database. `deviceToken` is passed on. */
export function mintSession(
  row: SessionRow,
  { keyring, signingKeys, issuer }: TokenMint,
  deviceToken: string | null = null,
): Session {
  const user = toUser(row);
  const sessionId = row.session_id;
  const claims = { userId: user.id, sessionId, role: user.role, phone: user.phone, notAfter: row.refresh_expires_at };
  const signed = (kind: TokenKind) => signToken(kind, claims, { signingKeys, issuer });
  const access = signed('access');
  const { refreshToken: key } = keyring.of(row.session_key_id);
  return {
    id: sessionId,
    accessToken: access.token,
    accessTokenExpiresAt: access.expiresAt,
    gatewayToken: () => signed('gateway').token,
    refreshToken: deriveRefreshToken({ sessionId, counter: row.refresh_counter, salt: row.refresh_salt }, key),
    refreshTokenExpiresAt: row.refresh_expires_at,
    user,
    deviceToken,
  };
}
