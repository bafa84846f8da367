import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Sets the CORS headers of an answer or of a preflight (OPTIONS). An unknown origin gets none, so the browser refuses.
 */
export function setCorsHeaders(
  request: IncomingMessage,
  response: ServerResponse,
  isAllowedOrigin: (origin: string) => boolean,
): void {
  const { origin } = request.headers;
  if (origin === undefined) return;
  response.setHeader('vary', 'Origin');
  if (!isAllowedOrigin(origin)) return;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-allow-credentials', 'true');
  // A page on a machine with a wrong clock needs the time of the answer to know when a token expires.
  response.setHeader('access-control-expose-headers', 'Date');
  if (request.method !== 'OPTIONS') return;
  response.setHeader('access-control-allow-methods', 'GET, POST');
  response.setHeader('access-control-allow-headers', 'authorization, content-type, accept-language, x-phonegate');
  response.setHeader('access-control-max-age', '7200');
}
