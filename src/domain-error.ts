/**
 * Failures of one operation, by the code that clients switch on. A code never changes. The text is the description in
 * the GraphQL schema, for integrators. The texts that users read are in src/locales.
 *
 * To add an error, add a line here and a text in each file of src/locales. Its GraphQL type is derived. If it has
 * fields of its own, add them in src/graphql/failures.ts.
 */
const FAILURES = {
  INVALID_PHONE_NUMBER:
    'The text is not a phone number of any country, or a provider reports that the number does not exist.',
  PHONE_NOT_ALLOWED:
    'The gateway sends no codes to this phone number: its country is not served, or its kind of number cannot receive messages.',
  RATE_LIMITED: 'The limit for this operation is reached. Wait retryAfterSeconds, then repeat the request.',
  CAPTCHA_REQUIRED:
    'The request needs a solved captcha. Solve challenge, then repeat the request with the solution in the input field captcha. A solution works once, for the same phone and network, within five minutes.',
  DELIVERY_FAILED: 'Every channel refused the message. A refused message counts half against the limits of the phone.',
  METHOD_UNAVAILABLE: 'This sign-in method is not configured on the gateway. Offer another method.',
  ATTEMPT_NOT_FOUND: 'No login attempt has this id and this secret. Start a new one.',
  ATTEMPT_CLOSED: 'The login attempt is over: it was claimed, was canceled, failed or expired. Start a new one.',
  ATTEMPT_NOT_COMPLETED: 'The phone is not proven yet. Wait for the status COMPLETED.',
  CONFIRMATION_REQUIRED:
    'The code is right, but the role of the user needs a second step. Show confirmationNumber, watch loginAttemptStatus, and call claimLogin after COMPLETED.',
  INCORRECT_CODE: 'The code is wrong, and the try was counted. The user can try again while triesLeft is above 0.',
  INVALID_REFRESH_TOKEN:
    'The refresh token is missing, unknown, expired or revoked, or was used before. Sign in again.',
  INVALID_INPUT: 'A value in the input is not allowed. The error names its field.',
  SESSION_NOT_FOUND: 'No open session with this id exists, or it belongs to another user.',
  FRESH_SIGN_IN_REQUIRED:
    'The sign-in was too long ago for this operation. Sign in again, then repeat the request. A refresh of the session is not a sign-in.',
  DEVICE_TOO_NEW:
    'The user first signed in on this device less than 24 hours ago, and has signed in on others before. Use an older device, or repeat the request later. A client that does not send its deviceToken is a new device at every sign-in.',
  PHONE_TAKEN: 'The phone number belongs to another user.',
  USER_NOT_FOUND: 'No user has this id.',
  LAST_ADMIN: 'The user is the last admin. Give another user the role ADMIN first.',
  TEMPLATE_NOT_FOUND: 'No template has this id.',
  REDIRECT_NOT_ALLOWED:
    'APPLICATIONS does not list this redirectUri for this clientId. Both are compared character by character. In development, every URI on the local machine is allowed too.',
  CODE_CHALLENGE_REQUIRED:
    'The application sent no PKCE challenge, or one that is not made by the method S256. Send code_challenge and code_challenge_method=S256 to the login page.',
  INVALID_AUTHORIZATION_CODE:
    'The code is unknown, used or expired, or it does not belong to this clientId, redirectUri or codeVerifier. Or the session that created the code has ended. Sign in again.',
} as const;

/**
 * Errors that refuse a whole request. GraphQL reports them in `errors`; a failure is a member of the result union
 * instead.
 */
const REFUSALS = {
  UNAUTHENTICATED:
    'The request has no valid token, or the session of the token has ended. Refresh the session, or sign in again.',
  GATEWAY_TOKEN_REQUIRED:
    'The request shows an access token, which backends receive too. Send the gatewayToken of the session instead.',
  FORBIDDEN: 'The user does not have the role that this operation requires.',
  ALREADY_WATCHED:
    'This connection watches the attempt already, or too many connections of this client do. Query loginAttempt instead.',
  READ_TIMED_OUT:
    'An admin read took too long, or others were running for too long before it. Ask for a shorter period or a narrower filter, or repeat the request later.',
  CSRF_HEADER_MISSING: 'The request uses a session cookie and has no X-Phonegate header. Send X-Phonegate: 1.',
} as const;

/** The meaning of each code, for integrators. */
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

/** A value in the input is not allowed. `field` names it. */
export class InvalidInput extends DomainError {
  readonly field: string;

  constructor(field: string) {
    super('INVALID_INPUT');
    this.field = field;
  }
}
