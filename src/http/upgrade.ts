import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { pathOf } from './server.js';

/**
 * Decides who may open a WebSocket. Browsers always say which page asks (Origin), and must come from a listed one: the
 * protocol itself checks nothing. Other clients say nothing and may come.
 */
export function createUpgrade(parts: {
  isDraining: () => boolean;
  isAllowedOrigin: (origin: string) => boolean;
  open: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  function refusal(request: IncomingMessage): string | undefined {
    const { origin } = request.headers;
    if (parts.isDraining()) return '503 Service Unavailable';
    if (pathOf(request) !== '/graphql') return '404 Not Found';
    return origin !== undefined && !parts.isAllowedOrigin(origin) ? '403 Forbidden' : undefined;
  }

  return (request, socket, head) => {
    const refused = refusal(request);
    if (refused) socket.end(`HTTP/1.1 ${refused}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    else parts.open(request, socket, head);
  };
}
