/**
 * Ranges of numbers that belong to one operator, without `+`. Sources: the national numbering plans of Kazakhstan (ITU,
 * 2023), Kyrgyzstan (ITU, 2022) and Iran (ITU, 2023).
 */
const KNOWN_RANGES: ReadonlySet<string> = new Set([
  ...['700', '701', '702', '705', '706', '707', '708', '747', '771', '775', '776', '777', '778'].map(
    (area) => `7${area}`,
  ),
  ...['20', '22', '50', '55', '70', '75', '77', '88', '99'].map((area) => `996${area}`),
  ...['90', '91', '92', '93', '94', '99'].map((area) => `98${area}`),
]);

/** The digits of the longest known range; a number has a country code and one more digit at least. */
const LENGTHS = [5, 4, 3];

/** Of the other numbers, these digits are taken as the range: a country code of three digits and two more. */
const UNKNOWN_RANGE_DIGITS = 5;

/** Digits at the end of a number that operators lease together: ten thousand numbers, or a hundred thousand. */
const BLOCK_DIGITS = 4;
const WIDE_BLOCK_DIGITS = 5;

/** The longest known range that contains a phone (E.164): `+7701`. Of an unknown range the first five digits. */
export function rangeOf(e164: string): string {
  const digits = e164.slice(1);
  const length = LENGTHS.find((count) => KNOWN_RANGES.has(digits.slice(0, count))) ?? UNKNOWN_RANGE_DIGITS;
  return `+${digits.slice(0, length)}`;
}

/** The block of ten thousand numbers that contains a phone (E.164): `+7701000`. */
export const blockOf = (e164: string): string => e164.slice(0, -BLOCK_DIGITS);

/** The block of a hundred thousand numbers that contains a phone (E.164): `+770100`. */
export const wideBlockOf = (e164: string): string => e164.slice(0, -WIDE_BLOCK_DIGITS);
