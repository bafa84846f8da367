import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** The country of a phone in E.164; undefined for numbers that belong to no country. */
export function countryOf(e164: string): CountryCode | undefined {
  return parsePhoneNumberFromString(e164)?.country;
}
