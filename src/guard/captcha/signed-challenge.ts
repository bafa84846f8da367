import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { CAPTCHA_VALID_SECONDS } from '../limits.js';

const NONCE_BYTES = 12;
const MAC_BYTES = 16;
const SIGNED_BYTES = NONCE_BYTES + 4;

/**
 * A challenge that says only for whom and until when a widget was shown: 43 characters of base64url, which Turnstile takes
 * as `cData`.
 */
export function createSignedChallenge({ key }: { key: Buffer }): string {
  const signed = Buffer.alloc(SIGNED_BYTES);
  randomBytes(NONCE_BYTES).copy(signed);
  signed.writeUInt32BE(Math.floor(Date.now() / 1000) + CAPTCHA_VALID_SECONDS, NONCE_BYTES);
  return Buffer.concat([signed, macOf(signed, key)]).toString('base64url');
}

/** Whether one of these keys signed the challenge, and it is still valid. */
export function isSignedChallenge({ challenge, keys }: { challenge: string; keys: Buffer[] }): boolean {
  const bytes = Buffer.from(challenge, 'base64url');
  // Another spelling of the same bytes would be another challenge to the list of those that were used.
  if (bytes.length !== SIGNED_BYTES + MAC_BYTES || bytes.toString('base64url') !== challenge) return false;
  const signed = bytes.subarray(0, SIGNED_BYTES);
  const mac = bytes.subarray(SIGNED_BYTES);
  return (
    signed.readUInt32BE(NONCE_BYTES) >= Date.now() / 1000 &&
    keys.some((key) => timingSafeEqual(macOf(signed, key), mac))
  );
}

const macOf = (signed: Buffer, key: Buffer) => createHmac('sha256', key).update(signed).digest().subarray(0, MAC_BYTES);
