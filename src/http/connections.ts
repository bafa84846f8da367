import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { clientIp } from '../guard/networks/client-ip.js';
import { createIpCount } from '../guard/floods/ip-count.js';
import { CONNECTIONS_PER_CLIENT } from '../guard/limits.js';
import { createLogThrottle } from '../log-throttle.js';
import type { Log } from '../log.js';
import { maxConnections } from './max-connections.js';
import type { RecordRefusal } from './record-refusal.js';

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
  deps: {
    settings: ConnectionSettings;
    onOpen: (socket: Socket, ip: string) => void;
    recordRefusal: RecordRefusal;
    log: Log;
  },
): void {
  const { settings, onOpen, recordRefusal, log } = deps;
  const isDirect = settings.trustedProxyHops === 0;
  const count = createIpCount(CONNECTIONS_PER_CLIENT, settings);
  const mayLog = createLogThrottle(LOG_MS);
  const known = new WeakSet<Socket>();

  function report(fields: { reason: string; ip: string | undefined }): void {
    recordRefusal({ rule: 'connections', ip: fields.ip });
    const due = mayLog();
    if (due) log.warn({ event: 'http.connection_refused', ...fields, ...due });
  }

  server.maxConnections = maxConnections();
  server.on('drop', (dropped) => {
    // Without a proxy, the address of the connection is that of the client.
    report({ reason: 'too_many_in_total', ip: isDirect ? clientIp(dropped?.remoteAddress, undefined, 0) : undefined });
  });
  server.on('connection', (socket: Socket) => {
    const ip = clientIp(socket.remoteAddress, undefined, 0);
    // A connection comes back when its upgrade was ignored.
    if (isDirect && !known.has(socket)) {
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
