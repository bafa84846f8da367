import { toAsciiDigits } from './ascii-digits.js';
import { dropDecimals } from './drop-decimals.js';

/**
 * Spaces of every kind, dashes, brackets, dots, slashes, and invisible marks that are copied together with a number.
 */
const DECORATION =
  /[\s\p{Dash_Punctuation}().·/\u00AD\u2010-\u2015\u2212\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/gu;

/**
 * A phone in ASCII digits without decoration and without decimals. A leading `00` becomes `+`. Other characters stay, so
 * that the caller can refuse them.
 */
export function stripDecoration(input: string): string {
  const text = dropDecimals(toAsciiDigits(input));
  return text.replaceAll(DECORATION, '').replace(/^＋/, '+').replace(/^00/, '+');
}
