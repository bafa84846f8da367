import { type Failed, type Receipt, type SendFailure, failed } from '../channel.js';

/**
 * Kavenegar's result codes (rest.html, table 1). Other codes are `unknown`: they are new, or mean a mistake of ours.
 */
const FAILURES: Record<number, SendFailure> = {
  401: 'account_restricted', // the account is disabled
  403: 'authentication',
  407: 'account_restricted', // the IP address is not on the account's list
  409: 'channel_down', // busy
  411: 'invalid_number',
  412: 'sender_rejected',
  413: 'template_rejected', // the text is too long
  416: 'account_restricted', // the IP address does not match the settings
  418: 'insufficient_credit',
  420: 'template_rejected', // links are not allowed
  422: 'template_rejected',
  424: 'template_rejected', // unknown, or not approved yet
  426: 'account_restricted', // the advanced service is not paid for
  427: 'sender_rejected',
  428: 'template_rejected',
  429: 'rate_limited',
  431: 'template_rejected',
  432: 'template_rejected',
  451: 'rate_limited',
  501: 'account_restricted', // the account may send to its owner only
};

/** Nothing was sent, and the same request may succeed in a moment. */
const RETRYABLE = new Set([409, 429, 451]);

export function failureOf(result: number): Failed {
  // A longer number is not a result code and could be the code that was sent, so it is not stored.
  const detail = result > 0 && result < 1_000 ? `${result}` : 'unreadable answer';
  return failed(FAILURES[result] ?? 'unknown', detail, { retry: RETRYABLE.has(result) });
}

/**
 * Maps Kavenegar's delivery status. The numbers have no order: 10 is delivered, 11 is not. Returns undefined for 100
 * (older than 48 hours, or of another account) and for unknown numbers.
 */
export function receiptOf(status: number): Receipt | undefined {
  const detail = `status ${status}`;
  switch (status) {
    case 1:
    case 2:
      return { status: 'ACCEPTED' };
    case 4:
    case 5:
      return { status: 'SENT' };
    case 10:
      return { status: 'DELIVERED' };
    case 6:
      return { status: 'FAILED', failure: 'unknown', detail };
    case 11: // switched off or out of range
      return { status: 'UNDELIVERED', failure: 'unknown', detail };
    case 13: // canceled, which is what debug mode does to every message
      return { status: 'FAILED', failure: 'account_restricted', detail };
    case 14: // the user blocks advertising lines
      return { status: 'UNDELIVERED', failure: 'not_on_channel', detail };
    default:
      return undefined;
  }
}
