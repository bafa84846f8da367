import { timingSafeEqual } from 'node:crypto';
import { toAsciiDigits } from '../../phone/ascii-digits.js';
import type { Config } from '../../config/config.js';
import type { Keyring } from '../../config/keys.js';
import { type CodeSource, attemptMac } from '../attempts/attempt-mac.js';

/**
 * The code of an attempt: HMAC-SHA-256 over its ID, phone and salt, truncated as in RFC 4226 section 5.3 to `length`
 * digits. Ten digits need 34 bits, so they take 48 in place of the 31 of RFC 4226. It is derived each time and never stored, so a resend carries the same code and a stolen database contains
 * none. See docs/decisions/0001.
 */
export function deriveCode(attempt: CodeSource, length: number, key: Buffer): string {
  return deriveCodes(attempt, [length], key)[0] as string;
}

/** The same for each of these lengths. */
export function deriveCodes(attempt: CodeSource, lengths: number[], key: Buffer): string[] {
  const mac = attemptMac('otp', attempt, key);
  const offset = (mac.at(-1) as number) & 0x0f;
  const truncated = mac.readUInt32BE(offset) & 0x7fffffff;
  const bits = (length: number) => (length < 10 ? truncated : mac.readUIntBE(offset, 6));
  return lengths.map((length) => String(bits(length) % 10 ** length).padStart(length, '0'));
}

/** An attempt, with the columns from which its code is derived. */
interface CodeOwner extends Omit<CodeSource, 'salt'> {
  key_id: string;
  code_salt: Buffer | null;
  /** Null for an attempt that an older version opened. */
  code_length: number | null;
}

/** The code of a stored attempt. */
export function codeOf(
  { attemptId, phone, key_id: keyId, code_salt: salt, code_length: length }: CodeOwner,
  { config, keyring }: { config: Pick<Config, 'otp'>; keyring: Pick<Keyring, 'of'> },
): string {
  return deriveCode({ attemptId, phone, salt }, length ?? config.otp.length, keyring.of(keyId).code);
}

/** A longer input cannot be a code; it is cut off. */
const MAX_INPUT_LENGTH = 64;

/** A user's input with ASCII digits for Persian, Arabic and full-width ones, without spaces, dashes and invisible characters. */
export const readCode = (input: string): string =>
  toAsciiDigits(input.slice(0, MAX_INPUT_LENGTH)).replaceAll(/[\s\p{Cf}-]/gu, '');

/** Whether an input that `readCode` has read is as long as a code, and of digits only. */
export const couldBeCode = (typed: string): boolean => /^\d{6,10}$/.test(typed);

/** Whether a user's input is the code, as `readCode` reads it. Compares in constant time. */
export function isCode(input: string, code: string): boolean {
  const typed = Buffer.from(readCode(input));
  const right = Buffer.from(code);
  return typed.length === right.length && timingSafeEqual(typed, right);
}
