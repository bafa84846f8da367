/** "Cancel 11", the words by which users stop advertising. */
const CLOSING = 'لغو11';

/**
 * Fits a text to the rules of advertising lines, which apply to every line for plain texts (Melipayamak's support): it
 * ends with the cancel words and holds no link, and Melipayamak takes a full stop for a link.
 *
 * @returns undefined if the text holds a link
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

/** Advertising lines deliver from 8:00 to 22:00 in Tehran. At other times a message is accepted but never delivered. */
export function isDayInTehran(now: Date): boolean {
  const hour = Number(TEHRAN_HOUR.format(now));
  return hour >= 8 && hour < 22;
}
