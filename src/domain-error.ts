/** Codes that clients switch on. They never change; texts live in src/locales. */
export const ERROR_CODES = [
  'INVALID_PHONE_NUMBER',
  'PHONE_NOT_ALLOWED',
  'RATE_LIMITED',
  'DELIVERY_FAILED',
  'METHOD_UNAVAILABLE',
  'ATTEMPT_NOT_FOUND',
  'ATTEMPT_CLOSED',
  'ATTEMPT_NOT_COMPLETED',
  'INCORRECT_CODE',
  'INVALID_REFRESH_TOKEN',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'CSRF_HEADER_MISSING',
  'INVALID_INPUT',
  'SESSION_NOT_FOUND',
  'FRESH_SIGN_IN_REQUIRED',
  'PHONE_TAKEN',
  'USER_NOT_FOUND',
  'TEMPLATE_NOT_FOUND',
  'REDIRECT_NOT_ALLOWED',
  'INVALID_AUTHORIZATION_CODE',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** An expected failure: something the caller can act on, not a bug. */
export class DomainError extends Error {
  readonly code: ErrorCode;
  /** Whether the caller may see it. What is not exposed becomes an internal error. */
  readonly expose = true;

  constructor(code: ErrorCode, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
  }
}

/** Something in the input cannot be taken; `field` says where. */
export class InvalidInput extends DomainError {
  readonly field: string;

  constructor(field: string) {
    super('INVALID_INPUT');
    this.field = field;
  }
}
