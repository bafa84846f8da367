import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { clientIp } from '../guard/networks/client-ip.js';
import { refuseOnSocket } from './refuse-on-socket.js';
import type { Refusal } from './refusal.js';
import type { Refusals } from './refusals.js';
import type { StandardHeaders } from './standard-headers.js';

/** Refuses an upgrade, and closes the connection. */
export type RefuseUpgrade = (request: IncomingMessage, socket: Duplex, refusal: Refusal) => void;

export function createRefuseUpgrade(deps: {
  refusals: Refusals;
  trustedProxyHops: number;
  /** Headers of every answer. */
  headers: StandardHeaders;
}): RefuseUpgrade {
  const { refusals, trustedProxyHops, headers } = deps;
  return ({ socket: { remoteAddress }, headers: { 'x-forwarded-for': forwardedFor } }, socket, refusal) => {
    const ip = clientIp(remoteAddress, forwardedFor, trustedProxyHops);
    // Nothing comes before the answer to an upgrade (RFC 6455, 4.1), and what came all the same would wait in memory.
    const disconnect = () => void socket.destroy();
    socket.once('data', disconnect).once('end', disconnect);
    refusals.hold({ ip, connection: socket }, () => {
      socket.off('data', disconnect).off('end', disconnect);
      refuseOnSocket(socket, refusal, headers);
    });
  };
}
