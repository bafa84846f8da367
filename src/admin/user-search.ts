import type { CountryCode } from 'libphonenumber-js/max';
import { parsePhone } from '../phone/parse-phone.js';
import { stripFromPart } from '../phone/strip-decoration.js';

/** What the text of a search means: one phone, or a part of a name or phone. */
export type UserSearch =
  | { kind: 'phone'; phone: string }
  | {
      kind: 'part';
      /** In NFC, as names are stored. */
      text: string;
      /** E.164, if the text is also a phone in national form. */
      phone: string | undefined;
      /** Digits that the phone contains. */
      digits: string | undefined;
      /** The same without trunk prefix or exit prefix, because a stored number has none. */
      significantDigits: string | undefined;
    };

/** Fewer digits would match nearly every user. */
const MIN_DIGITS = 3;

/** Reads the text of a search. `countries` are those in whose national form a phone may be written. */
export function readUserSearch(search: string, countries: readonly CountryCode[]): UserSearch {
  const parsed = parsePhone(search, countries);
  const phone = typeof parsed === 'string' ? undefined : parsed.e164;
  // A number in national form may also be a part of a longer number.
  const written = stripFromPart(search);
  if (phone !== undefined && /^(\+|00)/.test(written)) return { kind: 'phone', phone };
  const digits = /^\+?\d+$/.test(written) ? written.replace('+', '') : '';
  const long = (part: string) => (part.length >= MIN_DIGITS ? part : undefined);
  return {
    kind: 'part',
    text: search.trim().normalize('NFC'),
    phone,
    digits: long(digits),
    significantDigits: long(digits.replace(/^(00(?=[1-9])|[08])/, '')),
  };
}
