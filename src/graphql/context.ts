import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Config } from '../config/config.js';
import { clientIp } from '../guard/networks/client-ip.js';
import { readBearer } from '../http/read-bearer.js';
import {
  type CookieJar,
  NO_COOKIES,
  cookieNames,
  createCookieJar,
  createDeviceCookieJar,
} from '../http/session-cookie.js';
import { type Locale, wishedLocale } from '../locales/locale.js';
import type { Modules } from '../modules.js';
import type { TokenKind } from '../sessions/access-token.js';
import type { Viewer } from '../sessions/viewer.js';

type UseCaseModules = Modules['useCaseModules'];

/** Who sends the request. */
export interface Caller {
  viewer: Viewer;
  /** What the request showed. Backends are shown the access token, so it can prove less than the others. */
  shown: TokenKind | 'cookie';
}

/** What resolvers receive: the modules, whose use cases they call, and the values of the request. */
export interface GraphqlContext extends UseCaseModules {
  client: { ip: string; userAgent: string | undefined; locale: Locale | undefined; location: string | undefined };
  /** The access token or gateway token of the request, not verified yet. */
  bearer: string | undefined;
  cookies: CookieJar;
  /** Set when a field first needs the caller, so that each request looks the caller up once. */
  caller?: Promise<Caller>;
}

export type CreateContext = (request: IncomingMessage, response?: ServerResponse) => GraphqlContext;

/** Makes the context of a request. A WebSocket has no response, and its cookies are ignored (R22). */
export function createContextFactory({ config, useCaseModules }: Modules): CreateContext {
  const createJar = config.sessions.cookie ? createCookieJar : createDeviceCookieJar;
  const names = cookieNames(config.publicPath);
  return (request, response) => ({
    ...useCaseModules,
    client: clientIn(request, config),
    bearer: readBearer(request.headers.authorization),
    cookies: response ? createJar(request, response, names) : NO_COOKIES,
  });
}

function clientIn({ socket, headers }: IncomingMessage, config: Config): GraphqlContext['client'] {
  const { clientLocationHeader: header, trustedProxyHops } = config;
  return {
    ip: clientIp(socket.remoteAddress, headers['x-forwarded-for'], trustedProxyHops),
    userAgent: headers['user-agent']?.slice(0, 256),
    locale: wishedLocale(headers['accept-language']),
    location: (header && String(headers[header] ?? '').slice(0, 64)) || undefined,
  };
}

/** The client in the form that use cases take. The locale of the input takes precedence over that of the request. */
export function clientOf({ client }: GraphqlContext, locale: string | null | undefined) {
  return { ...client, locale: wishedLocale(locale, client.locale) };
}
