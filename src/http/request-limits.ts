import type { IncomingMessage, ServerResponse } from 'node:http';
import { clientIp } from '../guard/networks/client-ip.js';
import { createIpCount } from '../guard/floods/ip-count.js';
import { OPEN_BODIES_PER_CLIENT, REQUESTS_AT_ONCE_PER_CLIENT, requestsPerClient } from '../guard/limits.js';
import { createNetworkBudget } from '../guard/floods/network-budget.js';
import type { ConnectionSettings } from './connections.js';
import type { Reading } from './reading.js';
import type { RecordRefusal } from './record-refusal.js';
import type { Refusals } from './refusals.js';
import { refuse } from './respond.js';

/** How long a refusal is held back, so that a client that repeats its request does so once a second. */
export const REFUSAL_DELAY_MS = 1_000;

/**
 * Which requests of a route are limited. The machines that call some routes send all their requests from one address, and must not be
 * refused because there are many. A proxy names its clients, so those are limited there too.
 */
export type LimitedRequests = 'all' | 'none' | 'of clients of a proxy' | 'of clients of a proxy that fail';

/** A wrong token takes the time of several other requests. */
export const FAILED_REQUEST_COST = 5;

/** Limits the requests of each client network, whatever they ask for. */
export interface RequestLimits {
  /** Counts a request until it is answered, or refuses it. @returns whether it may go on */
  admit(request: IncomingMessage, response: ServerResponse): boolean;
}

export function createRequestLimits(
  settings: ConnectionSettings,
  deps: {
    reading: Reading;
    limitedOf: (request: IncomingMessage) => LimitedRequests;
    recordRefusal: RecordRefusal;
    refusals: Refusals;
  },
): RequestLimits {
  const { reading, limitedOf, recordRefusal, refusals } = deps;
  const { trustedProxyHops, production } = settings;
  const budget = createNetworkBudget({ ...requestsPerClient(settings.clientOperationsPerSecond), production });
  const pending = createIpCount(REQUESTS_AT_ONCE_PER_CLIENT, settings);
  const bodies = createIpCount(OPEN_BODIES_PER_CLIENT, settings);

  function refuseRequest(response: ServerResponse, waitMs: number): void {
    if (!response.closed)
      refuse(response.setHeader('retry-after', Math.ceil(Math.max(1, waitMs / 1000))), {
        status: 429,
        error: 'TOO_MANY_REQUESTS',
      });
  }

  function refuseAndClose(response: ServerResponse, ip: string): false {
    recordRefusal({ rule: 'requests', ip });
    const answer = () => refuseRequest(response.setHeader('connection', 'close'), 0);
    // A body that nobody reads waits in memory.
    if (hasBody(response.req)) answer();
    else refusals.hold({ ip, connection: response }, answer);
    return false;
  }

  return {
    admit(request, response) {
      const { socket, headers } = request;
      const ip = clientIp(socket.remoteAddress, headers['x-forwarded-for'], trustedProxyHops);
      reading.attribute(request, ip);
      const limited = limitedOf(request);
      const isNamedByProxy = trustedProxyHops > 0 && headers['x-forwarded-for'] !== undefined;
      if (limited === 'none' || (limited !== 'all' && !isNamedByProxy)) return true;
      const leave = pending.acquire(ip);
      if (!leave) return refuseAndClose(response, ip);
      response.once('close', leave);
      const waitMs = budget.waitMs(ip);
      if (waitMs > 0 || reading.isExhausted(ip)) {
        recordRefusal({ rule: 'requests', ip });
        refusals.hold({ ip, connection: response, atLeastMs: REFUSAL_DELAY_MS }, () => refuseRequest(response, waitMs));
        return false;
      }
      if (limited !== 'of clients of a proxy that fail') budget.charge(ip, 1);
      else response.once('close', () => response.statusCode >= 400 && budget.charge(ip, FAILED_REQUEST_COST));
      if (!hasBody(request)) return true;
      const bodyEnded = bodies.acquire(ip);
      if (!bodyEnded) return refuseAndClose(response, ip);
      request.once('close', bodyEnded);
      return true;
    },
  };
}

/** RFC 9112, 6.3. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
