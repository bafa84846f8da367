import type { AttemptKey, DeliveryChannel, LoginAttempt } from '../../client/index.js';

/** A code that was asked for. Moments are the gateway's, in milliseconds since 1970. */
export interface CodeLogin extends AttemptKey {
  /** As the person typed it. */
  phone: string;
  maskedPhone: string;
  channel: DeliveryChannel;
  channels: DeliveryChannel[];
  expiresAt: number;
  resendAt: number;
  codeLength: number;
  /** What the gateway said of it last. */
  attempt?: LoginAttempt | undefined;
  /** Known from an answer, before the watch tells. */
  ended?: Ending;
}

export interface WhatsAppLogin extends AttemptKey {
  expiresAt: number;
  loginMessage: string;
  qrPayload: string;
  attempt?: LoginAttempt | undefined;
}

/** Why the last thing asked for was not done. */
export interface Problem {
  /** What was asked for: a login, or something about the code of one. */
  of: 'login' | 'code';
  /** The gateway's ErrorCode; or NETWORK, UNAVAILABLE. */
  code: string;
  /** The gateway's words, in the person's language; for NETWORK and UNAVAILABLE the page has its own. */
  message?: string;
  triesLeft?: number;
  /** When it may be asked again. */
  retryAt?: number;
}

/** Where a person stands on the way in. */
export interface LoginState {
  step: 'phone' | 'code' | 'whatsapp';
  phone: string;
  code: CodeLogin | undefined;
  whatsapp: WhatsAppLogin | undefined;
  /** A question is on its way. */
  busy: boolean;
  problem: Problem | undefined;
  signedIn: boolean;
}

export const START: LoginState = {
  step: 'phone',
  phone: '',
  code: undefined,
  whatsapp: undefined,
  busy: false,
  problem: undefined,
  signedIn: false,
};

/** How a login ended that leads nowhere any more. */
export type Ending =
  | 'EXPIRED'
  | 'CANCELED'
  | 'CLAIMED'
  | 'TOO_MANY_TRIES'
  | 'USER_NOT_FOUND'
  | 'USER_BLOCKED'
  | 'UNDELIVERABLE'
  | 'PHONE_HIDDEN';

/** A claim can be repeated for a minute after the first; whatever the clocks say, not much longer than the attempt lives. */
export const CLAIMABLE_MS = 60_000;

/** How it ended, or nothing while it may still lead to a session. `now` is the gateway's time. */
export function endingOf(login: Pick<CodeLogin, 'attempt' | 'ended' | 'expiresAt'>, now: number): Ending | undefined {
  const { attempt, ended, expiresAt } = login;
  if (ended) return ended;
  switch (attempt?.status) {
    case 'FAILED':
      return attempt.failureReason ?? 'CANCELED';
    case 'EXPIRED':
    case 'CANCELED':
      return attempt.status;
    case 'COMPLETED':
    case 'CLAIMED':
      // The session is being fetched, as long as it can be had.
      return now > Date.parse(attempt.expiresAt) + CLAIMABLE_MS ? 'CLAIMED' : undefined;
    default:
      // The network may keep the gateway's word from us.
      return now > expiresAt ? 'EXPIRED' : undefined;
  }
}
