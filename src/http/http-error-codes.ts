/** What the reference says about an error code of plain HTTP. */
interface HttpErrorReference {
  status: number;
  meaning: string;
}

/**
 * What `error` in the JSON answer of an HTTP route can be, and what it means. For docs/reference/errors.md; a test finds the
 * codes in the sources and demands an entry for each.
 */
export const HTTP_ERROR_CODES: Record<string, HttpErrorReference> = {
  BAD_REQUEST: {
    status: 400,
    meaning:
      "The request is not valid HTTP, has no Host header, or is not a valid WebSocket handshake. Or the body that was sent to the developer's phone is not valid.",
  },
  INVALID_PHONE_NUMBER: {
    status: 400,
    meaning: "The number that was sent to the developer's phone is not a mobile number.",
  },
  UNAUTHENTICATED: {
    status: 401,
    meaning: '`/auth/verify`: the request has no valid access token. Webhooks: the token or the secret is wrong.',
  },
  HOST_NOT_ALLOWED: {
    status: 403,
    meaning:
      'Development only: the Host header is not `localhost`, a loopback IP address or the host of `PUBLIC_URL`. Every route and every WebSocket is refused.',
  },
  ORIGIN_NOT_ALLOWED: {
    status: 403,
    meaning:
      "A page of an origin that is not allowed tried to open a WebSocket. In development: it sent any request, or a page that is not the gateway's own used the developer's phone or a webhook.",
  },
  PROXY_NOT_ALLOWED: {
    status: 403,
    meaning:
      "Development only: a proxy forwarded a request to the developer's phone or a webhook, which answer only to this machine.",
  },
  NOT_FOUND: { status: 404, meaning: 'The gateway has nothing at this path.' },
  METHOD_NOT_ALLOWED: {
    status: 405,
    meaning: 'The path does not accept this HTTP method. The `Allow` header lists the methods.',
  },
  REQUEST_TIMEOUT: { status: 408, meaning: 'The request did not arrive completely in time.' },
  PAYLOAD_TOO_LARGE: { status: 413, meaning: "The body that was sent to the developer's phone is too large." },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, meaning: "The body that was sent to the developer's phone is not JSON." },
  EXPECTATION_FAILED: { status: 417, meaning: 'The `Expect` header asks for something other than `100-continue`.' },
  TOO_MANY_REQUESTS: {
    status: 429,
    meaning:
      'The client IP address sends too many requests, or has too many at once. `Retry-After` says how long to wait.',
  },
  TOO_MANY_STREAMS: { status: 429, meaning: "Too many pages show the developer's phone." },
  TOO_MANY_SOCKETS: { status: 429, meaning: 'The client IP address has too many WebSockets open.' },
  HEADERS_TOO_LARGE: { status: 431, meaning: 'The headers of the request are larger than 16 KiB together.' },
  INTERNAL_SERVER_ERROR: { status: 500, meaning: 'A bug of the gateway. Its log has the details.' },
  UNAVAILABLE: { status: 503, meaning: 'The database cannot be reached, or the gateway is shutting down.' },
};
