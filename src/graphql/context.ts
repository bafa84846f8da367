import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Config } from '../config/config.js';
import { DomainError } from '../domain-error.js';
import { clientIp } from '../guard/client-ip.js';
import { type CookieJar, NO_COOKIES, createCookieJar } from '../http/session-cookie.js';
import { type Locale, wishedLocale } from '../locales/locale.js';
import type { Modules } from '../modules.js';
import { type VerifiedClaims, verifyAccessToken } from '../sessions/access-token.js';
import type { Sessions } from '../sessions/create-sessions.js';
import { type Viewer, findViewer } from '../sessions/viewer.js';

/** What resolvers are given: the modules, whose use cases they call, and what the request brings along. */
export interface GraphqlContext extends Pick<Modules, 'admin' | 'login' | 'sessions' | 'users'> {
  client: { ip: string; userAgent: string | undefined; locale: Locale | undefined; location: string | undefined };
  /** The access token of the request, not verified yet. */
  bearer: string | undefined;
  cookies: CookieJar;
  /** The user who asks, once a resolver has wanted to know. */
  viewer?: Promise<Viewer>;
}

export type CreateContext = (request: IncomingMessage, response?: ServerResponse) => GraphqlContext;

/** Makes the context of a request. On a WebSocket there is no response, and cookies count for nothing (R22). */
export function createContextFactory({ admin, config, login, sessions, users }: Modules): CreateContext {
  return (request, response) => ({
    admin,
    login,
    sessions,
    users,
    client: clientIn(request, config),
    bearer: readBearer(request.headers.authorization),
    cookies: config.sessions.cookie && response ? createCookieJar(request, response) : NO_COOKIES,
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

/** The claims of a valid access token whose session is not known to be revoked; undefined otherwise. Asks no database. */
export async function claimsOf({
  bearer,
  sessions,
}: {
  bearer: string | undefined;
  sessions: Sessions;
}): Promise<VerifiedClaims | undefined> {
  const claims = bearer === undefined ? undefined : await verifyAccessToken({ token: bearer }, sessions);
  return claims && !sessions.revocations.isRevoked(claims.sessionId) ? claims : undefined;
}

/** The person who asks. @throws DomainError UNAUTHENTICATED */
export function viewerOf(context: GraphqlContext): Promise<Viewer> {
  context.viewer ??= identify(context);
  return context.viewer;
}

/** Their id: whom the audit log names. @throws DomainError UNAUTHENTICATED */
export async function viewerIdOf(context: GraphqlContext): Promise<string> {
  return (await viewerOf(context)).user.id;
}

async function identify(context: GraphqlContext): Promise<Viewer> {
  const claims = await claimsOf(context);
  const viewer = claims && (await findViewer({ sessionId: claims.sessionId }, context.sessions));
  if (!viewer) throw new DomainError('UNAUTHENTICATED');
  return viewer;
}

/** The token of an `Authorization: Bearer …` header. */
export function readBearer(authorization: unknown): string | undefined {
  return typeof authorization === 'string' ? /^Bearer\s+(\S+)\s*$/i.exec(authorization)?.[1] : undefined;
}

/** The client as the rooms below know it, in the language it asks for. */
export function clientOf({ client }: GraphqlContext, locale: string | null | undefined) {
  return { ...client, locale: wishedLocale(locale, client.locale) };
}
