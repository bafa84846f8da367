import type { IncomingHttpHeaders } from 'node:http';

/** Headers that proxies add when they forward the request of somebody else (RFC 7239, RFC 9110 section 7.6.3, and usage). */
const FORWARDING_HEADERS = [
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'via',
  'cf-connecting-ip',
  'true-client-ip',
  'forwarded',
];

/** The name of the header that says that a proxy forwarded a request; undefined without one. */
export function forwardingHeaderIn(headers: IncomingHttpHeaders): string | undefined {
  return FORWARDING_HEADERS.find((name) => headers[name] !== undefined);
}
