import type { ObjectRef } from '@pothos/core';
import { hasCodeLogin, hasWhatsAppLogin } from '../config/sign-in-methods.js';
import {
  type DomainError,
  ERRORS,
  ERROR_CODES,
  type ErrorCode,
  FAILURE_CODES,
  type FailureCode,
  type InvalidInput,
} from '../domain-error.js';
import type { CaptchaRequired } from '../guard/captcha/captcha-required.js';
import type { RateLimited } from '../guard/errors.js';
import { messagesIn } from '../locales/messages.js';
import type { AttemptClosed } from '../login/attempts/attempt.js';
import type { IncorrectCode } from '../login/otp/count-wrong-code.js';
import type { ConfirmationRequired } from '../login/second-step.js';
import { builder } from './builder.js';
import type { GraphqlContext } from './context.js';
import type { Failure } from './failure.js';
import { CaptchaProviderEnum, FailureReasonEnum, LoginAttemptStatusEnum } from './types/enums.js';

const ErrorCodeEnum = builder.enumType('ErrorCode', {
  description: 'The codes of all errors. Programs switch on the code; a code never changes its meaning.',
  values: Object.fromEntries(ERROR_CODES.map((code) => [code, { description: ERRORS[code] }])) as Record<
    ErrorCode,
    { description: string }
  >,
});

const ErrorInterface = builder.interfaceRef<Failure>('Error').implement({
  description: 'A failure that a client should expect. It is a member of the result union of the mutation.',
  fields: (t) => ({
    code: t.field({
      type: ErrorCodeEnum,
      description: 'Code of the failure, for programs.',
      resolve: ({ error }) => error.code,
    }),
    message: t.string({
      description:
        'Text for the user: what happened and what to do. In the language of the request: en, ru, kk, ky or fa.',
      resolve: (failure, _, { login }) => messageOf(failure, login),
    }),
  }),
});

/** The text offers the other sign-in method only where the gateway has it. */
function messageOf({ error: { code }, locale }: Failure, { config }: GraphqlContext['login']): string {
  const { errors, withoutOtherMethod } = messagesIn(locale);
  if (code === 'DELIVERY_FAILED' && !hasWhatsAppLogin(config)) return withoutOtherMethod[code];
  if (code === 'METHOD_UNAVAILABLE' && !hasCodeLogin(config)) return withoutOtherMethod[code];
  return errors[code];
}

/** The GraphQL type of each failure. */
const FAILURE_TYPES = new Map(
  FAILURE_CODES.map((code) => [
    code,
    builder.objectRef<Failure>(typeNameOf(code)).implement({ description: ERRORS[code], interfaces: [ErrorInterface] }),
  ]),
);

export type Types = typeof builder extends PothosSchemaTypes.SchemaBuilder<infer T> ? T : never;

/** The type of a failure. `E` is its error class, for the fields that it has in addition to `code` and `message`. */
export function failureType<E extends DomainError = DomainError>(code: FailureCode): ObjectRef<Types, Failure<E>> {
  return FAILURE_TYPES.get(code) as ObjectRef<Types, Failure<E>>;
}

/** `INVALID_INPUT` becomes `InvalidInput`. */
export function typeNameOf(code: ErrorCode): string {
  return code.toLowerCase().replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());
}

builder.objectFields(failureType<InvalidInput>('INVALID_INPUT'), (t) => ({
  field: t.string({
    description: 'Name of the input field whose value is not allowed.',
    resolve: ({ error }) => error.field,
  }),
}));

builder.objectFields(failureType<RateLimited>('RATE_LIMITED'), (t) => ({
  retryAfterSeconds: t.int({
    description: 'Whole seconds to wait before the next request, at least 1.',
    resolve: ({ error }) => error.retryAfterSeconds,
  }),
}));

builder.objectFields(failureType<CaptchaRequired>('CAPTCHA_REQUIRED'), (t) => ({
  provider: t.field({
    type: CaptchaProviderEnum,
    description: 'Who makes the captcha. While the configured service does not answer, this is ALTCHA.',
    resolve: ({ error }) => error.challenge.provider,
  }),
  siteKey: t.string({
    nullable: true,
    description: 'Site key of the widget; null for ALTCHA.',
    resolve: ({ error }) => error.challenge.siteKey,
  }),
  challenge: t.string({
    description:
      'For ALTCHA, JSON with the fields parameters and signature, as altcha-lib creates it (version 2). Otherwise the text that stands before the token of the widget in the field captcha; also give it to Turnstile as cData.',
    resolve: ({ error }) => error.challenge.challenge,
  }),
}));

builder.objectFields(failureType<IncorrectCode>('INCORRECT_CODE'), (t) => ({
  triesLeft: t.int({
    description: 'Number of tries left before the attempt is closed; 0 when it is closed now.',
    resolve: ({ error }) => error.triesLeft,
  }),
}));

builder.objectFields(failureType<ConfirmationRequired>('CONFIRMATION_REQUIRED'), (t) => ({
  confirmationNumber: t.string({
    nullable: true,
    description:
      'Two digits to show in large type. The user sends them back by WhatsApp. Null when only an admin or an operator can approve the sign-in.',
    resolve: ({ error }) => error.confirmationNumber,
  }),
  expiresAt: t.field({
    type: 'DateTime',
    description: 'When the attempt expires, unless the sign-in is confirmed or approved.',
    resolve: ({ error }) => error.expiresAt,
  }),
}));

builder.objectFields(failureType<AttemptClosed>('ATTEMPT_CLOSED'), (t) => ({
  status: t.field({
    type: LoginAttemptStatusEnum,
    description: 'The final status of the attempt.',
    resolve: ({ error }) => error.status,
  }),
  failureReason: t.field({
    type: FailureReasonEnum,
    nullable: true,
    description: 'Why the attempt failed; null unless the status is FAILED.',
    resolve: ({ error }) => error.failureReason,
  }),
}));
