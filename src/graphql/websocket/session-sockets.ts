import type { WebSocket } from 'ws';
import type { Deadlines } from '../../realtime/deadlines.js';
import { CLOCK_SKEW_SECONDS } from '../../sessions/token-lifetimes.js';
import { type GraphqlContext, claimsOf } from '../context.js';

/** graphql-transport-ws: Forbidden. The client may refresh, and come again. */
const FORBIDDEN = 4403;

/** Sockets that showed an access token: they live as long as it does, and as its session (R24). */
export interface SessionSockets {
  /** @returns whether the token is good; then the socket is closed when it no longer is. */
  admit(socket: WebSocket, context: GraphqlContext): Promise<boolean>;
  stop(): void;
}

export function createSessionSockets(deps: {
  onRevoked: (listener: (sessionId: string) => void) => () => void;
  deadlines: Deadlines;
}): SessionSockets {
  const { onRevoked, deadlines } = deps;
  const bySession = new Map<string, Set<WebSocket>>();

  const unsubscribe = onRevoked((sessionId) => {
    for (const socket of bySession.get(sessionId) ?? []) socket.close(FORBIDDEN, 'Session ended');
  });

  return {
    async admit(socket, context) {
      const claims = await claimsOf(context);
      if (!claims || socket.readyState !== socket.OPEN) return false;
      const { sessionId, expiresAt } = claims;
      const sockets = bySession.get(sessionId) ?? new Set();
      bySession.set(sessionId, sockets.add(socket));
      // By our clock it may have ended already: then it is forgiven as long as clocks may differ.
      const end = expiresAt.getTime();
      const dueAt = end > Date.now() ? end : end + CLOCK_SKEW_SECONDS * 1000;
      const deadline = { dueAt, wake: () => socket.close(FORBIDDEN, 'Access token expired') };
      deadlines.add(deadline);
      socket.once('close', () => {
        deadlines.remove(deadline);
        sockets.delete(socket);
        if (sockets.size === 0) bySession.delete(sessionId);
      });
      return true;
    },
    stop: unsubscribe,
  };
}
