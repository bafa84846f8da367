import type { IncomingMessage, ServerResponse } from 'node:http';
import { clientIp } from '../guard/client-ip.js';
import { createIpCount } from '../guard/ip-count.js';
import { OPEN_BODIES_PER_CLIENT, REQUESTS_AT_ONCE_PER_CLIENT, requestsPerClient } from '../guard/limits.js';
import { createNetworkBudget } from '../guard/network-budget.js';
import type { ConnectionSettings } from './connections.js';
import type { Reading } from './reading.js';
import { refuse } from './respond.js';

/** How long a refusal is held back, so that a client that repeats its request does so once a second. */
const REFUSAL_DELAY_MS = 1_000;

/** Limits the requests of each client network, whatever they ask for. */
export interface RequestLimits {
  /** Counts a request until it is answered, or refuses it. @returns whether it may go on */
  admit(request: IncomingMessage, response: ServerResponse): boolean;
}

/** @param isLimited false for a route that machines call, whose requests can all come from one address */
export function createRequestLimits(
  settings: ConnectionSettings,
  { reading, isLimited }: { reading: Reading; isLimited: (request: IncomingMessage) => boolean },
): RequestLimits {
  const { trustedProxyHops, production } = settings;
  const budget = createNetworkBudget({ ...requestsPerClient(settings.clientOperationsPerSecond), production });
  const pending = createIpCount(REQUESTS_AT_ONCE_PER_CLIENT, settings);
  const bodies = createIpCount(OPEN_BODIES_PER_CLIENT, settings);

  function refuseRequest(response: ServerResponse, waitMs: number): false {
    if (!response.closed)
      refuse(response.setHeader('retry-after', Math.ceil(Math.max(1, waitMs / 1000))), {
        status: 429,
        error: 'TOO_MANY_REQUESTS',
      });
    return false;
  }

  return {
    admit(request, response) {
      const { socket, headers } = request;
      const ip = clientIp(socket.remoteAddress, headers['x-forwarded-for'], trustedProxyHops);
      reading.attribute(request, ip);
      if (!isLimited(request)) return true;
      const leave = pending.acquire(ip);
      if (!leave) return refuseRequest(response.setHeader('connection', 'close'), 0);
      response.once('close', leave);
      const waitMs = budget.waitMs(ip);
      if (waitMs > 0 || reading.isExhausted(ip)) {
        const timer = setTimeout(() => refuseRequest(response, waitMs), REFUSAL_DELAY_MS);
        response.once('close', () => clearTimeout(timer));
        return false;
      }
      budget.charge(ip, 1);
      if (!hasBody(request)) return true;
      const bodyEnded = bodies.acquire(ip);
      if (!bodyEnded) return refuseRequest(response.setHeader('connection', 'close'), 0);
      request.once('close', bodyEnded);
      return true;
    },
  };
}

/** RFC 9112, 6.3. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
