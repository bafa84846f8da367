import { type CountryCode, type PhoneNumber, parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** A phone as it is kept and compared everywhere: E.164, with `+`. */
export interface Phone {
  e164: string;
  country: CountryCode | undefined;
}

export type PhoneProblem = 'invalid' | 'cannot-receive';

/** Spaces of every kind, dashes, brackets, dots, slashes, and the invisible marks that come along when a number is copied. */
const DECORATION =
  /[\s\p{Dash_Punctuation}().·/\u00AD\u2010-\u2015\u2212\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/gu;
/** ASCII, Arabic-Indic, Persian and full-width digits, each run in order from zero. */
const ZEROS = [0x30, 0x660, 0x6f0, 0xff10];
/** Longest E.164 number is 15 digits; a trunk or exit prefix and decoration come on top. */
const MAX_INPUT_LENGTH = 64;

/**
 * Reads one number however a person writes it: with `+`, `00` or nothing in front, in national form, with Persian or
 * Arabic digits. National forms are tried in `countries`, in that order; a mobile reading wins over any other.
 */
export function parsePhone(input: string, countries: readonly CountryCode[]): Phone | PhoneProblem {
  if (input.length > MAX_INPUT_LENGTH) return 'invalid';
  const text = withoutDecoration(input);
  if (!/^\+?\d{5,20}$/.test(text)) return 'invalid';
  const national = text.startsWith('+') ? [] : countries.map((country) => read(text, country));
  const readings = [
    // +7 is Kazakhstan and Russia: what is a number of the country itself comes before what only shares its code.
    ...national.filter((reading, index) => reading?.country === countries[index]),
    read(text.startsWith('+') ? text : `+${text}`),
    ...national,
  ];
  const valid = readings.filter((reading) => reading !== undefined);
  const chosen = valid.find(receivesMessages);
  if (chosen) return { e164: chosen.number, country: chosen.country };
  return valid.length > 0 ? 'cannot-receive' : 'invalid';
}

/** ASCII digits, as far as it is a phone, behind `+` where the country code is written: with it, or with `00`. */
export function withoutDecoration(input: string): string {
  return toAsciiDigits(input).replaceAll(DECORATION, '').replace(/^＋/, '+').replace(/^00/, '+');
}

/**
 * The phone behind WhatsApp's digits. They differ from E.164 in Mexico (a `1` after the country code) and in Brazil
 * (older accounts lack the ninth digit); elsewhere they are E.164 without `+`. Source: Green API's FAQ on numbers.
 */
export function phoneFromWhatsApp(digits: string): Phone {
  const canonical = digits.replace(/^521(?=\d{10}$)/, '52').replace(/^55(\d\d)(?=[6-9]\d{7}$)/, '55$19');
  return { e164: `+${canonical}`, country: countryOf(`+${canonical}`) };
}

/** The other way round: the digits that WhatsApp knows a phone by. Brazil's older accounts cannot be told from the number. */
export function whatsAppDigits(e164: string): string {
  return e164.slice(1).replace(/^52(?=\d{10}$)/, '521');
}

/** The country of a phone in E.164; none for numbers of no country. */
export function countryOf(e164: string): CountryCode | undefined {
  return parsePhoneNumberFromString(e164)?.country;
}

/** Enough to recognise one's own number, too little to call it: `+7701*****02`. */
export function maskPhone(e164: string): string {
  const shown = 4;
  return `${e164.slice(0, shown + 1)}${'*'.repeat(Math.max(0, e164.length - shown - 3))}${e164.slice(-2)}`;
}

/** Persian, Arabic-Indic and full-width digits as ASCII ones; codes are typed on such keyboards too. */
export function toAsciiDigits(text: string): string {
  return text.replaceAll(/[٠-٩۰-۹０-９]/g, (digit) => {
    const point = digit.charCodeAt(0);
    const zero = ZEROS.findLast((start) => start <= point) ?? 0x30;
    return String(point - zero);
  });
}

function read(text: string, country?: CountryCode): PhoneNumber | undefined {
  const parsed = parsePhoneNumberFromString(text, country && { defaultCountry: country, extract: false });
  return parsed?.isValid() ? parsed : undefined;
}

function receivesMessages(phone: PhoneNumber): boolean {
  const type = phone.getType();
  return type === undefined || type === 'MOBILE' || type === 'FIXED_LINE_OR_MOBILE' || type === 'PERSONAL_NUMBER';
}
