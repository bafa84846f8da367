import type { WebSocket } from 'ws';

/** How often each socket is pinged. */
const PING_MS = 12_000;
const TURNS = 120;

/**
 * Pings the sockets in groups, one 120th of them at a time: pinging ten thousand sockets at once would delay every
 * login by a tenth of a second. A socket that has not answered before its next ping is closed.
 */
export function createHeartbeat(): { add(socket: WebSocket): void; stop(): void } {
  const turns = Array.from({ length: TURNS }, () => new Set<WebSocket>());
  const silent = new WeakSet<WebSocket>();
  let joined = 0;
  let turn = 0;

  const timer = setInterval(() => {
    turn = (turn + 1) % TURNS;
    for (const socket of turns[turn] ?? []) {
      if (silent.has(socket)) socket.terminate();
      else if (socket.readyState === socket.OPEN) {
        silent.add(socket);
        socket.ping();
      }
    }
  }, PING_MS / TURNS);
  timer.unref();

  return {
    add(socket) {
      const ownTurn = turns[joined++ % TURNS];
      ownTurn?.add(socket);
      socket.on('pong', () => silent.delete(socket));
      socket.once('close', () => ownTurn?.delete(socket));
    },
    stop: () => clearInterval(timer),
  };
}
