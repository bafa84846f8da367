import { createHmac, timingSafeEqual } from 'node:crypto';
import { toAsciiDigits } from '../../phone/ascii-digits.js';

/**
 * The code of an attempt: HMAC-SHA-256 over its id and phone, truncated as in RFC 4226 section 5.3.
 * It is derived each time and never kept, so a resend carries the same code and a stolen database none.
 */
export function deriveCode(attempt: { attemptId: string; phone: string }, length: number, key: Buffer): string {
  const mac = createHmac('sha256', key).update(`otp\n${attempt.attemptId}\n${attempt.phone}`).digest();
  const offset = (mac.at(-1) as number) & 0x0f;
  const truncated = mac.readUInt32BE(offset) & 0x7fffffff;
  return String(truncated % 10 ** length).padStart(length, '0');
}

/** Whether a person's input is the code. Spaces, dashes, invisible marks and Persian or Arabic digits do no harm. */
export function isCode(input: string, code: string): boolean {
  const typed = Buffer.from(toAsciiDigits(input.slice(0, 64)).replaceAll(/[\s\p{Cf}-]/gu, ''));
  const right = Buffer.from(code);
  return typed.length === right.length && timingSafeEqual(typed, right);
}
