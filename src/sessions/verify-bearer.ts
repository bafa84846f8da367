import { type VerifiedClaims, verifyAccessToken } from './access-token.js';
import type { Sessions } from './create-sessions.js';

/**
 * The claims of a valid access token whose session is not known to be revoked; undefined for any other token. Does not
 * read the database: a revocation is known when it is published or polled.
 */
export async function verifyBearer(
  { bearer }: { bearer: string | undefined },
  deps: Pick<Sessions, 'signingKeys' | 'issuer' | 'revocations'>,
): Promise<VerifiedClaims | undefined> {
  const claims = bearer === undefined ? undefined : await verifyAccessToken({ token: bearer }, deps);
  return claims && !deps.revocations.isRevoked(claims.sessionId) ? claims : undefined;
}
