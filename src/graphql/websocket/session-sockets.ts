import { CloseCode } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Deadlines } from '../../realtime/deadlines.js';
import { CLOCK_SKEW_SECONDS } from '../../sessions/token-lifetimes.js';
import type { Sessions } from '../../sessions/create-sessions.js';
import { verifyBearer } from '../../sessions/verify-bearer.js';

/** The sockets that authenticated with a token. Each is closed when its token expires or its session ends (R24). */
export interface SessionSockets {
  /** @returns whether the token is valid; then the socket is closed when it no longer is. */
  admit(socket: WebSocket, context: { bearer: string | undefined; sessions: Sessions }): Promise<boolean>;
  stop(): void;
}

export function createSessionSockets(deps: {
  onRevoked: (listener: (sessionId: string) => void) => () => void;
  deadlines: Deadlines;
}): SessionSockets {
  const { onRevoked, deadlines } = deps;
  const bySession = new Map<string, Set<WebSocket>>();

  const unsubscribe = onRevoked((sessionId) => {
    for (const socket of bySession.get(sessionId) ?? []) socket.close(CloseCode.Forbidden, 'Session ended');
  });

  return {
    async admit(socket, context) {
      const claims = await verifyBearer({ bearer: context.bearer, kinds: ['access', 'gateway'] }, context.sessions);
      if (!claims || socket.readyState !== socket.OPEN) return false;
      const { sessionId, expiresAt } = claims;
      const sockets = bySession.get(sessionId) ?? new Set();
      bySession.set(sessionId, sockets.add(socket));
      // By our clock the token may have expired already. The socket may then stay open for as long as clocks may
      // differ.
      const end = expiresAt.getTime();
      const dueAt = end > Date.now() ? end : end + CLOCK_SKEW_SECONDS * 1000;
      const deadline = { dueAt, wake: () => socket.close(CloseCode.Forbidden, 'Token expired') };
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
