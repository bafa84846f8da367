import { toAsciiDigits } from '../../phone/ascii-digits.js';

/** Whether a field of the first line is a phone, valid or not, and not the name of a column. */
export function looksLikePhone(field: string): boolean {
  const text = toAsciiDigits(field);
  return /\d/.test(text) && !/\p{L}/u.test(text);
}
