/**
 * What `extensions.code` of an entry of `errors` can be, in addition to the codes of src/domain-error.ts, and what it means. For
 * docs/reference/errors.md; a test finds the codes in the sources and demands an entry for each.
 */
export const REQUEST_ERROR_CODES = {
  BAD_REQUEST: 'The document is not valid for the schema, or the HTTP request is wrong. The message says how.',
  ONE_ROOT_FIELD_ONLY: 'The mutation document has more than one root field.',
  OPERATION_TOO_LARGE:
    'The document is too long or too deep, or has too many fields, fields with the same name, aliases, directives, fragments or operations. Or an `_entities` query has too many representations.',
  UNSUPPORTED_MEDIA_TYPE: 'The request is not JSON. HTTP status 415.',
  PAYLOAD_TOO_LARGE: 'The request body is too large. HTTP status 413.',
  NOT_ACCEPTABLE: 'The gateway cannot answer in any format that the Accept header names. HTTP status 406.',
  TOO_MANY_STREAMS: 'This client has too many event streams open. HTTP status 429.',
  TOO_MANY_OPERATIONS: 'This WebSocket has too many subscriptions.',
  MUTATION_OVER_WEBSOCKET: 'The mutation was sent over a WebSocket.',
  UNAVAILABLE: 'The database cannot be reached.',
  INTERNAL_SERVER_ERROR: 'A bug of the gateway. Its log has the details.',
} as const;
