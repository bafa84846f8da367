import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Config } from '../config/config.js';
import { DomainError } from '../domain-error.js';
import { clientIp } from '../guard/client-ip.js';
import { readBearer } from '../http/read-bearer.js';
import { type CookieJar, NO_COOKIES, createCookieJar, createDeviceCookieJar } from '../http/session-cookie.js';
import { type Locale, wishedLocale } from '../locales/locale.js';
import type { Modules } from '../modules.js';
import { verifyBearer } from '../sessions/verify-bearer.js';
import { type Viewer, findViewer } from '../sessions/viewer.js';

type UseCaseModules = Modules['useCaseModules'];

/** What resolvers receive: the modules, whose use cases they call, and the values of the request. */
export interface GraphqlContext extends UseCaseModules {
  client: { ip: string; userAgent: string | undefined; locale: Locale | undefined; location: string | undefined };
  /** The access token of the request, not verified yet. */
  bearer: string | undefined;
  cookies: CookieJar;
  /** Set when a resolver first asks for the viewer, so that each request looks the viewer up once. */
  viewer?: Promise<Viewer>;
}

export type CreateContext = (request: IncomingMessage, response?: ServerResponse) => GraphqlContext;

/** Makes the context of a request. A WebSocket has no response, and its cookies are ignored (R22). */
export function createContextFactory({ config, useCaseModules }: Modules): CreateContext {
  const createJar = config.sessions.cookie ? createCookieJar : createDeviceCookieJar;
  return (request, response) => ({
    ...useCaseModules,
    client: clientIn(request, config),
    bearer: readBearer(request.headers.authorization),
    cookies: response ? createJar(request, response) : NO_COOKIES,
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

/** The user who is signed in, with the session of the request. @throws DomainError UNAUTHENTICATED */
export function viewerOf(context: GraphqlContext): Promise<Viewer> {
  context.viewer ??= identify(context);
  return context.viewer;
}

/** The ID of the viewer, for the audit log. @throws DomainError UNAUTHENTICATED */
export async function viewerIdOf(context: GraphqlContext): Promise<string> {
  return (await viewerOf(context)).user.id;
}

async function identify({ bearer, sessions }: GraphqlContext): Promise<Viewer> {
  const claims = await verifyBearer({ bearer }, sessions);
  const viewer = claims && (await findViewer({ sessionId: claims.sessionId }, sessions));
  if (!viewer) throw new DomainError('UNAUTHENTICATED');
  return viewer;
}

/** The client in the form that use cases take. The locale of the input takes precedence over that of the request. */
export function clientOf({ client }: GraphqlContext, locale: string | null | undefined) {
  return { ...client, locale: wishedLocale(locale, client.locale) };
}
