import { DomainError } from '../domain-error.js';
import type { Viewer } from './viewer.js';

/**
 * How long a sign-in counts as fresh. An attacker who finds an open browser must not be able to take over, copy or
 * delete the account
 * (R28; OWASP ASVS 5.0, 7.5.1 and 7.5.2).
 */
export const FRESH_SIGN_IN_MINUTES = 10;

/** Whether the session was opened within the last `minutes`. Neither a refresh nor an exchange of a code opens it anew. */
export function isFreshSignIn({ signedInAt }: Viewer, minutes: number): boolean {
  return Date.now() - signedInAt.getTime() <= minutes * 60_000;
}

/** @throws DomainError FRESH_SIGN_IN_REQUIRED when the session was opened more than `minutes` ago */
export function requireFreshSignIn(viewer: Viewer, minutes = FRESH_SIGN_IN_MINUTES): void {
  if (!isFreshSignIn(viewer, minutes)) throw new DomainError('FRESH_SIGN_IN_REQUIRED');
}
