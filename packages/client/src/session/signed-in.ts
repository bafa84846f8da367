import { decodeBytes } from '../base64url.js';
import type { SessionOfClientFragment, UserOfClientFragment } from '../generated.js';

/** A session as the gateway answers it. */
export type Session = SessionOfClientFragment;

export type User = UserOfClientFragment;

/** The user who is signed in here, and the tokens. */
export interface SignedIn {
  id: string;
  user: User;
  /** For your backends. */
  accessToken: string;
  /** For the gateway itself. Show it to no other server. */
  gatewayToken: string;
  /** When both tokens expire, by this device's clock, in milliseconds since 1970. */
  freshUntil: number;
}

/**
 * Reads the lifetime from the access token and counts it from `now`, so a device whose clock is wrong keeps the token as long
 * as any other.
 *
 * @internal
 */
export function toSignedIn({ id, user, accessToken, gatewayToken }: Session, now: number): SignedIn {
  const [, payload = ''] = accessToken.split('.');
  // Names in other alphabets are not decoded, but the numbers are right.
  const { iat, exp } = JSON.parse(decodeBytes(payload)) as Record<'iat' | 'exp', number>;
  return { id, user, accessToken, gatewayToken, freshUntil: now + (exp - iat) * 1_000 };
}
