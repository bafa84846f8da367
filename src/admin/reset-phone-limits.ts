import { resetPhoneLimitsAs } from '../guard/reset-phone-limits.js';
import { maskPhone } from '../phone/mask-phone.js';
import type { Admin } from './create-admin.js';
import { readPhone } from './read-phone.js';

/**
 * Resets the limits of a phone (wrong codes and sent codes), for a user who is locked out.
 *
 * @returns the masked phone.
 * @throws DomainError INVALID_PHONE_NUMBER
 */
export async function resetPhoneLimits(
  { phone: written, actor }: { phone: string; actor: string },
  deps: Pick<Admin, 'config' | 'database'>,
): Promise<{ maskedPhone: string }> {
  const phone = readPhone(written, deps);
  const maskedPhone = maskPhone(phone);
  await resetPhoneLimitsAs({ actor, phone, maskedPhone }, deps);
  return { maskedPhone };
}
