import { AsYouType, type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { parsePhone } from './parse-phone.js';
import { stripDecoration } from './strip-decoration.js';

/** What is known about a phone while a user types it. */
export interface RecognizedPhone {
  country: CountryCode | undefined;
  /** With spaces, as users write it: `+7 701 000 0002`. */
  international: string;
  /** Whether it is a whole number that can receive messages. */
  complete: boolean;
}

/** Characters; a longer input is no phone that a user types. */
const MAX_LENGTH = 40;

/**
 * Recognizes the country of a phone while a user types it, and formats it. It is complete exactly where `parsePhone` accepts it.
 *
 * @returns undefined where the input shows no calling code yet.
 */
export function recognizePhone(
  { phone: input }: { phone: string },
  { config }: { config: { defaultCountries: readonly CountryCode[] } },
): RecognizedPhone | undefined {
  if (input.length > MAX_LENGTH) return undefined;
  const phone = parsePhone(input, config.defaultCountries);
  if (typeof phone === 'object') {
    const international = parsePhoneNumberFromString(phone.e164)?.formatInternational() ?? phone.e164;
    return { country: phone.country, international, complete: true };
  }
  const text = stripDecoration(input);
  if (!/^\+\d+$/.test(text)) return undefined;
  const typed = new AsYouType();
  const international = typed.input(text);
  return typed.getCallingCode() === undefined
    ? undefined
    : { country: typed.getCountry(), international, complete: false };
}
