import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { isStorageError } from '../db/storage-error.js';
import { DomainError, InvalidInput } from '../domain-error.js';
import type { Locale } from '../locales/locale.js';
import { messagesIn } from '../locales/messages.js';
import type { Log } from '../log.js';

/**
 * An error as a client may see it: what it can mend (a bad document, missing authentication) as it is; anything else
 * without its insides, in the client's language, and logged whole.
 */
export function toClientError(error: GraphQLError, locale: Locale | undefined, log: Log): GraphQLFormattedError {
  const cause = error.originalError;
  if (!cause || cause instanceof GraphQLError) {
    // With a path it came up while a field was answered: the arguments were wrong, or what we answered was.
    if (error.path) log.warn({ event: 'graphql.field_refused', path: error.path.join('.') });
    return describeRequestError(error);
  }
  const place = { ...(error.locations && { locations: error.locations }), ...(error.path && { path: error.path }) };
  const messages = messagesIn(locale ?? 'en');
  if (cause instanceof DomainError && cause.expose) {
    const field = cause instanceof InvalidInput ? { field: cause.field } : {};
    return { message: messages.errors[cause.code], ...place, extensions: { code: cause.code, ...field } };
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
  const { http: _, code, ...kept } = extensions ?? {};
  // Yoga has codes of its own for what is one thing to a client: the request was not good.
  const ours = typeof code === 'string' && !code.startsWith('GRAPHQL_') ? code : 'BAD_REQUEST';
  return { message: withoutValues(message), ...rest, extensions: { ...kept, code: ours } };
}

/** What GraphQL says of a wrong value, at the end of its message, that quotes names only. */
const REASON =
  /(Field "\w+" (?:of required type "[\w![\]]+" was not provided|is not defined by type "\w+")|Expected (?:non-nullable )?type "[\w![\]]+" (?:not to be null|to be an object))\.(?: Did you mean [^?]*\?)?$/;

export function withoutValues(message: string): string {
  const variable = /^(Variable "\$\w+" got )invalid value /.exec(message)?.[1];
  if (variable) return `${variable}an invalid value. ${REASON.exec(message)?.[1] ?? 'See its type in the schema'}.`;
  return message
    .replace(/(cannot represent [^:]*value): .*/s, '$1.')
    .replace(/, found .*/s, ', found another.')
    .replace(/^Value ".*" does not exist/s, 'The value does not exist')
    .replace(/(Unexpected (?:Name|Int|Float|String|BlockString)) ".*"/s, '$1')
    .replace(/( Invalid character| Unterminated string| Invalid .*escape sequence).*/s, '$1.');
}
