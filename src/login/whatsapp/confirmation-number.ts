import { type CodeSource, attemptMac } from '../attempts/attempt-mac.js';

/**
 * The two-digit number (10 to 99) that the screen shows and the user sends back by WhatsApp. It is derived and never
 * stored.
 */
export function deriveConfirmationNumber(attempt: CodeSource, key: Buffer): string {
  const mac = attemptMac('confirmation', attempt, key);
  return String(10 + (mac.readUInt32BE(0) % 90));
}
