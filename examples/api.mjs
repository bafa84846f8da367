// The API that both applications call. It needs the gateway's URL only, and shares no secret with it.
import { createServer } from 'node:http';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';

/** @param {string} issuer PUBLIC_URL of the gateway */
export function createApi(issuer) {
  const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`), {
    cacheMaxAge: 300_000,
    cooldownDuration: 30_000, // between two fetches for an unknown kid
  });

  /** Returns the user of an access token. Throws unless the gateway issued it and it has not expired: see docs/guides/backends.md. */
  async function verifyAccessToken(token) {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ['EdDSA'],
      typ: 'at+jwt',
      issuer,
      audience: 'phonegate',
      clockTolerance: 30,
      requiredClaims: ['sub', 'sid', 'role', 'exp'],
    });
    return { userId: payload.sub, role: payload.role, phone: payload.phone_number };
  }

  async function answer({ method, url, headers }) {
    if (method !== 'GET' || url !== '/api/hello') return { status: 404, message: 'There is only GET /api/hello.' };
    const [, token] = /^Bearer (.*)$/i.exec(headers.authorization ?? '') ?? [];
    if (token === undefined) return { status: 401, message: 'Sign in first.', challenge: 'Bearer' };
    try {
      const { phone, role } = await verifyAccessToken(token);
      return { status: 200, message: `Hello ${phone}, your role is ${role}` };
    } catch (error) {
      if (isTokenError(error))
        return { status: 401, message: 'This token is not valid.', challenge: 'Bearer error="invalid_token"' };
      console.error(`Cannot fetch the keys of ${issuer}: ${error.message}`);
      return { status: 503, message: 'Cannot fetch the keys of the gateway. Try again.' };
    }
  }

  async function respond(request, response) {
    const { status, message, challenge } = await answer(request);
    response.writeHead(status, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      ...(challenge && { 'www-authenticate': challenge }),
    });
    response.end(JSON.stringify({ message }));
  }
  return createServer((request, response) => void respond(request, response));
}

/** Whether the token is at fault. When the keys cannot be fetched, signing in again would not help. */
function isTokenError(error) {
  return error instanceof errors.JOSEError && !['ERR_JWKS_TIMEOUT', 'ERR_JOSE_GENERIC'].includes(error.code);
}
