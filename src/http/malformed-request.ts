import type { Duplex } from 'node:stream';
import type { Refusal } from './refusal.js';
import { refuseOnSocket } from './refuse-on-socket.js';
import type { StandardHeaders } from './standard-headers.js';

/** Errors of Node's HTTP parser that are not a 400. */
const REFUSALS: Record<string, Refusal> = {
  HPE_HEADER_OVERFLOW: { status: 431, error: 'HEADERS_TOO_LARGE' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, error: 'PAYLOAD_TOO_LARGE' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, error: 'REQUEST_TIMEOUT' },
};

/** Answers a request that Node.js cannot parse, or that does not arrive in time. Node's own answer has no headers. */
export function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex, headers: StandardHeaders): void {
  // Part of an answer is on its way, and a second one would become part of its body.
  const { _httpMessage: current } = socket as Duplex & { _httpMessage?: { headersSent: boolean } | null };
  if (!socket.writable || current?.headersSent) socket.destroy();
  else refuseOnSocket(socket, REFUSALS[error.code ?? ''] ?? { status: 400, error: 'BAD_REQUEST' }, headers);
}
