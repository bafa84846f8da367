import type { CountryCode } from 'libphonenumber-js/max';
import type { Phone } from './parse-phone.js';

/**
 * Whether the operator serves a phone: its country is allowed, and no denied prefix begins it. Numbers of no country,
 * such as those of satellite phones, are allowed only with all countries.
 */
export function isAllowedPhone(
  { e164, country }: Phone,
  {
    allowedCountries,
    deniedPrefixes,
  }: { allowedCountries: readonly CountryCode[] | '*'; deniedPrefixes: readonly string[] },
): boolean {
  if (deniedPrefixes.some((prefix) => e164.startsWith(prefix))) return false;
  return allowedCountries === '*' || (country !== undefined && allowedCountries.includes(country));
}
