/** The client of a Phonegate gateway, for browsers, Node and React Native. */
export { createPhonegate } from './create-phonegate.js';
export type { Phonegate, PhonegateOptions, RecognizedPhone, RequiredCaptcha, WithCaptcha } from './phonegate.js';
export { PhonegateError } from './error.js';
export { type AttemptKey, type LoginAttempt, isFinal } from './watch/attempt.js';
export type { SessionKeeper } from './session/session-keeper.js';
export type { Redirect, RedirectCrypto } from './redirect.js';
export type { OperationTypes, RequestArguments, RequestDocument, RequestOptions } from './request.js';
export type { Session, SignedIn, User } from './session/signed-in.js';
export type { Storage } from './storage.js';
export type {
  DeliveryChannel,
  CodeDeliveryStatus as DeliveryStatus,
  ErrorCode,
  FailureReason,
  LoginAttemptStatus,
  LoginMethod,
} from './generated.js';
