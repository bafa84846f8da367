import type { IncomingHttpHeaders } from 'node:http';

/** Headers that a proxy adds when it forwards the request of somebody else (RFC 7239 and its predecessor). */
const FORWARDING_HEADERS = ['x-forwarded-for', 'forwarded'];

/** The name of the header that says that a proxy forwarded a request; undefined without one. */
export function forwardingHeaderIn(headers: IncomingHttpHeaders): string | undefined {
  return FORWARDING_HEADERS.find((name) => headers[name] !== undefined);
}
