import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createFairQueue } from '../guard/floods/fair-queue.js';
import { readingMsPerClient } from '../guard/limits.js';
import { createNetworkBudget } from '../guard/floods/network-budget.js';
import type { Log } from '../log.js';
import { type ConnectionSettings, limitConnections } from './connections.js';
import { ignoreUpgrade, isWebSocketUpgrade } from './ignore-upgrade.js';
import { refuseMalformed } from './malformed-request.js';
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

/** The HTTP server. It listens before anything else starts, so that a port in use is reported first. */
export interface HttpServer {
  port: number;
  refusals: Refusals;
  refuseUpgrade: RefuseUpgrade;
  open(handlers: RequestHandlers): void;
  /**
   * Accepts no new connection, lets running requests finish within `graceMs`, then closes the rest. A second call does
   * nothing.
   */
  close(graceMs: number): Promise<void>;
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
}

export async function listen(settings: ServerSettings, log: Log): Promise<HttpServer> {
  const { port, host } = settings;
  const headers = standardHeaders(settings);
  let handlers: RequestHandlers | undefined;
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

  function serve(request: IncomingMessage, response: ServerResponse): void {
    response.setHeaders(new Map(Object.entries(headers)));
    if (!limits.admit(request, response)) return;
    // RFC 9112, 3.2. Node's own answer to it has no headers.
    if (request.headers.host === undefined && request.httpVersion === '1.1')
      return refuse(response, { status: 400, error: 'BAD_REQUEST', message: 'The request has no Host header.' });
    const route = routeOf(pathOf(request), handlers?.routes);
    const handler = route === undefined ? undefined : handlers?.routes.get(route);
    if (!handlers) return respondJson(response.setHeader('retry-after', '1'), 503, { status: 'starting' });
    const refused = handlers.refusal(request);
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
      const refused: Refusal | undefined = handlers
        ? handlers.refusal(request)
        : { status: 503, error: 'UNAVAILABLE', message: 'The gateway is starting.' };
      if (refused) refuseUpgrade(request, socket, refused);
      else handlers?.upgrade(request, socket, head);
    });
  });
  server.maxHeadersCount = 0; // above 2,000, Node.js would drop those that a proxy adds last
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = 65_000; // longer than the 60 s that proxies keep an idle connection
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound ? bound.port : port,
    refusals,
    refuseUpgrade,
    open: (opened) => void (handlers = opened),
    close(graceMs) {
      refusals.release();
      return close(server, graceMs);
    },
  };
}

async function close(server: Server, graceMs: number): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection becomes idle when its request is answered. Keep-alive would hold it open for a minute.
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(idle);
  clearTimeout(timer);
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
export function pathOf({ url = '/' }: IncomingMessage): string {
  const end = url.indexOf('?');
  const path = end === -1 ? url : url.slice(0, end);
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
