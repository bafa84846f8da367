import { type TokenKind, type VerifiedClaims, verifyToken } from './access-token.js';
import type { Sessions } from './create-sessions.js';

/**
 * The claims of a valid token of one of these kinds whose session is not known to be revoked; undefined for any other
 * token. Does not read the database: a revocation is known when it is published or polled.
 */
export async function verifyBearer(
  { bearer, kinds }: { bearer: string | undefined; kinds: readonly TokenKind[] },
  deps: Pick<Sessions, 'signingKeys' | 'issuer' | 'revocations'>,
): Promise<VerifiedClaims | undefined> {
  const claims = bearer === undefined ? undefined : await verifyToken({ token: bearer, kinds }, deps);
  return claims && !deps.revocations.isRevoked(claims.sessionId) ? claims : undefined;
}
