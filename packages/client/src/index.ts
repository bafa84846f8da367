/** The client of a Phonegate gateway, for browsers and for Node. */
export { type Phonegate, type PhonegateOptions, type RecognizedPhone, createPhonegate } from './phonegate.js';
export { PhonegateError } from './error.js';
export { type AttemptKey, type LoginAttempt, isFinal } from './watch/attempt.js';
export type { SessionKeeper } from './session/session-keeper.js';
export type { Session, SignedIn } from './session/signed-in.js';
export type { Storage } from './session/session-store.js';
export type {
  DeliveryChannel,
  DeliveryStatus,
  ErrorCode,
  FailureReason,
  LoginAttemptStatus,
  LoginMethod,
} from './generated.js';
