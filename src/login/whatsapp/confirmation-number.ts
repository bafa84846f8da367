import { createHmac } from 'node:crypto';

/**
 * The two-digit number (10 to 99) that the screen shows and the user sends back by WhatsApp. It is derived and never
 * stored.
 */
export function deriveConfirmationNumber(attempt: { attemptId: string; phone: string }, key: Buffer): string {
  const mac = createHmac('sha256', key).update(`confirmation\n${attempt.attemptId}\n${attempt.phone}`).digest();
  return String(10 + (mac.readUInt32BE(0) % 90));
}
