import { createHash, createHmac, hash, timingSafeEqual } from 'node:crypto';
import { parse as parseUuid, stringify as stringifyUuid } from 'uuid';
import type { Keys } from '../config/keys.js';

/**
 * A refresh token is derived, not stored: from GATEWAY_SECRET, the session's ID, the number of its rotations, and a
 * random salt that only the row of the session contains. So the gateway can return the same token again (after a lost
 * answer, or to a second tab), and neither the secret nor a copy of the database is enough to compute it. See
 * docs/decisions/0029. It is a bearer token, which is not bound to a key of the client: see docs/decisions/0032.
 *
 * Layout, in base64url: session ID (16 bytes), counter (4 bytes), check (16 bytes), salted part (32 bytes). The check
 * needs the secret only, so a forged token is refused without the database. The salted part needs the secret and the
 * salt.
 *
 * Versions before the salts derived the token from the secret alone: session ID, counter, HMAC (32 bytes). A session
 * from that time keeps such a token until its next rotation.
 */
export interface TokenPosition {
  sessionId: string;
  /** The number of rotations before this token. */
  counter: number;
}

/** A token that a client sent, as statements compare it with its session (refresh-token-sql.ts). */
export interface ReadRefreshToken extends TokenPosition {
  tokenHash: Buffer;
  /** Null for a token without a salted part. */
  keyedPart: Buffer | null;
}

type TokenKey = Pick<Keys, 'refreshToken'>;

const ID_BYTES = 16;
const HEAD_BYTES = ID_BYTES + 4;
const CHECK_BYTES = 16;
const HASH_BYTES = 32;
const SALTED_TOKEN_BYTES = HEAD_BYTES + CHECK_BYTES + HASH_BYTES;
const UNSALTED_TOKEN_BYTES = HEAD_BYTES + HASH_BYTES;

export function deriveRefreshToken({ salt, ...of }: TokenPosition & { salt: Buffer | null }, key: Buffer): string {
  const head = writeHead(of);
  const rest = salt ? [checkOf(head, key), saltedPart(salt, deriveKeyedPart(of, key))] : [mac('', head, key)];
  return Buffer.concat([head, ...rest]).toString('base64url');
}

/** The part of a token's derivation that needs the secret. The salted part is SHA-256 over the salt and this part. */
export function deriveKeyedPart(of: TokenPosition, key: Buffer): Buffer {
  return mac('salted\n', writeHead(of), key);
}

/**
 * Reads a token without the database, so forged tokens cost little. Whether a token belongs to its session, only a
 * statement can say. @returns undefined when its check was derived with none of the keys.
 */
export function readRefreshToken(token: string, keys: readonly TokenKey[]): ReadRefreshToken | undefined {
  const bytes = Buffer.from(token, 'base64url');
  // The decoder ignores spaces and spare bits. Another spelling of a valid token has another hash, and would look like
  // a stolen token.
  if (bytes.toString('base64url') !== token) return undefined;
  const head = bytes.subarray(0, HEAD_BYTES);
  const rest = bytes.subarray(HEAD_BYTES);
  const isSalted = bytes.length === SALTED_TOKEN_BYTES;
  if (!isSalted && bytes.length !== UNSALTED_TOKEN_BYTES) return undefined;
  const key = keys.find(({ refreshToken }) =>
    isSalted
      ? timingSafeEqual(checkOf(head, refreshToken), rest.subarray(0, CHECK_BYTES))
      : timingSafeEqual(mac('', head, refreshToken), rest),
  );
  if (!key) return undefined;
  const of = { sessionId: stringifyUuid(head.subarray(0, ID_BYTES)), counter: head.readUInt32BE(ID_BYTES) };
  return {
    ...of,
    tokenHash: hashRefreshToken(token),
    keyedPart: isSalted ? deriveKeyedPart(of, key.refreshToken) : null,
  };
}

/**
 * SHA-256 of the salted part, because PostgreSQL can compute it when it rotates a token. Of an unsalted token, SHA-256
 * of its text.
 */
export function hashRefreshToken(token: string): Buffer {
  const bytes = Buffer.from(token, 'base64url');
  return hash('sha256', bytes.length === SALTED_TOKEN_BYTES ? bytes.subarray(-HASH_BYTES) : token, 'buffer');
}

function writeHead({ sessionId, counter }: TokenPosition): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.set(parseUuid(sessionId));
  head.writeUInt32BE(counter, ID_BYTES);
  return head;
}

const mac = (label: string, head: Buffer, key: Buffer) => createHmac('sha256', key).update(label).update(head).digest();
const checkOf = (head: Buffer, key: Buffer) => mac('check\n', head, key).subarray(0, CHECK_BYTES);
const saltedPart = (salt: Buffer, keyedPart: Buffer) => createHash('sha256').update(salt).update(keyedPart).digest();
