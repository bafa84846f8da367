/** Cannot be part of a phone, so a text with it is refused. */
const REFUSED = '?';

const INVISIBLE = /[\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/g;
/** The last dot or slash, and the digits after it. Persian writes a decimal point as a slash. */
const LAST_PART = /^(?<whole>.*\d)[^\d./·\p{L}]*(?<point>[./·])[^\d\p{L}]*(?<last>\d+)[^\d\p{L}]*$/su;
/** A number as programs write it: its digits alone, or in groups of three. */
const WHOLE_NUMBER = /^\+?(\d+|\d{1,3}(?:([^\d\p{L}+])\d{3})(?:\2\d{3})*)$/u;
/** Fewer digits before a dot or slash are the first groups of a phone. */
const MIN_DIGITS = 8;

/**
 * A phone without the `.0` that a spreadsheet or a data frame adds to it. Read as a digit of the phone, the zero would
 * make another valid number: `770123456.00` of Kyrgyzstan would be +77012345600 of Kazakhstan.
 *
 * One or two other digits behind a whole phone are a second line (`…/12`) or an extension. No phone is read from them.
 *
 * @param text in ASCII digits
 */
export function dropDecimals(text: string): string {
  const visible = text.replaceAll(INVISIBLE, '').trim();
  const { whole, point, last } = LAST_PART.exec(visible)?.groups ?? {};
  if (whole === undefined || point === undefined || last === undefined) return text;
  const hasManyDigits = whole.replaceAll(/\D/g, '').length >= MIN_DIGITS;
  const isNumber = hasManyDigits && WHOLE_NUMBER.test(whole);
  const isGroup = whole.includes(point) && last.length > 2;
  if (isNumber && !isGroup && /^0+$/.test(last)) return whole;
  const isShort = last.length <= 2 && hasManyDigits && (isNumber || (point === '/' && !whole.includes(point)));
  return last.length === 1 || isShort ? REFUSED : text;
}
