import { AsYouType, type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { parsePhone, withoutDecoration } from './phone.js';

/** What can be told of a phone while it is typed. */
export interface RecognizedPhone {
  country: CountryCode | undefined;
  /** As people write it: `+7 701 000 0002`. */
  international: string;
  /** Whether it is a whole number that receives messages. */
  complete: boolean;
}

/** Longer ones are not typed by anybody. */
const MAX_LENGTH = 40;

/** Nothing where nothing can be told yet. What is complete is what `parsePhone` takes for the same phone. */
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
  const text = withoutDecoration(input);
  if (!/^\+\d+$/.test(text)) return undefined;
  const typed = new AsYouType();
  const international = typed.input(text);
  return typed.getCallingCode() === undefined
    ? undefined
    : { country: typed.getCountry(), international, complete: false };
}
