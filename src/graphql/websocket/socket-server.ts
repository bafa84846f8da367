import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { GraphQLSchema } from 'graphql';
import { handleProtocols } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import { createIpCount } from '../../guard/floods/ip-count.js';
import { SOCKETS_PER_CLIENT } from '../../guard/limits.js';
import type { NetworkBudget } from '../../guard/floods/network-budget.js';
import type { FairQueue } from '../../guard/floods/fair-queue.js';
import type { TotalCount } from '../../guard/floods/total-count.js';
import { closeGradually } from '../../http/close-gradually.js';
import type { Refusal } from '../../http/refusal.js';
import { refuseOnSocket } from '../../http/refuse-on-socket.js';
import type { RefuseUpgrade } from '../../http/refuse-upgrade.js';
import type { StandardHeaders } from '../../http/standard-headers.js';
import { createLogThrottle } from '../../log-throttle.js';
import type { Log } from '../../log.js';
import type { Deadlines } from '../../realtime/deadlines.js';
import type { GraphqlContext } from '../context.js';
import type { Documents } from '../documents.js';
import type { ExecuteInTurn } from '../execute-in-turn.js';
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
  /** Closes every socket (1001) within `overMs`, and waits until all are closed, at most two seconds more. */
  close(overMs: number): Promise<void>;
}

/**
 * Much more than the subscriptions of our clients need. A message of many small values takes twenty times its size in
 * memory while it is handled.
 */
export const MAX_MESSAGE_BYTES = 8 * 1024;
const CLOSE_TIMEOUT_MS = 2_000;
/** Refused upgrades and floods of messages are logged at most this often. */
const HOSTILE_LOG_MS = 1_000;

export function createGraphqlSocketServer(deps: {
  schema: GraphQLSchema;
  documents: Documents;
  createContext: (request: IncomingMessage) => GraphqlContext;
  /** Calls the listener for each session that ends from now on. */
  onRevoked: (listener: (sessionId: string) => void) => () => void;
  deadlines: Deadlines;
  fairQueue: FairQueue;
  cpuTime: NetworkBudget;
  operations: NetworkBudget;
  executeInTurn: ExecuteInTurn;
  /** Counts event streams too. */
  totalCount: TotalCount;
  production: boolean;
  refuseUpgrade: RefuseUpgrade;
  /** Headers of every answer. */
  headers: StandardHeaders;
  log: Log;
}): GraphqlSocketServer {
  const { createContext, headers, cpuTime, totalCount, fairQueue, refuseUpgrade, log } = deps;
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols,
    closeTimeout: CLOSE_TIMEOUT_MS,
    perMessageDeflate: false,
    autoPong: false, // a ping waits for its turn like every message
    maxFragments: 64,
  } as ConstructorParameters<typeof WebSocketServer>[0]); // the types do not know closeTimeout
  server.on('headers', (lines) => lines.push(...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)));
  // Without a listener, ws answers itself, without our headers.
  server.on('wsClientError', (_, socket) => refuseOnSocket(socket, { status: 400, error: 'BAD_REQUEST' }, headers));
  const protocol = createProtocol(deps);
  const heartbeat = createHeartbeat();
  const sessions = createSessionSockets(deps);
  const ipCount = createIpCount(SOCKETS_PER_CLIENT, deps);
  const mayLog = createLogThrottle(HOSTILE_LOG_MS);
  const report = (event: 'websocket.refused' | 'websocket.flood', fields: { ip: string; reason?: string }) => {
    const due = mayLog();
    if (due) log.warn({ event, ...fields, ...due });
  };

  let isClosed = false;
  const onFlood = (ip: string) => report('websocket.flood', { ip });

  return {
    open(request, socket, head) {
      // On a connection that a proxy has kept.
      if (isClosed) return refuseUpgrade(request, socket, { status: 503, error: 'UNAVAILABLE' });
      const context = createContext(request);
      const { ip } = context.client;
      const refuse = (refusal: Refusal, reason: string) => {
        report('websocket.refused', { reason, ip });
        context.login.guardEvents.record({ rule: 'sockets', action: 'refused', ip });
        refuseUpgrade(request, socket, refusal);
      };
      if (cpuTime.waitMs(ip) > 0) return refuse({ status: 429, error: 'TOO_MANY_SOCKETS' }, 'cpu_time');
      const leave = ipCount.acquire(ip);
      if (!leave) return refuse({ status: 429, error: 'TOO_MANY_SOCKETS' }, 'too_many_sockets');
      socket.once('close', leave); // also when the handshake fails
      const leaveTotal = totalCount.acquire();
      if (!leaveTotal) return refuse({ status: 503, error: 'UNAVAILABLE' }, 'too_many_in_total');
      socket.once('close', leaveTotal);
      fairQueue.enqueue(ip, () => {
        server.handleUpgrade(request, socket, head, (webSocket) => {
          heartbeat.add(webSocket);
          const connection = { context, admit: () => sessions.admit(webSocket, context) };
          serveSocket(webSocket, connection, { ...deps, stream: socket, protocol, onFlood });
        });
      });
    },
    sockets: () => server.clients.size,
    async close(overMs) {
      await closeGradually(
        () => server.clients,
        (socket) => socket.close(GOING_AWAY, 'Going away'),
        overMs,
      );
      isClosed = true;
      heartbeat.stop();
      sessions.stop();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
