import type { CountryCode } from 'libphonenumber-js/max';
import { DomainError } from '../domain-error.js';
import { parsePhone } from '../phone/parse-phone.js';

/** Converts a phone that an admin wrote in any spelling to E.164. @throws DomainError INVALID_PHONE_NUMBER */
export function readPhone(
  written: string,
  { config }: { config: { defaultCountries: readonly CountryCode[] } },
): string {
  const phone = parsePhone(written, config.defaultCountries);
  if (typeof phone === 'string') throw new DomainError('INVALID_PHONE_NUMBER');
  return phone.e164;
}
