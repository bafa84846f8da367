import { randomUUID } from 'node:crypto';
import { SignJWT, jwtVerify } from 'jose';
import type { SigningKeys } from './signing-keys.js';

/** Who an access token speaks for. */
export interface AccessClaims {
  userId: string;
  sessionId: string;
  role: string;
}

export interface AccessToken {
  token: string;
  expiresAt: Date;
}

export const ACCESS_TOKEN_AUDIENCE = 'phonegate';
export const ACCESS_TOKEN_SECONDS = 600;
const ALGORITHM = 'EdDSA';
/** RFC 9068: marks an access token, so that no other JWT of the same issuer passes for one. */
const TYPE = 'at+jwt';
const CLOCK_SKEW_SECONDS = 30;

export async function signAccessToken(claims: AccessClaims, keys: SigningKeys, issuer: string): Promise<AccessToken> {
  const issuedAt = Math.floor(Date.now() / 1000);
  const expiresAt = issuedAt + ACCESS_TOKEN_SECONDS;
  const token = await new SignJWT({ sid: claims.sessionId, role: claims.role })
    .setProtectedHeader({ alg: ALGORITHM, kid: keys.current.kid, typ: TYPE })
    .setIssuer(issuer)
    .setAudience(ACCESS_TOKEN_AUDIENCE)
    .setSubject(claims.userId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .setJti(randomUUID())
    .sign(keys.current.privateKey);
  return { token, expiresAt: new Date(expiresAt * 1000) };
}

/** The claims of a token that is ours, whole and in time; nothing for any other. */
export async function verifyAccessToken(
  token: string,
  keys: SigningKeys,
  issuer: string,
): Promise<AccessClaims | undefined> {
  try {
    const { payload } = await jwtVerify(token, keys.publicKeyFor, {
      algorithms: [ALGORITHM],
      typ: TYPE,
      issuer,
      audience: ACCESS_TOKEN_AUDIENCE,
      clockTolerance: CLOCK_SKEW_SECONDS,
      requiredClaims: ['sub', 'sid', 'role', 'iat', 'exp', 'jti'],
    });
    return { userId: String(payload.sub), sessionId: String(payload['sid']), role: String(payload['role']) };
  } catch {
    return undefined;
  }
}
