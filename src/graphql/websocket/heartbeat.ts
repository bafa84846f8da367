import type { WebSocket } from 'ws';

/** How often each socket is asked whether it is still there. */
const PING_MS = 12_000;
const TURNS = 120;

/**
 * Pings sockets in turns, a hundred and twentieth of them at a time: ten thousand at once would hold up everybody's
 * login for a tenth of a second. Who has not answered when the turn comes again is gone.
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
      const mine = turns[joined++ % TURNS];
      mine?.add(socket);
      socket.on('pong', () => silent.delete(socket));
      socket.once('close', () => mine?.delete(socket));
    },
    stop: () => clearInterval(timer),
  };
}
