import { type Failed, type Receipt, type SendFailure, failed } from '../channel.js';
import { failureOfStatus } from '../http-status.js';

/**
 * Errors of the Gateway API. Its documentation does not list them all (core.telegram.org/gateway/api, Making requests);
 * these are the names that public clients of the API handle.
 */
const FAILURES: Record<string, SendFailure> = {
  ACCESS_TOKEN_INVALID: 'authentication',
  ACCESS_TOKEN_REQUIRED: 'authentication',
  BALANCE_NOT_ENOUGH: 'insufficient_credit',
  // Nobody with this number uses Telegram, or its user takes no codes. The number itself may be right.
  PHONE_NUMBER_NOT_FOUND: 'not_on_channel',
  PHONE_NUMBER_NOT_AVAILABLE: 'not_on_channel',
  PHONE_NUMBER_INVALID: 'not_on_channel',
  SENDER_NOT_VERIFIED: 'sender_rejected',
  SENDER_USERNAME_INVALID: 'sender_rejected',
  SENDER_NOT_FOUND: 'sender_rejected',
};

/** A name of Telegram, never its description: capital letters and digits. */
const NAME = /^[A-Z][A-Z0-9_]{2,60}$/;

export function failureOf(error: string): Failed {
  if (!NAME.test(error)) return failed('unknown', 'unreadable answer');
  if (/^FLOOD_WAIT|^TOO_MANY/.test(error)) return failed('rate_limited', error.replace(/\d+$/, 'X'));
  return failed(FAILURES[error] ?? 'unknown', error);
}

/** A proxy answered, or Telegram in an unknown form. */
export const unreadable = (status: number): Failed =>
  status === 200 ? failed('unknown', 'unreadable answer') : failureOfStatus(status);

/** Maps a delivery status (core.telegram.org/gateway/api, DeliveryStatus). Unknown ones change nothing. */
export function receiptOf(status: string | undefined): Receipt | undefined {
  switch (status) {
    case 'sent':
      return { status: 'SENT' };
    case 'delivered':
      return { status: 'DELIVERED' };
    case 'read':
      return { status: 'READ' };
    case 'expired': // not delivered within its ttl; the fee is refunded
    case 'revoked':
      return { status: 'UNDELIVERED', failure: 'unknown', detail: status };
    default:
      return undefined;
  }
}
