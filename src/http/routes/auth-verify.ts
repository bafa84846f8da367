import { isStorageError } from '../../db/storage-error.js';
import type { Log } from '../../log.js';
import type { AccessClaims } from '../../sessions/access-token.js';
import { readBearer } from '../read-bearer.js';
import { respondJson } from '../respond.js';
import type { Handler } from '../server.js';
import { type CookieNames, type SessionCookies, readSessionCookies } from '../session-cookie.js';

export const AUTH_VERIFY = '/auth/verify';

/**
 * Forward-auth: a proxy sends a request here before it lets a user's request through (nginx `auth_request`, Traefik
 * `forwardAuth`, Caddy `forward_auth`, Envoy `ext_authz`, which appends the requested path). Answers 200 with the user
 * in headers, or 401.
 *
 * An access token, in the Authorization header or in the cookie, costs no query. If it has expired, the refresh token
 * in the cookie identifies the session at the cost of one query, so that the user of an idle page stays signed in.
 */
export function createAuthVerifyRoute(deps: {
  verifyBearer: (token: string) => Promise<AccessClaims | undefined>;
  /** Undefined when sessions are not kept in cookies. */
  findSessionOf: ((refreshToken: string) => Promise<AccessClaims | undefined>) | undefined;
  cookieNames: CookieNames;
  log: Log;
}): Handler {
  const { verifyBearer, findSessionOf, log } = deps;

  async function identify(bearer: string | undefined, cookies: SessionCookies): Promise<AccessClaims | undefined> {
    if (bearer !== undefined) return verifyBearer(bearer);
    if (!findSessionOf) return undefined;
    const claims = cookies.accessToken === undefined ? undefined : await verifyBearer(cookies.accessToken);
    return claims ?? (cookies.refreshToken === undefined ? undefined : findSessionOf(cookies.refreshToken));
  }

  return async (request, response) => {
    request.resume(); // some proxies forward the body
    const { authorization } = request.headers;
    const bearer = readBearer(authorization);
    try {
      // If the Authorization header cannot be read, the request is refused; the cookies are not tried instead.
      const claims =
        authorization !== undefined && bearer === undefined
          ? undefined
          : await identify(bearer, readSessionCookies(request, deps.cookieNames));
      if (claims?.phone === undefined) {
        response.setHeader('www-authenticate', 'Bearer realm="phonegate"');
        return respondJson(response, 401, { error: 'UNAUTHENTICATED' });
      }
      response.setHeader('x-user-id', claims.userId);
      response.setHeader('x-user-role', claims.role);
      response.setHeader('x-user-phone', claims.phone);
      response.setHeader('x-session-id', claims.sessionId);
      respondJson(response, 200, {});
    } catch (error) {
      if (!isStorageError(error)) throw error;
      log.error({ event: 'auth.storage_unavailable', error });
      respondJson(response, 503, { error: 'UNAVAILABLE' });
    }
  };
}
