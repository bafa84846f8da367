/**
 * Failures of one operation, by the code that clients switch on; a code never changes. The text is the description in the
 * GraphQL schema, for integrators. What users read is in src/locales.
 *
 * To add an error, add a line here and a text in each file of src/locales: its GraphQL type is derived. If it has fields
 * of its own, add them in src/graphql/failures.ts.
 */
const FAILURES = {
  INVALID_PHONE_NUMBER: 'The input is not a phone number of any country.',
  PHONE_NOT_ALLOWED:
    'The gateway sends no codes to this phone number: its country or its kind of number is not served.',
  RATE_LIMITED: 'The limit for this operation is reached. Repeat the request after retryAfterSeconds.',
  DELIVERY_FAILED:
    'No channel accepted the message. The request counts against the limits of the phone only if a channel may have sent it all the same.',
  METHOD_UNAVAILABLE: 'This sign-in method is not configured.',
  ATTEMPT_NOT_FOUND: 'No login attempt has this id and this secret.',
  ATTEMPT_CLOSED: 'The login attempt is over. Start a new one.',
  ATTEMPT_NOT_COMPLETED: 'The login attempt has no proof yet. Wait for the status COMPLETED.',
  INCORRECT_CODE: 'The code is wrong. The try was counted.',
  INVALID_REFRESH_TOKEN: 'The refresh token is unknown, expired, revoked or already used. Sign in again.',
  INVALID_INPUT: 'A value in the input is not allowed.',
  SESSION_NOT_FOUND: 'The user has no open session with this id.',
  FRESH_SIGN_IN_REQUIRED: 'The sign-in is too long ago for this operation. Sign in again, then repeat it.',
  PHONE_TAKEN: 'The phone number belongs to another user.',
  USER_NOT_FOUND: 'No user has this id.',
  TEMPLATE_NOT_FOUND: 'No template has this id.',
  REDIRECT_NOT_ALLOWED:
    'The redirectUri is not in REDIRECT_URIS, compared character by character. In development every URI on the local machine is allowed too.',
  INVALID_AUTHORIZATION_CODE:
    'The code is unknown, used or expired, the redirectUri or the codeVerifier does not match it, or the session that created it is over. Sign in again.',
} as const;

/** Refusals of a whole request. GraphQL answers them in `errors`, where a failure is a member of the result union. */
const REFUSALS = {
  UNAUTHENTICATED: 'The request has no valid access token, or the session of the token is over.',
  FORBIDDEN: 'The user does not have the role that this operation needs.',
  CSRF_HEADER_MISSING: 'The request relies on a cookie and has no X-Phonegate header.',
} as const;

/** What each code means, for integrators. */
export const ERRORS = { ...FAILURES, ...REFUSALS };

export type FailureCode = keyof typeof FAILURES;
export type ErrorCode = keyof typeof ERRORS;

export const FAILURE_CODES = Object.keys(FAILURES) as FailureCode[];
export const ERROR_CODES = Object.keys(ERRORS) as ErrorCode[];

/** An expected error: something the caller can act on, not a bug. */
export class DomainError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
  }
}

/** A value in the input is not allowed; `field` names it. */
export class InvalidInput extends DomainError {
  readonly field: string;

  constructor(field: string) {
    super('INVALID_INPUT');
    this.field = field;
  }
}
