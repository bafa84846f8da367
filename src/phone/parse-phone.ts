import { type CountryCode, type PhoneNumber, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { beforeStrayDigits } from './stray-digits.js';
import { stripDecoration } from './strip-decoration.js';

/** A phone in the form in which it is stored and compared everywhere: E.164, with `+`. */
export interface Phone {
  e164: string;
  country: CountryCode | undefined;
}

export type PhoneProblem = 'invalid' | 'cannot-receive';

/** The longest E.164 number has 15 digits; a trunk or exit prefix and decoration may be added. */
const MAX_INPUT_LENGTH = 64;

/**
 * Reads one number in any spelling: with `+`, `00` or no prefix, in national form, with Persian or Arabic digits.
 * National forms are tried in `countries`, in that order. An interpretation as a mobile number is preferred to any
 * other. Of two phones that a text can mean, with and without its last digits, it reads none.
 */
export function parsePhone(input: string, countries: readonly CountryCode[]): Phone | PhoneProblem {
  if (input.length > MAX_INPUT_LENGTH) return 'invalid';
  const phone = readWhole(input, countries);
  if (typeof phone === 'string') return phone;
  const shorter = beforeStrayDigits(input);
  const other = shorter === undefined ? phone : readWhole(shorter, countries);
  if (typeof other === 'string' || other.e164 === phone.e164) return phone;
  return countries.some((country) => country === other.country) ? 'invalid' : phone;
}

function readWhole(input: string, countries: readonly CountryCode[]): Phone | PhoneProblem {
  const text = stripDecoration(input);
  if (!/^\+?\d{5,20}$/.test(text)) return 'invalid';
  const national = text.startsWith('+') ? [] : countries.map((country) => read(text, country));
  const readings = [
    // +7 belongs to Kazakhstan and Russia: a number of the country itself comes before one that only shares its code.
    ...national.filter((reading, index) => reading?.country === countries[index]),
    read(text.startsWith('+') ? text : `+${text}`),
    ...national,
  ];
  const valid = readings.filter((reading) => reading !== undefined);
  const chosen = valid.find(receivesMessages);
  if (chosen) return { e164: chosen.number, country: chosen.country };
  return valid.length > 0 ? 'cannot-receive' : 'invalid';
}

function read(text: string, country?: CountryCode): PhoneNumber | undefined {
  const parsed = parsePhoneNumberFromString(text, country && { defaultCountry: country, extract: false });
  return parsed?.isValid() ? parsed : undefined;
}

/**
 * Only mobile numbers receive messages. Personal numbers, such as +44 70, are forwarded at a price that their owner sets
 * and shares, so they are refused like premium rate numbers.
 */
function receivesMessages(phone: PhoneNumber): boolean {
  const type = phone.getType();
  return type === 'MOBILE' || type === 'FIXED_LINE_OR_MOBILE';
}
