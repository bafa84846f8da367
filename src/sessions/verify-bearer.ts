import { type VerifiedClaims, verifyAccessToken } from './access-token.js';
import type { Sessions } from './create-sessions.js';

/**
 * The claims of an access token that is valid and whose session is not known to be revoked; undefined for any other.
 * Reads no database: a revocation is known once it is published or polled.
 */
export async function verifyBearer(
  { bearer }: { bearer: string | undefined },
  deps: Pick<Sessions, 'signingKeys' | 'issuer' | 'revocations'>,
): Promise<VerifiedClaims | undefined> {
  const claims = bearer === undefined ? undefined : await verifyAccessToken({ token: bearer }, deps);
  return claims && !deps.revocations.isRevoked(claims.sessionId) ? claims : undefined;
}
