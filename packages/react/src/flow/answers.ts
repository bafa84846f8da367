import { type FailureReason, type LoginAttemptStatus, type Phonegate, PhonegateError } from '@phonegate/client';
import { latinDigits } from '../locales/locale.js';
import type { CodeLogin, Ending, Problem, WhatsAppLogin } from './state.js';

/** The fields of all refusals. */
export interface Failure {
  __typename: string;
  code: string;
  message: string;
  triesLeft?: number;
  retryAfterSeconds?: number;
  status?: LoginAttemptStatus;
  failureReason?: FailureReason | null;
}

type Answer<Call extends keyof Phonegate, Name extends string> = Phonegate[Call] extends (
  ...args: never
) => Promise<infer A>
  ? Extract<A, { __typename: Name }>
  : never;

export function codeLogin(phone: string, answer: Answer<'requestOtp', 'OtpRequested'>): CodeLogin {
  const { attemptId, secret, maskedPhone, channel, channels, codeLength } = answer;
  const times = { expiresAt: Date.parse(answer.expiresAt), resendAt: Date.parse(answer.resendAt) };
  return { attemptId, secret, phone, maskedPhone, channel, channels, codeLength, ...times };
}

export function whatsAppLogin(answer: Answer<'startWhatsAppLogin', 'WhatsAppLogin'>): WhatsAppLogin {
  const { attemptId, secret, loginMessage, qrPayload } = answer;
  return { attemptId, secret, loginMessage, qrPayload, expiresAt: Date.parse(answer.expiresAt) };
}

/** How the attempt has ended, where a refusal says so. */
export function endingFrom({ __typename, status, failureReason, triesLeft }: Failure): Ending | undefined {
  if (triesLeft === 0) return 'TOO_MANY_TRIES';
  if (__typename === 'AttemptNotFound') return 'EXPIRED';
  if (status === 'FAILED') return failureReason ?? 'CANCELED';
  return status === 'EXPIRED' || status === 'CANCELED' || status === 'CLAIMED' ? status : undefined;
}

/** Digits and `+` only, with Latin digits. */
export const stripSeparators = (phone: string) => latinDigits(phone).replaceAll(/[^\d+]/g, '');

export const codeOf = (error: unknown) => (error instanceof PhonegateError ? error.code : 'UNAVAILABLE');

/** A thrown error, to be shown. */
export function problemOf(error: unknown, of: Problem['of']): Problem {
  const code = codeOf(error);
  return error instanceof PhonegateError && code !== 'NETWORK' && code !== 'UNAVAILABLE'
    ? { of, code, message: error.message }
    : { of, code };
}

/** @param now the gateway's time, in milliseconds since 1970 */
export function problemOfRefusal(
  of: Problem['of'],
  { code, message, triesLeft, retryAfterSeconds }: Failure,
  now: number,
): Problem {
  return {
    of,
    code,
    message,
    ...(triesLeft === undefined ? {} : { triesLeft }),
    ...(retryAfterSeconds === undefined ? {} : { retryAt: now + retryAfterSeconds * 1000 }),
  };
}
