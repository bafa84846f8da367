import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { parse as parseUuid, stringify as stringifyUuid } from 'uuid';
import type { Keys } from '../config/keys.js';

/**
 * A refresh token is derived, not stored: HMAC-SHA-256 over the session's ID and the number of its rotations. So the
 * gateway can return the same token again (after a lost answer, or to a second tab), although rows contain only a hash.
 *
 * Layout, in base64url: session ID (16 bytes), counter (4 bytes), HMAC (32 bytes).
 */
export interface RefreshToken {
  sessionId: string;
  counter: number;
}

const ID_BYTES = 16;
const COUNTER_BYTES = 4;
const MAC_BYTES = 32;
const TOKEN_BYTES = ID_BYTES + COUNTER_BYTES + MAC_BYTES;

export function deriveRefreshToken({ sessionId, counter }: RefreshToken, key: Buffer): string {
  const head = Buffer.alloc(ID_BYTES + COUNTER_BYTES);
  head.set(parseUuid(sessionId));
  head.writeUInt32BE(counter, ID_BYTES);
  return Buffer.concat([head, createHmac('sha256', key).update(head).digest()]).toString('base64url');
}

/**
 * Reads a token without the database, so forged tokens cost little. @returns undefined when it was derived with none of
 * the keys.
 */
export function readRefreshToken(token: string, keys: readonly Pick<Keys, 'refreshToken'>[]): RefreshToken | undefined {
  const bytes = Buffer.from(token, 'base64url');
  // The decoder ignores spaces and spare bits. Another spelling of a valid token has another hash, and would look like
  // a stolen token.
  if (bytes.length !== TOKEN_BYTES || bytes.toString('base64url') !== token) return undefined;
  const head = bytes.subarray(0, ID_BYTES + COUNTER_BYTES);
  const derivedIt = ({ refreshToken: key }: Pick<Keys, 'refreshToken'>) =>
    timingSafeEqual(createHmac('sha256', key).update(head).digest(), bytes.subarray(head.length));
  if (!keys.some(derivedIt)) return undefined;
  return { sessionId: stringifyUuid(head.subarray(0, ID_BYTES)), counter: head.readUInt32BE(ID_BYTES) };
}

export function hashRefreshToken(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
