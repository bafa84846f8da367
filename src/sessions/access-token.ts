import { randomUUID, sign } from 'node:crypto';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import type { SigningKeys } from './signing-keys.js';
import { ACCESS_TOKEN_SECONDS, CLOCK_SKEW_SECONDS } from './token-lifetimes.js';

/** The claims of a token that identify its user and session. */
export interface AccessClaims {
  userId: string;
  sessionId: string;
  role: string;
  /** E.164. During an upgrade, tokens that an older version of the gateway signed do not have it. */
  phone: string | undefined;
}

/**
 * Backends are shown the access token. Only the gateway is shown the gateway token, so only this token can rule the
 * account (docs/decisions/0031).
 */
export type TokenKind = 'access' | 'gateway';

export interface VerifiedClaims extends AccessClaims {
  kind: TokenKind;
  expiresAt: Date;
}

export interface AccessToken {
  token: string;
  expiresAt: Date;
}

const ALGORITHM = 'EdDSA';
/**
 * The types of our JWTs. `at+jwt` is the type of access tokens (RFC 9068). A token of one type is never accepted as one
 * of the other type (RFC 8725, 3.11).
 */
const TYPES: Record<TokenKind, string> = { access: 'at+jwt', gateway: 'gateway+jwt' };

const audienceOf = (kind: TokenKind, issuer: string) => (kind === 'access' ? 'phonegate' : `${issuer}/graphql`);

/**
 * Signs the claims as a compact JWS (RFC 7515). Does not use jose, because its WebCrypto costs twice the CPU in every
 * login (docs/decisions/0009). The gateway and backends verify tokens with jose. See docs/decisions/0015.
 */
export function signToken(
  kind: TokenKind,
  { notAfter, ...claims }: AccessClaims & { phone: string; notAfter: Date },
  { signingKeys, issuer }: { signingKeys: SigningKeys; issuer: string },
): AccessToken {
  const issuedAt = Math.floor(Date.now() / 1000);
  const expiresAt = Math.min(issuedAt + ACCESS_TOKEN_SECONDS, Math.floor(notAfter.getTime() / 1000));
  const { kid, privateKey } = signingKeys.current();
  const header = encode({ alg: ALGORITHM, kid, typ: TYPES[kind] });
  const payload = encode({
    iss: issuer,
    aud: audienceOf(kind, issuer),
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

/** The claims of a valid token of one of these kinds; undefined for any other token. */
export async function verifyToken(
  { token, kinds }: { token: string; kinds: readonly TokenKind[] },
  { signingKeys, issuer }: { signingKeys: SigningKeys; issuer: string },
): Promise<VerifiedClaims | undefined> {
  try {
    const { typ } = decodeProtectedHeader(token);
    const kind = kinds.find((one) => TYPES[one] === typ);
    if (!kind) return undefined;
    const { payload } = await jwtVerify(token, signingKeys.publicKeyFor, {
      algorithms: [ALGORITHM],
      typ: TYPES[kind],
      issuer,
      audience: audienceOf(kind, issuer),
      clockTolerance: CLOCK_SKEW_SECONDS,
      requiredClaims: ['sub', 'sid', 'role', 'iat', 'exp', 'jti'],
      // Applies regardless of `exp`, so that a token signed with a stolen key does not live longer than others.
      maxTokenAge: ACCESS_TOKEN_SECONDS,
    });
    return {
      kind,
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
