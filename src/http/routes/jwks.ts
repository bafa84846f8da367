import { JWKS_MAX_AGE_SECONDS } from '../../sessions/key-schedule.js';
import type { SigningKeys } from '../../sessions/signing-keys.js';
import { respondJson } from '../respond.js';
import type { Handler } from '../server.js';

/** The JSON Web Key Set (RFC 7517) with which backends verify access tokens. */
export function createJwksRoute({ signingKeys }: { signingKeys: SigningKeys }): Handler {
  const cacheControl = `public, max-age=${JWKS_MAX_AGE_SECONDS}`;
  return (_, response) => {
    response.setHeader('cache-control', cacheControl);
    response.setHeader('cross-origin-resource-policy', 'cross-origin');
    respondJson(response, 200, signingKeys.jwks());
  };
}
