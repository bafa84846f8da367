import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { GraphQLError, type GraphQLSchema, getOperationAST } from 'graphql';
import { handleProtocols, makeServer } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { createIpCount } from '../../guard/ip-count.js';
import { SOCKETS_PER_CLIENT, SUBSCRIPTIONS_PER_SOCKET } from '../../guard/limits.js';
import { wishedLocale } from '../../locales/locale.js';
import type { Log } from '../../log.js';
import type { Deadlines } from '../../realtime/deadlines.js';
import { type GraphqlContext, readBearer } from '../context.js';
import { type Documents, isDocument } from '../documents.js';
import { describeRequestError, toClientError } from '../errors.js';
import { createHeartbeat } from './heartbeat.js';
import { OperationIds } from './operation-ids.js';
import { createSessionSockets } from './session-sockets.js';

/** GraphQL over WebSocket: graphql-transport-ws, for subscriptions and queries. */
export interface GraphqlSocketServer {
  /** Takes over an upgrade that has passed the origin check. */
  open(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  sockets(): number;
  /** Says goodbye (1001) and waits until all are gone, at most two seconds. */
  close(): Promise<void>;
}

const MAX_MESSAGE_BYTES = 64 * 1024;
const INIT_TIMEOUT_MS = 3_000;
const CLOSE_TIMEOUT_MS = 2_000;
const BAD_MESSAGE = 4400;
/** What may wait for a client to read it. */
const MAX_UNREAD_BYTES = 1024 * 1024;

/** One socket, as graphql-ws hands it to us. */
interface Connection {
  context: GraphqlContext;
  /** Ties the socket to the session of its access token. @returns whether that is good. */
  admit: () => Promise<boolean>;
}

export function createGraphqlSocketServer(parts: {
  schema: GraphQLSchema;
  documents: Documents;
  createContext: (request: IncomingMessage) => GraphqlContext;
  /** Calls for each session that ends from now on. */
  onRevoked: (listener: (sessionId: string) => void) => () => void;
  deadlines: Deadlines;
  log: Log;
}): GraphqlSocketServer {
  const { schema, documents, createContext, onRevoked, deadlines, log } = parts;
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols,
    closeTimeout: CLOSE_TIMEOUT_MS,
    perMessageDeflate: false,
  } as ConstructorParameters<typeof WebSocketServer>[0]);
  const places = createIpCount(SOCKETS_PER_CLIENT);

  const protocol = makeServer<Record<string, unknown>, Connection>({
    connectionInitWaitTimeout: INIT_TIMEOUT_MS,
    async onConnect({ connectionParams, extra: { context, admit } }) {
      const authorization = connectionParams?.['authorization'] ?? connectionParams?.['Authorization'];
      context.bearer = readBearer(authorization);
      // A token that is shown must be good: then the client learns here, and only here, that it should refresh.
      if (authorization !== undefined && !(await admit())) return false; // closes with 4403
      const locale = connectionParams?.['locale'];
      if (typeof locale === 'string')
        context.client = { ...context.client, locale: wishedLocale(locale, context.client.locale) };
      return true;
    },
    onSubscribe({ subscriptions, extra }, _id, { query, operationName, variables }) {
      if (Object.keys(subscriptions).length > SUBSCRIPTIONS_PER_SOCKET) {
        return [
          new GraphQLError(`At most ${SUBSCRIPTIONS_PER_SOCKET} operations a socket.`, {
            extensions: { code: 'TOO_MANY_OPERATIONS' },
          }),
        ];
      }
      const prepared = documents.prepare(query);
      if (!isDocument(prepared)) return prepared;
      if (getOperationAST(prepared, operationName)?.operation === 'mutation') {
        return [new GraphQLError('Mutations go over HTTP POST.', { extensions: { code: 'MUTATION_OVER_WEBSOCKET' } })];
      }
      return {
        schema,
        document: prepared,
        operationName: operationName ?? null,
        variableValues: variables ?? null,
        contextValue: { ...extra.context }, // what is found out for one operation may be different for the next
      };
    },
    onError: (_context, _id, _payload, errors) => errors.map((error) => describeRequestError(error)),
    onNext({ extra }, _id, _payload, _args, result) {
      if (!result.errors) return undefined;
      return {
        ...result,
        errors: result.errors.map((error) => toClientError(error, extra.context.client.locale, log)),
      } as never;
    },
  });

  const heartbeat = createHeartbeat();
  const sessions = createSessionSockets({ onRevoked, deadlines });

  function serve(socket: WebSocket, context: GraphqlContext): void {
    socket.on('error', (error) => log.debug({ event: 'websocket.error', error })); // `close` follows
    heartbeat.add(socket);
    const ids = new OperationIds();
    /** Whatever a message makes us stumble over ends its own socket, never the process. */
    async function receive(data: string, handle: (data: string) => Promise<void>): Promise<void> {
      const message = ids.inbound(data);
      if (!message) return;
      try {
        await handle(message.data);
      } finally {
        message.ended();
      }
    }
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (data) =>
          new Promise((resolve, reject) => {
            if (socket.readyState !== socket.OPEN) return resolve();
            if (socket.bufferedAmount > MAX_UNREAD_BYTES) {
              socket.terminate(); // it asks and asks, and never reads
              return resolve();
            }
            socket.send(ids.outbound(data), (error) => (error ? reject(error) : resolve()));
          }),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (handle) =>
          socket.on('message', (data) => {
            receive((data as Buffer).toString(), handle).catch((error: unknown) => {
              if (socket.readyState !== socket.OPEN) return; // it left while we were answering
              log.warn({ event: 'websocket.message_failed', error });
              socket.close(BAD_MESSAGE, 'Bad message');
            });
          }),
      },
      { context, admit: () => sessions.admit(socket, context) },
    );
    socket.once('close', (code, reason) => {
      void closed(code, String(reason));
    });
  }

  return {
    open(request, socket, head) {
      const context = createContext(request);
      const leave = places.acquire(context.client.ip);
      if (!leave) {
        log.warn({ event: 'websocket.refused', reason: 'too_many_sockets', ip: context.client.ip });
        return void socket.end('HTTP/1.1 429 Too Many Requests\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      }
      socket.once('close', leave); // also when the handshake fails
      server.handleUpgrade(request, socket, head, (webSocket) => serve(webSocket, context));
    },
    sockets: () => server.clients.size,
    async close() {
      heartbeat.stop();
      sessions.stop();
      for (const socket of server.clients) socket.close(1001, 'Going away');
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
