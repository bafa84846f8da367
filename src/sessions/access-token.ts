import { randomUUID, sign } from 'node:crypto';
import { jwtVerify } from 'jose';
import type { SigningKeys } from './signing-keys.js';

/** Who an access token speaks for. */
export interface AccessClaims {
  userId: string;
  sessionId: string;
  role: string;
  /** E.164. A token of an instance that has not been brought up to date yet has none. */
  phone: string | undefined;
}

export interface VerifiedClaims extends AccessClaims {
  expiresAt: Date;
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
/** How far the clocks of instances and backends may differ. */
export const CLOCK_SKEW_SECONDS = 30;

/**
 * A compact JWS (RFC 7515) over the claims. Signed here rather than by jose, whose WebCrypto costs twice as much CPU on
 * the way of every login (docs/decisions/0009); what verifies it is jose, here and in every backend.
 */
export function signAccessToken(
  { notAfter, ...claims }: AccessClaims & { phone: string; notAfter: Date },
  { signingKeys, issuer }: { signingKeys: SigningKeys; issuer: string },
): AccessToken {
  const issuedAt = Math.floor(Date.now() / 1000);
  const expiresAt = Math.min(issuedAt + ACCESS_TOKEN_SECONDS, Math.floor(notAfter.getTime() / 1000));
  const { kid, privateKey } = signingKeys.current();
  const header = encode({ alg: ALGORITHM, kid, typ: TYPE });
  const payload = encode({
    iss: issuer,
    aud: ACCESS_TOKEN_AUDIENCE,
    sub: claims.userId,
    sid: claims.sessionId,
    role: claims.role,
    phone_number: claims.phone, // the name of OpenID Connect Core 5.1
    iat: issuedAt,
    exp: expiresAt,
    jti: randomUUID(),
  });
  const signature = sign(null, Buffer.from(`${header}.${payload}`), privateKey);
  return { token: `${header}.${payload}.${signature.toString('base64url')}`, expiresAt: new Date(expiresAt * 1000) };
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** The claims of a token that is ours, whole and in time; nothing for any other. */
export async function verifyAccessToken(
  { token }: { token: string },
  { signingKeys, issuer }: { signingKeys: SigningKeys; issuer: string },
): Promise<VerifiedClaims | undefined> {
  try {
    const { payload } = await jwtVerify(token, signingKeys.publicKeyFor, {
      algorithms: [ALGORITHM],
      typ: TYPE,
      issuer,
      audience: ACCESS_TOKEN_AUDIENCE,
      clockTolerance: CLOCK_SKEW_SECONDS,
      requiredClaims: ['sub', 'sid', 'role', 'iat', 'exp', 'jti'],
      // However long it says: whoever has stolen a key does not keep what it opened.
      maxTokenAge: ACCESS_TOKEN_SECONDS,
    });
    return {
      userId: String(payload.sub),
      sessionId: String(payload['sid']),
      role: String(payload['role']),
      phone: typeof payload['phone_number'] === 'string' ? payload['phone_number'] : undefined,
      expiresAt: new Date(Math.min(Number(payload.exp), Number(payload.iat) + ACCESS_TOKEN_SECONDS) * 1000),
    };
  } catch {
    return undefined;
  }
}
