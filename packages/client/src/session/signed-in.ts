import type { SessionOfClientFragment } from '../generated.js';

/** A session as the gateway answers it. */
export type Session = SessionOfClientFragment;

/** The user who is signed in here, and the access token. */
export interface SignedIn {
  id: string;
  user: Session['user'];
  accessToken: string;
  /** When the access token expires, by this device's clock, in milliseconds since 1970. */
  freshUntil: number;
}

/**
 * Reads the lifetime from the access token and counts it from `now`, so a device whose clock is wrong keeps the token as long
 * as any other.
 */
export function toSignedIn({ id, user, accessToken }: Session, now: number): SignedIn {
  const [, payload = ''] = accessToken.split('.');
  const { iat, exp } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as Record<
    'iat' | 'exp',
    number
  >;
  return { id, user, accessToken, freshUntil: now + (exp - iat) * 1_000 };
}
