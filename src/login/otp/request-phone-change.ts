import { DomainError } from '../../domain-error.js';
import type { Viewer } from '../../sessions/viewer.js';
import { type OtpRequest, type OtpRequested, type RequestOtpDeps, requestOtp } from './request.js';

/**
 * How long a sign-in counts as fresh. An attacker who finds an open browser must not be able to take over the account
 * (R28).
 */
export const FRESH_SIGN_IN_MINUTES = 10;

/**
 * Sends a code to the new phone of a user. Only the right code shows whether another user has the phone.
 *
 * @throws DomainError FRESH_SIGN_IN_REQUIRED, and the errors of requestOtp
 */
export async function requestPhoneChange(
  { viewer, ...request }: { viewer: Viewer } & Omit<OtpRequest, 'changeFor'>,
  deps: RequestOtpDeps,
): Promise<OtpRequested> {
  if (Date.now() - viewer.signedInAt.getTime() > FRESH_SIGN_IN_MINUTES * 60_000)
    throw new DomainError('FRESH_SIGN_IN_REQUIRED');
  return requestOtp({ ...request, changeFor: viewer.user.id }, deps);
}
