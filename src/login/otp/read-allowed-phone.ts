import type { Config } from '../../config/config.js';
import { DomainError } from '../../domain-error.js';
import { PhoneNotAllowed } from '../../guard/errors.js';
import { isAllowedPhone } from '../../phone/is-allowed-phone.js';
import { type Phone, parsePhone } from '../../phone/parse-phone.js';

/**
 * Reads a phone in any spelling, to which the gateway may send codes.
 *
 * @throws DomainError INVALID_PHONE_NUMBER
 * @throws PhoneNotAllowed
 */
export function readAllowedPhone(input: string, { config }: { config: Config }): Phone {
  const phone = parsePhone(input, config.defaultCountries);
  if (phone === 'invalid') throw new DomainError('INVALID_PHONE_NUMBER');
  if (phone === 'cannot-receive') throw new PhoneNotAllowed('number_kind');
  if (!isAllowedPhone(phone, config))
    throw new PhoneNotAllowed('destination', { phone: phone.e164, country: phone.country });
  return phone;
}
