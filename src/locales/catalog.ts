import type { ErrorCode } from '../domain-error.js';

/**
 * Every text that the gateway itself shows to users, in one language. The texts of messages with codes are rows of the
 * table sms_templates.
 */
export interface Messages {
  /** For each expected error: what happened, and what to do. */
  errors: Record<ErrorCode, string>;
  /** The texts of the same errors where the gateway does not have the sign-in method that `errors` offers instead. */
  withoutOtherMethod: Record<'DELIVERY_FAILED' | 'METHOD_UNAVAILABLE', string>;
  /** The text for a bug of the gateway. */
  internalError: string;
  /** The text while the database is unavailable. */
  unavailable: string;
  /** WhatsApp: the answer to a message that could not be decrypted, or whose sender could not be looked up. */
  sendAgain: string;
  /** WhatsApp: the answer to a sender whose number is hidden. */
  phoneHidden: string;
  /** Template of the message about a sign-in on a new device, where the user can reply NO. */
  newDevice: string;
  /** The same by SMS: short, because an SMS part in Cyrillic has 70 characters, and without a reply. */
  newDeviceBySms: string;
  /** WhatsApp: the answer to NO. */
  signInEnded: string;
  /** WhatsApp: asks the owner of a phone to confirm a sign-in. */
  askToConfirm: (service: string, device: string, location: string) => string;
}
