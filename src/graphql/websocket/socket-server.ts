import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { GraphQLSchema } from 'graphql';
import { handleProtocols } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import { createIpCount } from '../../guard/ip-count.js';
import { SOCKETS_PER_CLIENT } from '../../guard/limits.js';
import type { Log } from '../../log.js';
import type { Deadlines } from '../../realtime/deadlines.js';
import type { GraphqlContext } from '../context.js';
import type { Documents } from '../documents.js';
import { GOING_AWAY } from './close-codes.js';
import { createHeartbeat } from './heartbeat.js';
import { createProtocol } from './protocol.js';
import { serveSocket } from './serve-socket.js';
import { createSessionSockets } from './session-sockets.js';

/** GraphQL over WebSocket: graphql-transport-ws, for subscriptions and queries. */
export interface GraphqlSocketServer {
  /** Takes over an upgrade request that has passed the origin check. */
  open(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Number of open sockets. */
  sockets(): number;
  /** Closes every socket (1001) and waits until all are closed, at most two seconds. */
  close(): Promise<void>;
}

export const MAX_MESSAGE_BYTES = 64 * 1024;
const CLOSE_TIMEOUT_MS = 2_000;

export function createGraphqlSocketServer(deps: {
  schema: GraphQLSchema;
  documents: Documents;
  createContext: (request: IncomingMessage) => GraphqlContext;
  /** Calls the listener for each session that ends from now on. */
  onRevoked: (listener: (sessionId: string) => void) => () => void;
  deadlines: Deadlines;
  log: Log;
}): GraphqlSocketServer {
  const { createContext, log } = deps;
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols,
    closeTimeout: CLOSE_TIMEOUT_MS,
    perMessageDeflate: false,
  } as ConstructorParameters<typeof WebSocketServer>[0]); // the types do not know closeTimeout
  const protocol = createProtocol(deps);
  const heartbeat = createHeartbeat();
  const sessions = createSessionSockets(deps);
  const ipCount = createIpCount(SOCKETS_PER_CLIENT);

  return {
    open(request, socket, head) {
      const context = createContext(request);
      const leave = ipCount.acquire(context.client.ip);
      if (!leave) {
        log.warn({ event: 'websocket.refused', reason: 'too_many_sockets', ip: context.client.ip });
        return void socket.end('HTTP/1.1 429 Too Many Requests\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      }
      socket.once('close', leave); // also when the handshake fails
      server.handleUpgrade(request, socket, head, (webSocket) => {
        heartbeat.add(webSocket);
        serveSocket(webSocket, { context, admit: () => sessions.admit(webSocket, context) }, { protocol, log });
      });
    },
    sockets: () => server.clients.size,
    async close() {
      heartbeat.stop();
      sessions.stop();
      for (const socket of server.clients) socket.close(GOING_AWAY, 'Going away');
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
