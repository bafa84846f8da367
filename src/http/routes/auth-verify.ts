import type { AccessClaims } from '../../sessions/access-token.js';
import { isStorageError } from '../../db/storage-error.js';
import type { Log } from '../../log.js';
import { respondJson } from '../respond.js';
import type { Handler } from '../server.js';
import { type SessionCookies, readSessionCookies } from '../session-cookie.js';

export const AUTH_VERIFY = '/auth/verify';

/**
 * Forward-auth: a proxy asks here before it lets a request through (nginx `auth_request`, Traefik `forwardAuth`, Caddy
 * `forward_auth`, Envoy `ext_authz`, which appends the path it asks about). 200 with who it is, or 401.
 *
 * An access token, of the Authorization header or of the cookie, costs no look into the database; the cookie's refresh token
 * serves where that has run out, so that a page opened after lunch is not sent away, and costs one.
 */
export function createAuthVerifyRoute(parts: {
  verifyAccessToken: (token: string) => Promise<AccessClaims | undefined>;
  /** None where sessions are not kept in cookies. */
  findSessionOf: ((refreshToken: string) => Promise<AccessClaims | undefined>) | undefined;
  readBearer: (authorization: unknown) => string | undefined;
  log: Log;
}): Handler {
  const { verifyAccessToken, findSessionOf, readBearer, log } = parts;

  async function identify(bearer: string | undefined, cookies: SessionCookies): Promise<AccessClaims | undefined> {
    if (bearer !== undefined) return verifyAccessToken(bearer);
    if (!findSessionOf) return undefined;
    const claims = cookies.accessToken === undefined ? undefined : await verifyAccessToken(cookies.accessToken);
    return claims ?? (cookies.refreshToken === undefined ? undefined : findSessionOf(cookies.refreshToken));
  }

  return async (request, response) => {
    request.resume(); // some proxies send the body along
    const { authorization } = request.headers;
    const bearer = readBearer(authorization);
    try {
      // What is shown and cannot be read is no reason to look further.
      const claims =
        authorization !== undefined && bearer === undefined
          ? undefined
          : await identify(bearer, readSessionCookies(request));
      if (claims?.phone === undefined)
        return respondJson(
          response,
          401,
          { error: 'UNAUTHENTICATED' },
          { 'www-authenticate': 'Bearer realm="phonegate"' },
        );
      respondJson(
        response,
        200,
        {},
        {
          'x-user-id': claims.userId,
          'x-user-role': claims.role,
          'x-user-phone': claims.phone,
          'x-session-id': claims.sessionId,
        },
      );
    } catch (error) {
      if (!isStorageError(error)) throw error;
      log.error({ event: 'auth.storage_unavailable', error });
      respondJson(response, 503, { error: 'UNAVAILABLE' });
    }
  };
}
