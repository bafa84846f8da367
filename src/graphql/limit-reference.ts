import {
  CONFIRMATION_MAX_TRIES,
  OPEN_OTP_ATTEMPTS_PER_PHONE,
  OPEN_WHATSAPP_ATTEMPTS,
  OPEN_WHATSAPP_ATTEMPTS_PER_CLIENT,
  PHONE_FAILURES_IN_A_ROW,
  PHONE_FAILURES_PER_HOUR,
  RESEND_AFTER_SECONDS,
  SENDS_PER_IP_PER_DAY,
  SENDS_PER_IP_PER_HOUR,
  SENDS_PER_PHONE_PER_DAY,
  SENDS_PER_PHONE_PER_HOUR,
  SOCKETS_PER_CLIENT,
  SUBSCRIPTIONS_PER_SOCKET,
} from '../guard/limits.js';
import { ACCESS_TOKEN_SECONDS, CLOCK_SKEW_SECONDS } from '../sessions/token-lifetimes.js';
import { MAX_TOKENS } from './documents.js';
import { MAX_BODY_BYTES } from './http.js';
import { SIZE_LIMITS } from './rules/size-limits.js';
import { MAX_MESSAGE_BYTES } from './websocket/socket-server.js';

/** What the reference says about a limit. */
export interface LimitReference {
  limit: string;
  value: string;
  note?: string;
}

const number = (value: number): string => value.toLocaleString('en');

/** Every limit that cannot be configured, for docs/reference/limits.md: the numbers are those of the code. */
export const LIMITS: Record<string, readonly LimitReference[]> = {
  Codes: [
    {
      limit: 'open code attempts for each phone',
      value: number(OPEN_OTP_ATTEMPTS_PER_PHONE),
      note: 'A canceled attempt does not count, nor does an attempt whose code no channel accepted.',
    },
    {
      limit: 'wait before the same code is sent again',
      value: `${RESEND_AFTER_SECONDS} s`,
      note: 'After a failed send there is no wait.',
    },
    {
      limit: 'codes that were sent to a phone and not used',
      value: `${SENDS_PER_PHONE_PER_HOUR} an hour, ${SENDS_PER_PHONE_PER_DAY} a day`,
      note: 'A canceled attempt counts. A code that is used resets both counters.',
    },
    {
      limit: 'codes that were sent for a client IP address and not used',
      value: `${SENDS_PER_IP_PER_HOUR} an hour, ${SENDS_PER_IP_PER_DAY} a day`,
      note: 'IPv6: for each /64 network.',
    },
    {
      limit: 'wrong codes against a phone in an hour, over all attempts',
      value: number(PHONE_FAILURES_PER_HOUR),
      note: 'After that the gateway refuses every code for the phone until the hour is over.',
    },
    {
      limit: 'wrong codes against a phone in a row',
      value: number(PHONE_FAILURES_IN_A_ROW),
      note: "After that the gateway refuses every code until the user signs in by WhatsApp, or until an admin resets the phone's limits.",
    },
  ],
  'WhatsApp login': [
    {
      limit: 'wrong two-digit answers before a confirmation fails',
      value: number(CONFIRMATION_MAX_TRIES),
    },
    {
      limit: 'open WhatsApp attempts for each client IP address',
      value: number(OPEN_WHATSAPP_ATTEMPTS_PER_CLIENT),
      note: 'IPv6: for each /64 network.',
    },
    { limit: 'open WhatsApp attempts in total', value: number(OPEN_WHATSAPP_ATTEMPTS) },
  ],
  Connections: [
    {
      limit: 'WebSockets of one client IP address on one instance',
      value: number(SOCKETS_PER_CLIENT),
      note: 'IPv6: for each /64 network.',
    },
    {
      limit: 'event streams (SSE) of one client IP address on one instance',
      value: number(SOCKETS_PER_CLIENT),
      note: 'IPv6: for each /64 network.',
    },
    { limit: 'subscriptions of one WebSocket', value: number(SUBSCRIPTIONS_PER_SOCKET) },
  ],
  Requests: [
    { limit: 'tokens of a document', value: number(MAX_TOKENS) },
    { limit: 'levels of a document', value: number(SIZE_LIMITS.depth) },
    { limit: 'fields of a document', value: number(SIZE_LIMITS.fields) },
    { limit: 'aliases of a document', value: number(SIZE_LIMITS.aliases) },
    { limit: 'directives of a document', value: number(SIZE_LIMITS.directives) },
    { limit: 'request body', value: `${number(MAX_BODY_BYTES)} bytes` },
    { limit: 'WebSocket message', value: `${number(MAX_MESSAGE_BYTES)} bytes` },
  ],
  Tokens: [
    { limit: 'lifetime of an access token', value: `${ACCESS_TOKEN_SECONDS} s` },
    { limit: 'accepted difference between clocks', value: `${CLOCK_SKEW_SECONDS} s` },
  ],
};
