import type { AttemptKey, DeliveryChannel, LoginAttempt } from '@phonegate/client';

/** A login by code. Times are the gateway's, in milliseconds since 1970. */
export interface CodeLogin extends AttemptKey {
  /** As the user typed it. */
  phone: string;
  /** The same in international form, as soon as the gateway has recognized it. */
  international?: string | undefined;
  maskedPhone: string;
  channel: DeliveryChannel;
  channels: DeliveryChannel[];
  /** Channels that accepted the code before the user requested it again, unless it was lost. */
  earlier?: DeliveryChannel[];
  expiresAt: number;
  resendAt: number;
  codeLength: number;
  /** The latest status from the gateway. */
  attempt?: LoginAttempt | undefined;
  /** Known from a refusal before the watch reports it. */
  ended?: Ending;
}

/** A login by WhatsApp. */
export interface WhatsAppLogin extends AttemptKey {
  expiresAt: number;
  loginMessage: string;
  qrPayload: string;
  attempt?: LoginAttempt | undefined;
}

/** Why the last request failed. */
export interface Problem {
  /** The request was for a login, or about a code that was sent. */
  of: 'login' | 'code';
  /** An ErrorCode of the gateway, or NETWORK or UNAVAILABLE. */
  code: string;
  /** The gateway's message in the user's language. Absent for NETWORK and UNAVAILABLE: the page has texts for them. */
  message?: string;
  triesLeft?: number;
  /** The earliest time to try again, in milliseconds since 1970. */
  retryAt?: number;
}

/** What a login form shows. */
export interface LoginState {
  /** The attempts of earlier visits and other tabs have been read. */
  ready: boolean;
  step: 'phone' | 'code' | 'whatsapp';
  phone: string;
  code: CodeLogin | undefined;
  whatsapp: WhatsAppLogin | undefined;
  /** A request is on its way. */
  busy: boolean;
  /** A request waits for the network. It is sent once the network is back, unless the user changes or leaves it before. */
  waitingForNetwork: boolean;
  problem: Problem | undefined;
  signedIn: boolean;
}

export const START: LoginState = {
  ready: false,
  step: 'phone',
  phone: '',
  code: undefined,
  whatsapp: undefined,
  busy: false,
  waitingForNetwork: false,
  problem: undefined,
  signedIn: false,
};

/** Why an attempt can no longer lead to a session. */
export type Ending =
  | 'EXPIRED'
  | 'CANCELED'
  | 'CLAIMED'
  | 'TOO_MANY_TRIES'
  | 'USER_NOT_FOUND'
  | 'USER_BLOCKED'
  | 'UNDELIVERABLE'
  | 'PHONE_HIDDEN';

/** A claim can be repeated for a minute after the first. */
const CLAIMABLE_MS = 60_000;

/** How the attempt ended; `undefined` while it may still lead to a session. `now` is the gateway's time. */
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
      // Its session is being claimed, for as long as that is possible.
      return now > Date.parse(attempt.expiresAt) + CLAIMABLE_MS ? 'CLAIMED' : undefined;
    default:
      // The second step has more time than the first.
      // Without a network the status EXPIRED does not arrive.
      return now > (attempt?.status === 'CONFIRMING' ? Date.parse(attempt.expiresAt) : expiresAt)
        ? 'EXPIRED'
        : undefined;
  }
}
