import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { type Socket, Server as NetServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { createFairQueue } from '../guard/floods/fair-queue.js';
import { readingMsPerClient } from '../guard/limits.js';
import { createNetworkBudget } from '../guard/floods/network-budget.js';
import type { Log } from '../log.js';
import { type ConnectionSettings, limitConnections } from './connections.js';
import { ignoreUpgrade, isWebSocketUpgrade } from './ignore-upgrade.js';
import { listen } from './listen.js';
import { refuseMalformed } from './malformed-request.js';
import { withoutPublicPath } from './public-path.js';
import type { Refusal } from './refusal.js';
import { type Refusals, createRefusals } from './refusals.js';
import { type RefuseUpgrade, createRefuseUpgrade } from './refuse-upgrade.js';
import { createReading } from './reading.js';
import type { RecordRefusal } from './record-refusal.js';
import { type LimitedRequests, createRequestLimits } from './request-limits.js';
import { createRequestTurns } from './request-turns.js';
import { refuse, respondJson } from './respond.js';
import { standardHeaders } from './standard-headers.js';

export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** The handlers to which the server passes requests when the gateway is ready. */
export interface RequestHandlers {
  /** Handlers by path, without trailing slash. A path that ends with a slash serves every path below it. */
  routes: ReadonlyMap<string, Handler>;
  /** The routes whose requests are not all limited. */
  limitedRequests: ReadonlyMap<string, LimitedRequests>;
  /** Why a request is not served, whatever its path. Upgrades pass it too. */
  refusal(request: IncomingMessage): Refusal | undefined;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  recordRefusal: RecordRefusal;
}

/** The HTTP server. It accepts no connection before the gateway can answer it. */
export interface HttpServer {
  refusals: Refusals;
  refuseUpgrade: RefuseUpgrade;
  /** Accepts connections from now on. @returns the port */
  listen(handlers: RequestHandlers): Promise<number>;
  /** Accepts no new connection, and asks the clients of open ones to use each for one more request at most. */
  stopListening(): void;
  /** Stops listening and waits until all connections have ended. A second call does nothing. */
  close(times: CloseTimes): Promise<void>;
}

/** In milliseconds. */
export interface CloseTimes {
  /** How long running requests may take. Then their connections are closed. */
  graceMs: number;
  /** How long a connection without a request stays open, because a proxy may be sending one on it. */
  idleMs: number;
}

/** How long a client may take to send the headers of a request, and all of it. */
export const HEADERS_TIMEOUT_MS = 10_000;
export const REQUEST_TIMEOUT_MS = 30_000;
/** How often Node.js looks for clients that take longer. */
const TIMEOUT_CHECK_MS = 1_000;

interface ServerSettings extends ConnectionSettings {
  port: number;
  host: string;
  publicUrl: string;
  publicPath: string;
}

export function createHttpServer(settings: ServerSettings, log: Log): HttpServer {
  const { port, host, publicPath } = settings;
  const headers = standardHeaders(settings);
  let handlers: RequestHandlers | undefined;
  let closed: Promise<unknown> | undefined;
  const turns = createRequestTurns((socket) => reading.proceed(socket));
  const { production, trustedProxyHops, clientOperationsPerSecond } = settings;
  const cpuTime = createNetworkBudget({ ...readingMsPerClient(clientOperationsPerSecond), production });
  const reading = createReading({
    isDirect: trustedProxyHops === 0,
    cpuTime,
    fairQueue: createFairQueue(cpuTime),
    areWaiting: turns.areWaiting,
  });
  const limitedOf = (request: IncomingMessage) =>
    handlers?.limitedRequests.get(routeOf(pathOf(request), handlers.routes) ?? '') ?? 'all';
  const recordRefusal: RecordRefusal = (refused) => handlers?.recordRefusal(refused);
  const refusals = createRefusals(settings);
  const refuseUpgrade = createRefuseUpgrade({ refusals, trustedProxyHops, headers });
  const limits = createRequestLimits(settings, { reading, limitedOf, recordRefusal, refusals });

  /**
   * Some proxies pass the path of PUBLIC_URL on, others remove it. A route that has the requested path comes first: with
   * the path `/auth`, a proxy asks for `/auth/verify`.
   */
  function removePublicPath(request: IncomingMessage): void {
    const url = withoutPublicPath(request.url ?? '', publicPath);
    if (url === undefined || handlers?.routes.has(pathOf(request))) return;
    if (routeOf(pathOf({ url }), handlers?.routes) !== undefined) request.url = url;
  }

  function serve(request: IncomingMessage, response: ServerResponse): void {
    removePublicPath(request);
    response.setHeaders(new Map(Object.entries(headers)));
    if (closed) response.setHeader('connection', 'close');
    if (!limits.admit(request, response)) return;
    // RFC 9112, 3.2. Node's own answer to it has no headers.
    if (request.headers.host === undefined && request.httpVersion === '1.1')
      return refuse(response, { status: 400, error: 'BAD_REQUEST', message: 'The request has no Host header.' });
    const route = routeOf(pathOf(request), handlers?.routes);
    const handler = route === undefined ? undefined : handlers?.routes.get(route);
    const refused = handlers?.refusal(request);
    if (refused) return refuse(response, refused);
    if (!handler) return respondJson(response, 404, { error: 'NOT_FOUND' });
    Promise.resolve()
      .then(() => handler(request, response))
      .catch((error: unknown) => {
        if (request.destroyed && !request.complete) return; // the client disconnected before the end of its request
        log.error({ event: 'http.bug', path: route, error, stack: error instanceof Error ? error.stack : undefined });
        if (response.headersSent) response.destroy();
        else respondJson(response, 500, { error: 'INTERNAL_SERVER_ERROR' });
      });
  }

  const server = createServer(
    { requireHostHeader: false, connectionsCheckingInterval: TIMEOUT_CHECK_MS },
    (request, response) => turns.take(request, response, () => serve(request, response)),
  );
  limitConnections(server, { settings, onOpen: reading.take, recordRefusal, log });
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) =>
    turns.take(request, response, () => {
      response.setHeaders(new Map(Object.entries(headers)));
      refuse(response, { status: 417, error: 'EXPECTATION_FAILED' });
    }),
  );
  server.on('clientError', (error, socket) => {
    reading.stop(socket as Socket);
    refuseMalformed(error, socket, headers);
  });
  const destroyOnError = function (this: Duplex) {
    this.destroy();
  };
  server.on('upgrade', (request, socket, head) => {
    reading.release(request.socket);
    socket.on('error', destroyOnError);
    turns.afterAnswer(request.socket, () => {
      if (!isWebSocketUpgrade(request)) {
        socket.off('error', destroyOnError);
        return ignoreUpgrade(server, { request, socket, head });
      }
      removePublicPath(request);
      const refused = handlers?.refusal(request);
      if (refused) refuseUpgrade(request, socket, refused);
      else handlers?.upgrade(request, socket, head);
    });
  });
  server.maxHeadersCount = 0; // above 2,000, Node.js would drop those that a proxy adds last
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = 65_000; // longer than the 60 s that proxies keep an idle connection

  function stopListening(): void {
    if (closed || !server.listening) return;
    closed = once(server, 'close');
    // That of node:http would close idle connections at once, on which a proxy may be sending a request.
    NetServer.prototype.close.call(server);
  }

  return {
    refusals,
    refuseUpgrade,
    async listen(opened) {
      handlers = opened;
      return listen(server, { port, host });
    },
    stopListening,
    async close(times) {
      refusals.release();
      stopListening();
      if (closed) await endConnections(server, closed, times);
    },
  };
}

async function endConnections(
  server: Server,
  closed: Promise<unknown>,
  { graceMs, idleMs }: CloseTimes,
): Promise<void> {
  let interval: NodeJS.Timeout | undefined;
  const idle = setTimeout(() => {
    interval = setInterval(() => server.closeIdleConnections(), 50);
  }, idleMs);
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(idle);
  clearInterval(interval);
  clearTimeout(timer);
  server.close(); // ends the timer with which node:http looks for slow requests
}

/**
 * The handler of a path: that of the path itself, or of the nearest route above it. The rest of the path can be a
 * secret, so it is not logged.
 */
function routeOf(path: string, routes: RequestHandlers['routes'] | undefined): string | undefined {
  if (routes?.has(path)) return path;
  let nearest: string | undefined;
  for (const route of routes?.keys() ?? [])
    if (route.endsWith('/') && path.startsWith(route) && route.length > (nearest?.length ?? 1)) nearest = route;
  return nearest;
}

/** The path of a request, without the query and without a trailing slash. */
export function pathOf({ url = '/' }: Pick<IncomingMessage, 'url'>): string {
  const end = url.indexOf('?');
  const path = end === -1 ? url : url.slice(0, end);
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
