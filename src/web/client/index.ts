/** The client of a Phonegate gateway, for browsers and for Node. */
export { type Phonegate, type PhonegateOptions, type RecognizedPhone, createPhonegate } from './phonegate.js';
export { PhonegateError } from './error.js';
export { type AttemptKey, type LoginAttempt, isFinal } from './watch/watch.js';
export type { Session, SessionKeeper, SignedIn } from './session/session.js';
export type { Storage } from './session/session-store.js';
export type {
  DeliveryChannel,
  DeliveryStatus,
  ErrorCode,
  FailureReason,
  LoginAttemptStatus,
  LoginMethod,
} from './generated.js';
