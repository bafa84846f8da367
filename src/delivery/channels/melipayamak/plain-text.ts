/** "Cancel 11", the words with which users stop advertising. */
const CLOSING = 'لغو11';

/**
 * Adapts a text to the rules for advertising lines, which apply to every line for plain texts (source: Melipayamak's
 * support). The text ends with the cancel words and contains no link. Melipayamak treats a full stop as a link.
 *
 * @returns undefined if the text contains a link
 */
export function plainText(text: string): string | undefined {
  if (/https?:|www\.|@\S/i.test(text)) return undefined;
  const lines = text
    .split(/[.\n]/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && line !== CLOSING);
  return [...lines, CLOSING].join('\n');
}

const TEHRAN_HOUR = new Intl.DateTimeFormat('en', { timeZone: 'Asia/Tehran', hour: 'numeric', hourCycle: 'h23' });

/**
 * Advertising lines deliver from 8:00 to 22:00 in Tehran. At other times Melipayamak accepts a message but never
 * delivers it.
 */
export function isDayInTehran(now: Date): boolean {
  const hour = Number(TEHRAN_HOUR.format(now));
  return hour >= 8 && hour < 22;
}
