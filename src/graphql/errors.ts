import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { isStorageError } from '../db/storage-error.js';
import { DomainError } from '../domain-error.js';
import type { Locale } from '../locales/locale.js';
import { messagesIn } from '../locales/messages.js';
import type { Log } from '../log.js';

/**
 * An error as a client may see it: what it can mend (a bad document, missing authentication) as it is; anything else
 * without its insides, in the client's language, and logged whole.
 */
export function toClientError(error: GraphQLError, locale: Locale, log: Log): GraphQLFormattedError {
  const cause = error.originalError;
  if (!cause || cause instanceof GraphQLError) return withoutHttp(error.toJSON());
  const place = { ...(error.locations && { locations: error.locations }), ...(error.path && { path: error.path }) };
  const messages = messagesIn(locale);
  if (cause instanceof DomainError && cause.expose) {
    return { message: messages.errors[cause.code], ...place, extensions: { code: cause.code } };
  }
  if (isStorageError(cause)) {
    log.error({ event: 'graphql.storage_unavailable', path: error.path?.join('.'), error: cause });
    return { message: messages.unavailable, ...place, extensions: { code: 'UNAVAILABLE' } };
  }
  log.error({ event: 'graphql.bug', path: error.path?.join('.'), error: cause, stack: cause.stack });
  return { message: messages.internalError, ...place, extensions: { code: 'INTERNAL_SERVER_ERROR' } };
}

/** Yoga marks errors with the HTTP status it would answer: nothing that a client needs. */
function withoutHttp({ extensions, ...error }: GraphQLFormattedError): GraphQLFormattedError {
  const { http: _, ...rest } = extensions ?? {};
  return Object.keys(rest).length > 0 ? { ...error, extensions: rest } : error;
}
