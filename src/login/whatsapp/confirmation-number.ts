import type { Keyring } from '../../config/keys.js';
import { bytea, text } from '../../db/types.js';
import { type CodeSource, attemptMac, createCodeSalt } from '../attempts/attempt-mac.js';

/**
 * The two-digit number (10 to 99) that the screen shows and the user sends back by WhatsApp. It is derived and never
 * stored.
 */
export function deriveConfirmationNumber(attempt: CodeSource, key: Buffer): string {
  const mac = attemptMac('confirmation', attempt, key);
  return String(10 + (mac.readUInt32BE(0) % 90));
}

/** The parameters with which a statement makes an attempt wait for its second step. */
export const CONFIRMING_PARAMETERS = { confirmationSalts: bytea, confirmationKeyId: text };

/** SQL: the columns of an attempt `a` that begins to wait if `waits`. The trigger login_attempts_confirming takes one of the salts. */
export const confirmingColumns = (waits: string) => `
        code_salt = CASE WHEN ${waits} THEN :confirmationSalts::bytea ELSE a.code_salt END,
        key_id = CASE WHEN ${waits} THEN :confirmationKeyId ELSE a.key_id END`;

/**
 * Two new salts of an attempt, one after the other: the first leads to an even number, the second to an odd one. Of two
 * attempts of a phone that wait, one takes an even number and the other an odd one, so that an answer confirms only one.
 */
export function createConfirmationSalts(
  attempt: Omit<CodeSource, 'salt'>,
  { current }: Keyring,
): { confirmationSalts: Buffer; confirmationKeyId: string } {
  let even: Buffer | undefined;
  let odd: Buffer | undefined;
  while (!even || !odd) {
    const salt = createCodeSalt();
    if (Number(deriveConfirmationNumber({ ...attempt, salt }, current.code)) % 2 === 0) even ??= salt;
    else odd ??= salt;
  }
  return { confirmationSalts: Buffer.concat([even, odd]), confirmationKeyId: current.id };
}
