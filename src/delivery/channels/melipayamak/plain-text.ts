/** "Cancel 11": how people stop advertising. */
const CLOSING = 'لغو11';

/**
 * The rules of advertising lines, which a line for plain texts must be taken to be (Melipayamak's support): the text ends
 * with the words that cancel, nothing in it may look like a link, and a single full stop does.
 *
 * @returns nothing when the text cannot be sent from such a line.
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

/** Advertising lines deliver from 8 to 22 in Tehran. Outside, a message is taken, with an id, and never arrives. */
export function isDayInTehran(now: Date): boolean {
  const hour = Number(TEHRAN_HOUR.format(now));
  return hour >= 8 && hour < 22;
}
