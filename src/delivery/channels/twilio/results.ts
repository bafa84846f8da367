import { z } from 'zod';
import { type Failed, NOT_ENABLED, type Receipt, type SendFailure, failed } from '../channel.js';

/**
 * Codes of Twilio's error dictionary (twilio.com/docs/api/errors). Other codes are `unknown`: they are new, or mean a
 * mistake of ours. Twilio calls a number invalid that it cannot reach, so no code means that the number cannot exist.
 */
const FAILURES: Record<number, SendFailure> = {
  10001: 'account_restricted', // the account is not active
  10004: 'rate_limited', // too many calls at the same time
  20003: 'authentication',
  20005: 'account_restricted', // not active, perhaps because it has no funds
  20006: 'authentication', // the key has too few permissions
  20008: 'authentication', // test credentials
  20404: 'authentication', // an account SID that does not exist
  20429: 'rate_limited',
  20500: 'channel_down',
  20503: 'channel_down',
  21203: 'account_restricted',
  21210: 'sender_rejected',
  21211: 'not_on_channel',
  21212: 'sender_rejected',
  21214: 'not_on_channel',
  21215: 'account_restricted', // calls to this country
  21216: 'not_on_channel', // Twilio blocks calls to this number
  21217: 'not_on_channel',
  21219: 'account_restricted', // a trial account calls verified numbers only
  21408: 'account_restricted', // SMS to this country
  21602: 'template_rejected', // no text
  21603: 'sender_rejected',
  21606: 'sender_rejected',
  21607: 'sender_rejected',
  21608: 'account_restricted', // a trial account sends to verified numbers only
  21610: 'not_on_channel', // the user answered STOP
  21611: 'rate_limited',
  21612: 'sender_rejected', // this sender does not reach this number
  21614: 'not_on_channel', // not a mobile number
  21616: 'sender_rejected',
  21617: 'template_rejected', // too long
  21619: 'template_rejected',
  21635: 'not_on_channel', // a landline
  21659: 'sender_rejected',
  21701: 'sender_rejected', // the messaging service does not exist
  21702: 'sender_rejected',
  21703: 'sender_rejected',
  21704: 'sender_rejected',
  21705: 'sender_rejected',
  30001: 'rate_limited',
  30002: 'account_restricted',
  30003: 'unknown', // switched off or out of range
  30004: 'not_on_channel', // blocked
  30005: 'not_on_channel', // the number may no longer exist
  30006: 'not_on_channel', // a landline
  30007: 'sender_rejected', // filtered as spam
  30008: 'unknown',
  30022: 'rate_limited',
  30023: 'rate_limited',
  30024: 'sender_rejected', // from 30024 on: senders that must be registered first
  30027: 'rate_limited',
  30032: 'sender_rejected',
  30033: 'sender_rejected',
  30034: 'sender_rejected',
  30035: 'sender_rejected',
  30410: 'channel_down',
};

/** The account works for other phones and countries. */
const OF_ONE_PHONE = new Set([21203, 21215, 21219, 21408, 21608]);
/** Nothing was sent, and the same request may succeed in a moment. */
const RETRYABLE = new Set([20429, 20503]);

const ERROR = z.object({ code: z.number().int().min(1).max(999_999) });

const detailOf = (code: number) => `${OF_ONE_PHONE.has(code) ? NOT_ENABLED : ''}code ${code}`;

/** The result of a request that was refused. The text of an error repeats the phone, so only its code is stored. */
export function failureOf(status: number, body: unknown): Failed {
  const code = ERROR.safeParse(body).data?.code;
  if (code !== undefined)
    return failed(FAILURES[code] ?? (status >= 500 ? 'channel_down' : 'unknown'), detailOf(code), {
      retry: RETRYABLE.has(code),
    });
  if (status >= 200 && status <= 299) return failed('unknown', 'unreadable answer');
  if (status === 401 || status === 403) return failed('authentication', `HTTP ${status}`);
  if (status === 429) return failed('rate_limited', `HTTP ${status}`, { retry: true });
  if (status === 502 || status === 503) return failed('channel_down', `HTTP ${status}`, { retry: true });
  return failed(status >= 500 ? 'channel_down' : 'unknown', `HTTP ${status}`);
}

/**
 * Maps the status of a message (twilio.com/docs/messaging/api/message-resource, Message Status values) or of a call
 * (twilio.com/docs/voice/api/call-resource, Call Status values). Unknown ones change nothing.
 */
export function receiptOf(status: string, code?: number): Receipt | undefined {
  switch (status) {
    case 'accepted':
    case 'scheduled':
    case 'queued':
      return { status: 'ACCEPTED' };
    case 'sending':
    case 'sent':
    case 'ringing':
      return { status: 'SENT' };
    case 'delivered':
    case 'in-progress': // somebody has answered the call
    case 'completed':
      return { status: 'DELIVERED' };
    case 'read':
      return { status: 'READ' };
    case 'undelivered':
    case 'failed':
      return lost(status, code);
    case 'busy':
    case 'no-answer':
      return { status: 'UNDELIVERED', failure: 'unknown', detail: status };
    case 'canceled':
      return { status: 'FAILED', failure: 'unknown', detail: status };
    default:
      return undefined;
  }
}

function lost(status: 'undelivered' | 'failed', code: number | undefined): Receipt {
  const failure = (code !== undefined && FAILURES[code]) || 'unknown';
  return {
    status: status === 'undelivered' || failure === 'not_on_channel' ? 'UNDELIVERED' : 'FAILED',
    failure,
    detail: code === undefined ? status : detailOf(code),
  };
}
