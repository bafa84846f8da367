import { bytea, int4, nullable, uuid } from '../db/types.js';

/** The parameters of a token that a client sent: the fields of `ReadRefreshToken`. */
export const REFRESH_TOKEN_PARAMETERS = {
  sessionId: uuid,
  counter: int4,
  tokenHash: bytea,
  keyedPart: nullable(bytea),
};

/** SQL: the hash of a token of a session, from the salt of the session and the keyed part of the token. */
export const saltedTokenHash = (salt: string, keyedPart: string) => `sha256(sha256(${salt} || ${keyedPart}))`;

/**
 * SQL: whether a token that a client sent is the current token or an earlier one of the session `s`. The secret alone
 * cannot make such a token, unless it is a token from before the salts. Those are believed only up to the rotation that
 * gave the session its salt.
 */
export const isTokenOf = (s: string) =>
  `CASE WHEN ${s}.refresh_salt IS NULL OR :counter < ${s}.refresh_salted_from THEN :keyedPart::bytea IS NULL
        ELSE coalesce(${saltedTokenHash(`${s}.refresh_salt`, ':keyedPart::bytea')} = :tokenHash, false) END`;
