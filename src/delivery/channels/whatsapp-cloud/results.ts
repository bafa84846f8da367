import { z } from 'zod';
import { type Failed, type Receipt, type SendFailure, failed } from '../channel.js';
import { failureOfStatus } from '../http-status.js';

/** Codes of Meta (developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes). Their texts are never stored. */
const FAILURES: Record<number, SendFailure> = {
  0: 'authentication',
  3: 'authentication',
  10: 'authentication',
  190: 'authentication',
  131005: 'authentication', // a permission is missing
  4: 'rate_limited',
  80007: 'rate_limited',
  130429: 'rate_limited',
  131048: 'rate_limited', // many messages from this number were blocked or reported
  131056: 'rate_limited', // too many to one phone
  131021: 'not_on_channel', // the phone of the account itself
  131026: 'not_on_channel', // no WhatsApp, or a version that is too old
  131030: 'not_on_channel', // a number of test accounts, which is not on their list
  130472: 'not_on_channel',
  131049: 'not_on_channel', // Meta does not deliver it to this user
  131050: 'not_on_channel',
  131042: 'insufficient_credit', // no payment method
  368: 'account_restricted',
  130497: 'country_refused',
  131031: 'account_restricted',
  131045: 'account_restricted',
  131037: 'account_restricted', // the name of the number is not approved
  133010: 'account_restricted', // the number is not registered
  132000: 'template_rejected',
  132001: 'template_rejected', // it does not exist in this language, or is not approved
  132005: 'template_rejected',
  132007: 'template_rejected',
  132012: 'template_rejected',
  132015: 'template_rejected', // paused
  132016: 'template_rejected',
  131047: 'template_rejected', // a text outside the 24 hours after a message of the user
  1: 'channel_down',
  2: 'channel_down',
  131000: 'channel_down',
  131016: 'channel_down',
  133004: 'channel_down',
  131057: 'channel_down', // the account is in maintenance
};
const ERROR = z.object({ error: z.object({ code: z.number().int() }) });

const failureOfCode = (code: number): SendFailure =>
  FAILURES[code] ?? (code >= 200 && code <= 299 ? 'authentication' : 'unknown');

export function failureOf(status: number, body: unknown): Failed {
  const code = ERROR.safeParse(body).data?.error.code;
  if (code !== undefined && code >= 0 && code < 1_000_000) return failed(failureOfCode(code), `code ${code}`);
  return status === 200 ? failed('unknown', 'unreadable answer') : failureOfStatus(status);
}

/** Maps a status of a message. Meta reports `failed` also for phones without WhatsApp. */
export function receiptOf(status: string, code: number | undefined): Receipt | undefined {
  switch (status) {
    case 'sent':
      return { status: 'SENT' };
    case 'delivered':
      return { status: 'DELIVERED' };
    case 'read':
      return { status: 'READ' };
    case 'failed': {
      const failure = code === undefined ? 'unknown' : failureOfCode(code);
      const detail = code === undefined ? 'failed' : `code ${code}`;
      return { status: failure === 'not_on_channel' ? 'UNDELIVERED' : 'FAILED', failure, detail };
    }
    default:
      return undefined;
  }
}
