import type { ErrorCode } from '../domain-error.js';

/** Every text that the gateway itself writes to users, in one language. The texts of codes are rows of the table sms_templates. */
export interface Messages {
  /** For each expected error: what happened, and what to do. */
  errors: Record<ErrorCode, string>;
  /** For a bug of the gateway. */
  internalError: string;
  /** While the database cannot be reached. */
  unavailable: string;
  /** WhatsApp: answers a message that arrived but could not be decrypted. */
  sendAgain: string;
  /** WhatsApp: answers a sender whose number is hidden. */
  phoneHidden: string;
  /** WhatsApp: asks the owner of a phone to confirm a sign-in. */
  askToConfirm: (service: string, device: string, location: string) => string;
}
