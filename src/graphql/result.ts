import type { ObjectRef } from '@pothos/core';
import { DomainError, ERROR_CODES, type ErrorCode, type InvalidInput } from '../domain-error.js';
import { RateLimited } from '../guard/errors.js';
import { type Locale, chooseLocale } from '../locales/locale.js';
import { en } from '../locales/en.js';
import { messagesIn } from '../locales/messages.js';
import { AttemptClosed } from '../login/attempts/attempt.js';
import { IncorrectCode } from '../login/otp/check-code.js';
import { builder } from './builder.js';
import type { GraphqlContext } from './context.js';
import { FailureReasonEnum, LoginAttemptStatusEnum } from './types/enums.js';

/** An expected failure on its way to the client: a member of the field's result union. */
class Failure<E extends DomainError = DomainError> {
  readonly error: E;
  readonly locale: Locale;

  constructor(error: E, locale: Locale) {
    this.error = error;
    this.locale = locale;
  }
}

const ErrorCodeEnum = builder.enumType('ErrorCode', {
  description: 'What went wrong. Switch on these; they never change.',
  values: Object.fromEntries(ERROR_CODES.map((code) => [code, { description: en.errors[code] }])) as Record<
    ErrorCode,
    { description: string }
  >,
});

const ErrorInterface = builder.interfaceRef<Failure>('Error').implement({
  description: 'An expected failure that the caller can act on.',
  fields: (t) => ({
    code: t.field({ type: ErrorCodeEnum, description: 'Stable, for programs.', resolve: ({ error }) => error.code }),
    message: t.string({
      description: 'What happened and what to do, in the language of the caller (en, ru, kk, ky, fa).',
      resolve: ({ error, locale }) => messagesIn(locale).errors[error.code],
    }),
  }),
});

const plainFailure = (name: string, description: string) =>
  builder.objectRef<Failure>(name).implement({ description, interfaces: [ErrorInterface] });

export const InvalidPhoneNumber = plainFailure('InvalidPhoneNumber', 'The input is no phone number of any country.');
export const PhoneNotAllowed = plainFailure(
  'PhoneNotAllowed',
  'A phone number that codes are not sent to: its country or its kind is not served.',
);
export const DeliveryFailed = plainFailure(
  'DeliveryFailed',
  'Every channel refused the message. Nothing was charged to the limits of the phone.',
);
export const MethodUnavailable = plainFailure('MethodUnavailable', 'This way of signing in is not configured.');
export const AttemptNotFound = plainFailure('AttemptNotFound', 'No such login attempt, or the secret is not its own.');
export const AttemptNotCompleted = plainFailure(
  'AttemptNotCompleted',
  'The proof has not come yet: wait for the status COMPLETED.',
);
export const InvalidRefreshToken = plainFailure(
  'InvalidRefreshToken',
  'The refresh token is unknown, expired, revoked, or was used before. Sign in again.',
);

export const SessionNotFound = plainFailure(
  'SessionNotFound',
  'No such session of this person, or it is over already.',
);
export const FreshSignInRequired = plainFailure(
  'FreshSignInRequired',
  'The sign-in is too long ago for this. Sign in once more, then repeat.',
);
export const PhoneTaken = plainFailure('PhoneTaken', 'Another person has this phone.');
export const UserNotFound = plainFailure('UserNotFound', 'No such person.');
export const TemplateNotFound = plainFailure('TemplateNotFound', 'No such text.');
export const RedirectNotAllowed = plainFailure(
  'RedirectNotAllowed',
  'A redirectUri that is not in REDIRECT_URIS, letter for letter. In development anything on this machine is allowed as well.',
);
export const InvalidAuthorizationCode = plainFailure(
  'InvalidAuthorizationCode',
  'The code is unknown, used or out of time, the redirectUri or the codeVerifier is not the one that belongs to it, or the session that made it is over. Sign in again.',
);

export const InvalidInputType = builder.objectRef<Failure<InvalidInput>>('InvalidInput').implement({
  description: 'Something in the input cannot be taken.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ field: t.string({ description: 'Which.', resolve: ({ error }) => error.field }) }),
});

export const RateLimitedType = builder.objectRef<Failure<RateLimited>>('RateLimited').implement({
  description: 'Too often. The request did nothing and may be repeated later.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    retryAfterSeconds: t.int({
      description: 'Whole seconds to wait, at least 1.',
      resolve: ({ error }) => error.retryAfterSeconds,
    }),
  }),
});

export const IncorrectCodeType = builder.objectRef<Failure<IncorrectCode>>('IncorrectCode').implement({
  description: 'Not the code. The try was counted.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    triesLeft: t.int({
      description: 'Guesses left before the attempt is closed; 0 when it now is.',
      resolve: ({ error }) => error.triesLeft,
    }),
  }),
});

export const AttemptClosedType = builder.objectRef<Failure<AttemptClosed>>('AttemptClosed').implement({
  description: 'The login attempt is over. Start a new one.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    status: t.field({
      type: LoginAttemptStatusEnum,
      description: 'How it ended.',
      resolve: ({ error }) => error.status,
    }),
    failureReason: t.field({
      type: FailureReasonEnum,
      nullable: true,
      description: 'Why, when it FAILED.',
      resolve: ({ error }) => error.failureReason,
    }),
  }),
});

const TYPE_OF_CODE: Partial<Record<ErrorCode, string>> = {
  INVALID_PHONE_NUMBER: 'InvalidPhoneNumber',
  PHONE_NOT_ALLOWED: 'PhoneNotAllowed',
  RATE_LIMITED: 'RateLimited',
  DELIVERY_FAILED: 'DeliveryFailed',
  METHOD_UNAVAILABLE: 'MethodUnavailable',
  ATTEMPT_NOT_FOUND: 'AttemptNotFound',
  ATTEMPT_CLOSED: 'AttemptClosed',
  ATTEMPT_NOT_COMPLETED: 'AttemptNotCompleted',
  INCORRECT_CODE: 'IncorrectCode',
  INVALID_REFRESH_TOKEN: 'InvalidRefreshToken',
  SESSION_NOT_FOUND: 'SessionNotFound',
  FRESH_SIGN_IN_REQUIRED: 'FreshSignInRequired',
  PHONE_TAKEN: 'PhoneTaken',
  USER_NOT_FOUND: 'UserNotFound',
  TEMPLATE_NOT_FOUND: 'TemplateNotFound',
  INVALID_INPUT: 'InvalidInput',
  REDIRECT_NOT_ALLOWED: 'RedirectNotAllowed',
  INVALID_AUTHORIZATION_CODE: 'InvalidAuthorizationCode',
};

type Types = typeof builder extends PothosSchemaTypes.SchemaBuilder<infer T> ? T : never;
type FailureType =
  | typeof AttemptNotFound
  | typeof RateLimitedType
  | typeof InvalidInputType
  | typeof IncorrectCodeType
  | typeof AttemptClosedType;

/** The union of what a mutation gives and the ways in which it can be expected to fail. */
export function resultUnion<T>(
  name: string,
  description: string,
  success: ObjectRef<Types, T>,
  failures: FailureType[],
) {
  return builder.unionType(name, {
    description,
    types: [success, ...failures] as (ObjectRef<Types, T> | ObjectRef<Types, Failure>)[],
    resolveType: (value) => (value instanceof Failure ? TYPE_OF_CODE[value.error.code] : success.name),
  });
}

/** Resolves to what `act` gives, or to the failure it throws, in the language the caller asked for. */
export async function orFailure<T>(
  context: GraphqlContext,
  locale: string | null | undefined,
  act: () => Promise<T>,
): Promise<T | Failure> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof DomainError) || !error.expose || !TYPE_OF_CODE[error.code]) throw error;
    return new Failure(error, chooseLocale(locale, context.client.locale));
  }
}
