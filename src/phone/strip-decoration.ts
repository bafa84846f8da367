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
export const stripDecoration = (input: string): string => stripFromPart(input).replace(/^00/, '+');

/** The same of a part of a phone, where `00` are digits as others. */
export const stripFromPart = (input: string): string =>
  dropDecimals(toAsciiDigits(input)).replaceAll(DECORATION, '').replace(/^＋/, '+');
