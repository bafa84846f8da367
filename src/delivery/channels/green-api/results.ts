import { z } from 'zod';
import { type Failed, NO_NEW_CHAT, type Receipt, type SendFailure, failed } from '../channel.js';
import { failureOfStatus } from '../http-status.js';

/** Texts of a 400, from Green API's list of common errors and from its users' reports. They are matched, never stored. */
const BAD_REQUESTS: [RegExp, SendFailure, string][] = [
  [/timeout limit/i, 'rate_limited', 'too many numbers were checked'],
  [/not authorized|starting/i, 'channel_down', 'the instance is not authorized'],
  [/expired|deleted/i, 'account_restricted', 'the instance is expired or deleted'],
  [/chatId|phone ?number/i, 'invalid_number', 'the number is refused'],
];

const MESSAGE = z.object({ message: z.string() });
const QUOTA = z.string().regex(/QUOT[AE]_EXCEEDED/); // both spellings are in use

/**
 * Maps an answer other than 200 to a failure. The body may contain phone numbers or the URL, so nothing of it is
 * stored.
 */
export function failureOf(status: number, body: unknown): Failed {
  const detail = `HTTP ${status}`;
  switch (status) {
    case 400: {
      const text = MESSAGE.safeParse(body).data?.message ?? '';
      const [, failure, meaning] = BAD_REQUESTS.find(([pattern]) => pattern.test(text)) ?? [];
      return failed(failure ?? 'unknown', meaning ? `${detail}: ${meaning}` : detail);
    }
    case 429:
      return failed('rate_limited', detail, { retry: true });
    case 466:
      return failed('insufficient_credit', hasTooManyChats(body) ? NO_NEW_CHAT : `${detail}: calls of this month`);
    case 469:
      return failed('rate_limited', detail);
    case 499: // the message may be in the queue
    case 504:
      return failed('timeout', detail);
    default: // 401: a wrong token, with an empty body. 403: a wrong instance or host
      return failureOfStatus(status);
  }
}

function hasTooManyChats(body: unknown): boolean {
  const { correspondentsStatus } = (body ?? {}) as { correspondentsStatus?: { status?: unknown } };
  return QUOTA.safeParse(correspondentsStatus?.status).success;
}

/**
 * Maps the status of an outgoing message (Green API: outgoingMessageStatus). Returns undefined for `pending` and
 * unknown statuses.
 */
export function receiptOf(status: string): Receipt | undefined {
  switch (status) {
    case 'sent':
      return { status: 'SENT' };
    case 'delivered':
      return { status: 'DELIVERED' };
    case 'read':
      return { status: 'READ' };
    case 'noAccount':
    case 'notInGroup':
      return { status: 'UNDELIVERED', failure: 'not_on_channel', detail: status };
    case 'failed':
      return { status: 'FAILED', failure: 'unknown', detail: status };
    case 'yellowCard': // renamed in July 2026
    case 'suspended':
      return { status: 'FAILED', failure: 'account_restricted', detail: status };
    default:
      return undefined;
  }
}
