import { randomUUID, sign } from 'node:crypto';
import { jwtVerify } from 'jose';
import type { SigningKeys } from './signing-keys.js';
import { ACCESS_TOKEN_SECONDS, CLOCK_SKEW_SECONDS } from './token-lifetimes.js';

/** The claims of an access token that identify its user and session. */
export interface AccessClaims {
  userId: string;
  sessionId: string;
  role: string;
  /** E.164. During an upgrade, tokens that an older version of the gateway signed do not have it. */
  phone: string | undefined;
}

export interface VerifiedClaims extends AccessClaims {
  expiresAt: Date;
}

export interface AccessToken {
  token: string;
  expiresAt: Date;
}

const ACCESS_TOKEN_AUDIENCE = 'phonegate';
const ALGORITHM = 'EdDSA';
/** RFC 9068: the type of an access token, so that no other JWT of the same issuer is accepted as an access token. */
const TYPE = 'at+jwt';

/**
 * Signs the claims as a compact JWS (RFC 7515). Does not use jose, because its WebCrypto costs twice the CPU in every
 * login (docs/decisions/0009). The gateway and backends verify tokens with jose. See docs/decisions/0015.
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
    phone_number: claims.phone, // a name from OpenID Connect Core 5.1
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

/** The claims of a valid access token; undefined for any other token. */
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
      // Applies regardless of `exp`, so that a token signed with a stolen key does not live longer than others.
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
