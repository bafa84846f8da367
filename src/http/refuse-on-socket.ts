import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Refusal } from './refusal.js';
import type { StandardHeaders } from './standard-headers.js';

/**
 * Answers with JSON and closes the connection, where Node.js has no response to write to: an upgrade, or a request that
 * is not HTTP. Looks like an answer of `refuse`.
 */
export function refuseOnSocket(socket: Duplex, { status, ...body }: Refusal, headers: StandardHeaders): void {
  const text = JSON.stringify(body);
  const head = Object.entries({
    ...headers,
    connection: 'close',
    'cache-control': 'no-store',
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  const answer = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n${text}`;
  // A client that keeps its side open does not keep the connection.
  socket.end(answer, () => socket.destroy());
}
