import { type Failed, type Receipt, type SendFailure, failed } from '../channel.js';

/**
 * Melipayamak's result codes, the `Value` of an answer. Other codes are `unknown`: they are new, or mean a mistake of
 * ours.
 */
const FAILURES: Record<string, SendFailure> = {
  '0': 'authentication',
  '2': 'insufficient_credit',
  '3': 'rate_limited', // daily limit
  '4': 'rate_limited', // volume limit
  '5': 'sender_rejected',
  '6': 'channel_down', // the service is being updated
  '7': 'template_rejected', // a filtered word
  '9': 'sender_rejected',
  '10': 'account_restricted',
  '12': 'account_restricted',
  '13': 'template_rejected',
  '14': 'template_rejected',
  '15': 'template_rejected',
  '17': 'template_rejected',
  '18': 'invalid_number',
  '35': 'not_on_channel', // on the network's blacklist
  '-1': 'account_restricted',
  '-3': 'sender_rejected',
  '-4': 'template_rejected',
  '-5': 'template_rejected',
  '-6': 'channel_down',
  '-7': 'sender_rejected',
  '-10': 'template_rejected',
  '-108': 'account_restricted', // the IP address is blocked after wrong passwords
  '-109': 'account_restricted',
  '-110': 'authentication', // only the API key is accepted
  '-111': 'account_restricted',
};

/** Nothing was sent, and the same request may succeed in a moment. */
const RETRYABLE = new Set(['6', '-6']);

/**
 * Whether the value is the ID of an accepted message: ten digits or more. "11" (not sent) also comes with `RetStatus` 1
 * and "Ok".
 */
export function isMessageId(value: string): boolean {
  return /^[1-9]\d{9,}$/.test(value);
}

export function failureOf(value: string): Failed {
  // A longer number is not a result code and could be the code that was sent, so it is not stored.
  if (!/^-?\d{1,3}$/.test(value)) return failed('unknown', 'unreadable answer');
  return failed(FAILURES[value] ?? 'unknown', value, { retry: RETRYABLE.has(value) });
}

/**
 * Maps the delivery status of GetDeliveries2 and receive/status. Returns undefined for 100 (unknown) and for other
 * numbers.
 */
export function receiptOf(status: string): Receipt | undefined {
  const detail = `status ${status}`;
  switch (status) {
    case '400': // in the list of messages to send
      return { status: 'ACCEPTED' };
    case '0':
    case '8':
    case '200':
      return { status: 'SENT' };
    case '1':
      return { status: 'DELIVERED' };
    case '2':
      return { status: 'UNDELIVERED', failure: 'unknown', detail };
    case '35':
      return { status: 'UNDELIVERED', failure: 'not_on_channel', detail };
    case '300': // filtered
      return { status: 'UNDELIVERED', failure: 'template_rejected', detail };
    case '3':
    case '5':
    case '16':
    case '500':
      return { status: 'FAILED', failure: 'unknown', detail };
    default:
      return undefined;
  }
}
