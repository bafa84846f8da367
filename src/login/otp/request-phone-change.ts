import { requireOlderDevice } from '../../sessions/new-device.js';
import type { Viewer } from '../../sessions/viewer.js';
import { type OtpRequest, type OtpRequested, type RequestOtpDeps, requestOtp } from './request.js';

/**
 * Sends a code to the new phone of a user. Only the right code shows whether another user has the phone.
 *
 * @throws the errors of requestOtp
 * @throws DomainError DEVICE_TOO_NEW
 */
export async function requestPhoneChange(
  { viewer, ...request }: { viewer: Viewer } & Omit<OtpRequest, 'changeFor'>,
  deps: RequestOtpDeps,
): Promise<OtpRequested> {
  await requireOlderDevice(viewer, deps);
  return requestOtp({ ...request, changeFor: viewer.user.id }, deps);
}
