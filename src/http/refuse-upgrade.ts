import type { Duplex } from 'node:stream';

/**
 * Answers an upgrade request with a status and ends the connection, also when the client keeps its side open.
 *
 * @param status such as `429 Too Many Requests`
 */
export function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}
