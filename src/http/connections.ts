import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { clientIp } from '../guard/client-ip.js';
import { createIpCount } from '../guard/ip-count.js';
import { CONNECTIONS_PER_CLIENT, HTTP_CONNECTIONS_IN_TOTAL } from '../guard/limits.js';
import { createLogThrottle } from '../log-throttle.js';
import type { Log } from '../log.js';

const LOG_MS = 60_000;

export interface ConnectionSettings {
  trustedProxyHops: number;
  production: boolean;
  clientOperationsPerSecond: number;
}

/**
 * Limits the connections of the server: in total, and those of each client network where no proxy stands between. A
 * proxy holds the connections of all clients, so only their requests are limited there.
 *
 * @param onOpen is called with each connection that is not refused
 */
export function limitConnections(
  server: Server,
  { settings, onOpen, log }: { settings: ConnectionSettings; onOpen: (socket: Socket, ip: string) => void; log: Log },
): void {
  const count = createIpCount(CONNECTIONS_PER_CLIENT, settings);
  const mayLog = createLogThrottle(LOG_MS);
  const known = new WeakSet<Socket>();

  function report(fields: { reason: string; ip?: string }): void {
    const due = mayLog();
    if (due) log.warn({ event: 'http.connection_refused', ...fields, ...due });
  }

  server.maxConnections = maxConnections();
  server.on('drop', () => report({ reason: 'too_many_in_total' }));
  server.on('connection', (socket: Socket) => {
    const ip = clientIp(socket.remoteAddress, undefined, 0);
    // A connection comes back when its upgrade was ignored.
    if (settings.trustedProxyHops === 0 && !known.has(socket)) {
      const leave = count.acquire(ip);
      if (!leave) {
        report({ reason: 'too_many_of_client', ip });
        return void socket.destroy();
      }
      socket.once('close', leave);
      known.add(socket);
    }
    onOpen(socket, ip);
  });
}

/**
 * Fewer than the files that this process may open, because connections to the database and files of the gateway need
 * some too. Only Linux tells how many these are.
 */
function maxConnections(): number {
  const files = Number(/^Max open files\s+(\d+)/m.exec(readLimits())?.[1] ?? Infinity);
  return Math.min(HTTP_CONNECTIONS_IN_TOTAL, files - Math.min(1_000, Math.ceil(files / 4)));
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return ''; // not Linux
  }
}
