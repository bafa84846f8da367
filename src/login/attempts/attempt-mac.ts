import { createHmac, randomBytes } from 'node:crypto';

/** The values of an attempt that its code and its confirmation number are derived from. */
export interface CodeSource {
  attemptId: string;
  /** E.164. */
  phone: string;
  /** Null for an attempt that a version without salts has opened. */
  salt: Buffer | null;
}

const SALT_BYTES = 32;

/**
 * A random value that only the row of the attempt contains, and that no client learns. Without it, an attacker who has
 * GATEWAY_SECRET could compute the code of any phone, because an attempt's ID is public.
 */
export function createCodeSalt(): Buffer {
  return randomBytes(SALT_BYTES);
}

/** HMAC-SHA-256 over the attempt. `use` is different for each value that is derived. */
export function attemptMac(use: 'otp' | 'confirmation', { attemptId, phone, salt }: CodeSource, key: Buffer): Buffer {
  const mac = createHmac('sha256', key).update(`${use}\n${attemptId}\n${phone}`);
  return (salt ? mac.update('\n').update(salt) : mac).digest();
}
