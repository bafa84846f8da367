import { AsYouType, type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { parsePhone } from './parse-phone.js';
import { stripDecoration } from './strip-decoration.js';

/** The facts about a phone that are known while a user types it. */
export interface RecognizedPhone {
  country: CountryCode | undefined;
  /** With spaces, as users write it: `+7 701 000 0002`. */
  international: string;
  /** Whether it is a complete number that can receive messages. */
  complete: boolean;
}

/** Maximum number of characters. A longer input is not a phone that a user types. */
const MAX_LENGTH = 40;

/**
 * Recognizes the country of a phone while a user types it, and formats the phone. It is complete exactly when
 * `parsePhone` accepts it.
 *
 * @returns undefined when the input shows no calling code yet.
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
