import { timingSafeEqual } from 'node:crypto';
import { toAsciiDigits } from '../../phone/ascii-digits.js';
import { type CodeSource, attemptMac } from '../attempts/attempt-mac.js';

/**
 * The code of an attempt: HMAC-SHA-256 over its ID, phone and salt, truncated as in RFC 4226 section 5.3 to `length`
 * digits. It is derived each time and never stored, so a resend carries the same code and a stolen database contains
 * none. See docs/decisions/0001.
 */
export function deriveCode(attempt: CodeSource, length: number, key: Buffer): string {
  const mac = attemptMac('otp', attempt, key);
  const offset = (mac.at(-1) as number) & 0x0f;
  const truncated = mac.readUInt32BE(offset) & 0x7fffffff;
  return String(truncated % 10 ** length).padStart(length, '0');
}

/** A longer input cannot be a code; it is cut off. */
const MAX_INPUT_LENGTH = 64;

/**
 * Whether a user's input is the code. Accepts Persian, Arabic and full-width digits, and ignores spaces, dashes and
 * invisible characters. Compares in constant time.
 */
export function isCode(input: string, code: string): boolean {
  const typed = Buffer.from(toAsciiDigits(input.slice(0, MAX_INPUT_LENGTH)).replaceAll(/[\s\p{Cf}-]/gu, ''));
  const right = Buffer.from(code);
  return typed.length === right.length && timingSafeEqual(typed, right);
}
