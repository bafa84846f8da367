import { CloseCode } from 'graphql-ws';

/** RFC 6455: the server is shutting down. */
export const GOING_AWAY = 1001;
/** RFC 6455: the client breaks a rule of the server. */
export const POLICY_VIOLATION = 1008;
/** Registered by IANA: the server cannot help now. A client of graphql-ws connects again, unlike after 4500. */
export const TRY_AGAIN_LATER = 1013;

/**
 * The codes with which a client can see its WebSocket close, and what each means. For docs/reference/errors.md. The codes
 * from 4400 are those of graphql-transport-ws.
 */
export const CLOSE_CODES: Record<number, string> = {
  [GOING_AWAY]: 'The gateway is shutting down.',
  1006: 'The connection ended without a close code. The gateway ends a connection in this way if the client does not answer a ping or does not read.',
  [POLICY_VIOLATION]: 'The client sends more messages than the gateway handles.',
  1009: 'A message of the client is too large.',
  [TRY_AGAIN_LATER]: 'The database cannot be reached, so the gateway could not handle a message.',
  [CloseCode.BadRequest]: 'A message of the client is not valid.',
  [CloseCode.Unauthorized]: 'The client sent `subscribe` before the gateway sent `connection_ack`.',
  [CloseCode.Forbidden]: 'The access token is not valid or has expired, or its session has ended.',
  [CloseCode.SubprotocolNotAcceptable]: 'The client does not use the subprotocol `graphql-transport-ws`.',
  [CloseCode.ConnectionInitialisationTimeout]: 'The client did not send `connection_init` in time.',
  [CloseCode.SubscriberAlreadyExists]: 'The client started an operation with the ID of an operation that still runs.',
  [CloseCode.TooManyInitialisationRequests]: 'The client sent `connection_init` more than once.',
  [CloseCode.InternalServerError]: 'A bug of the gateway. Its log has the details.',
};
