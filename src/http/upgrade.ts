import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Refusal } from './refusal.js';
import type { RefuseUpgrade } from './refuse-upgrade.js';
import { pathOf } from './server.js';

/**
 * Decides whether an upgrade to WebSocket is allowed. The WebSocket protocol checks no origin itself. A browser always
 * sends its origin, which must be an allowed one. Clients without an Origin header are allowed.
 */
export function createUpgrade(deps: {
  isAllowedOrigin: (origin: string) => boolean;
  refuseUpgrade: RefuseUpgrade;
  open: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  function refusal(request: IncomingMessage): Refusal | undefined {
    const { origin } = request.headers;
    if (pathOf(request) !== '/graphql') return { status: 404, error: 'NOT_FOUND' };
    return origin !== undefined && !deps.isAllowedOrigin(origin)
      ? { status: 403, error: 'ORIGIN_NOT_ALLOWED' }
      : undefined;
  }

  return (request, socket, head) => {
    const refused = refusal(request);
    if (refused) deps.refuseUpgrade(request, socket, refused);
    else deps.open(request, socket, head);
  };
}
