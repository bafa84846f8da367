import type { IncomingMessage } from 'node:http';
import type { Config } from '../config/config.js';
import { isLoopbackHost } from '../config/is-local.js';
import { forwardingHeaderIn } from './forwarding-header.js';
import type { Refusal } from './refusal.js';
import { pathOf } from './server.js';

/** Paths that no page of another origin needs. Together they show the codes and sign in as any user. */
const OWN_PAGES_ONLY = ['/dev/phone', '/api/webhooks'];

type AccessCheck = (request: IncomingMessage) => Refusal | undefined;

/**
 * Decides whether the development server answers a request: of any route, and of a WebSocket. A development server shows
 * codes and accepts webhooks without a token, and a developer's browser opens pages of strangers. Such a page must not
 * reach the server, neither by its own host name that leads to this machine (DNS rebinding), nor by a request to another
 * origin. Clients that are not browsers send no Origin header. A proxy on this machine that makes the server public must
 * not open the developer's phone and the webhook to strangers either.
 *
 * Production has no such check: proxies and health checks use host names that the gateway does not know, and no route
 * there trusts a client because of where it is.
 */
export function createAccessCheck(config: Config, isAllowedOrigin: (origin: string) => boolean): AccessCheck {
  if (config.production) return () => undefined;
  const { hostname: publicName, origin: publicOrigin } = new URL(config.publicUrl);

  return (request) => {
    const { host = '', origin } = request.headers;
    const url = URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : undefined;
    if (host === '' || !url || (!isLoopbackHost(withoutBrackets(url.hostname)) && url.hostname !== publicName))
      return {
        status: 403,
        error: 'HOST_NOT_ALLOWED',
        message:
          'In development the gateway answers only under localhost, a loopback IP address and the host of PUBLIC_URL. Set PUBLIC_URL to the URL that you open.',
      };
    if (
      forwardingHeaderIn(request.headers) !== undefined &&
      isForOwnPages(pathOf(request)) &&
      !config.unsafeDevelopment
    )
      return {
        status: 403,
        error: 'PROXY_NOT_ALLOWED',
        message:
          'In development the gateway answers here only to this machine, and a proxy forwarded this request. Behind a proxy, set NODE_ENV=production.',
      };
    if (origin === undefined) return undefined;
    const isOwn = origin === url.origin || origin === publicOrigin;
    if (isOwn || (isAllowedOrigin(origin) && !isForOwnPages(pathOf(request)))) return undefined;
    return {
      status: 403,
      error: 'ORIGIN_NOT_ALLOWED',
      message:
        'In development the gateway refuses pages of other origins. Add the origin of the page to ALLOWED_ORIGINS. Only pages of the gateway can use the developer’s phone and the webhook.',
    };
  };
}

function isForOwnPages(path: string): boolean {
  return OWN_PAGES_ONLY.some((own) => path === own || path.startsWith(`${own}/`));
}

/** A URL writes an IPv6 address in brackets (RFC 3986). */
function withoutBrackets(hostname: string): string {
  return hostname.replaceAll(/^\[|\]$/g, '');
}
