import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { isStorageError } from '../db/storage-error.js';
import { DomainError, InvalidInput } from '../domain-error.js';
import type { Locale } from '../locales/locale.js';
import { messagesIn } from '../locales/messages.js';
import type { Log } from '../log.js';
import { hideValues } from './hide-values.js';

/**
 * An error in the form that the client may see. Every error in `errors` passes through here, over HTTP, SSE and
 * WebSocket. For a mistake of the client (a bad document, missing authentication) the answer says what is wrong. Any
 * other error is logged in full, and the answer has no details.
 */
export function maskError(
  error: GraphQLError,
  { locale, log }: { locale: Locale | undefined; log: Log },
): GraphQLFormattedError {
  const cause = error.originalError;
  // Errors that graphql-js itself reports have no cause, or one of its own errors as the cause.
  if (!cause || cause instanceof GraphQLError) return describeRequestError(error, log);

  const position = { ...(error.locations && { locations: error.locations }), ...(error.path && { path: error.path }) };
  const path = error.path?.join('.');
  const messages = messagesIn(locale ?? 'en');
  if (cause instanceof DomainError) {
    const field = cause instanceof InvalidInput ? { field: cause.field } : {};
    return { message: messages.errors[cause.code], ...position, extensions: { code: cause.code, ...field } };
  }
  if (isStorageError(cause)) {
    log.error({ event: 'graphql.storage_unavailable', path, error: cause });
    return { message: messages.unavailable, ...position, extensions: { code: 'UNAVAILABLE' } };
  }
  log.error({ event: 'graphql.bug', path, error: cause, stack: cause.stack });
  return { message: messages.internalError, ...position, extensions: { code: 'INTERNAL_SERVER_ERROR' } };
}

function describeRequestError(error: GraphQLError, log: Log): GraphQLFormattedError {
  // An error with a path occurred while a field was being answered: its arguments, or our own answer, did not fit the
  // schema.
  if (error.path) log.warn({ event: 'graphql.field_refused', path: error.path.join('.') });
  const { message, extensions, ...position } = error.toJSON();
  // Yoga adds the HTTP status of its answer, and has its own codes for a bad request.
  const { http: _, code, ...others } = extensions ?? {};
  const ours = typeof code === 'string' && !code.startsWith('GRAPHQL_') ? code : 'BAD_REQUEST';
  return { message: hideValues(message), ...position, extensions: { ...others, code: ours } };
}
