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
  if (!cause || cause instanceof GraphQLError) return describeRequestError(error);
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

/**
 * A mistake in the request itself. GraphQL's messages quote the values they complain about, and a value can be a secret
 * or a code that then ends in a client's log; Yoga adds the HTTP status it would answer. Both are taken out.
 */
export function describeRequestError(error: GraphQLError): GraphQLFormattedError {
  const { message, extensions, ...rest } = error.toJSON();
  const { http: _, ...kept } = extensions ?? {};
  return { message: withoutValues(message), ...rest, ...(Object.keys(kept).length > 0 ? { extensions: kept } : {}) };
}

export function withoutValues(message: string): string {
  return message
    .replace(
      / got invalid value .*((?: at "[\w.[\]]+")?; (?:Field|Expected|Unknown|[A-Z][A-Za-z]* cannot represent|Value|Enum) )/s,
      ' got an invalid value$1',
    )
    .replace(/(cannot represent [^:]*value): .*/s, '$1.')
    .replace(/, found .*/s, ', found another.')
    .replace(/(Value|Enum "[^"]*" cannot represent[^:]*:?) ".*?" (?=does not exist)/s, '$1 ');
}
