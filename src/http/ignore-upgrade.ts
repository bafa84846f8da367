import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** Headers that only matter to the upgrade (RFC 9110, 7.8; RFC 7540, 3.2.1). */
const DROPPED = new Set(['upgrade', 'http2-settings']);

/** Whether a request asks for the only protocol that the gateway can change to. */
export function isWebSocketUpgrade({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.trim().toLowerCase() === 'websocket';
}

/**
 * Serves a request that asks for another protocol, such as `h2c`, as if it did not (RFC 9110, 7.8). Java's HttpClient
 * asks for it by default. Node.js has taken the connection out of its server, so the server gets it again, with the same
 * request without these headers in front of what follows.
 */
export function ignoreUpgrade(
  server: Server,
  { request, socket, head }: { request: IncomingMessage; socket: Duplex; head: Buffer },
): void {
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    const value = rawHeaders[index + 1] as string;
    if (DROPPED.has(name.toLowerCase())) continue;
    lines.push(`${name}: ${name.toLowerCase() === 'connection' ? withoutUpgrade(value) : value}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}

function withoutUpgrade(connection: string): string {
  const options = connection.split(',').map((option) => option.trim());
  return options.filter((option) => !DROPPED.has(option.toLowerCase())).join(', ') || 'keep-alive';
}
