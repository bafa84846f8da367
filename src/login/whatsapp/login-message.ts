import { toAsciiDigits } from '../../phone/ascii-digits.js';

/** Zero-width characters, directional marks and isolates, the word joiner, the soft hyphen, the byte order mark. */
const INVISIBLE = /[\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF\u00AD]/g;
const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

/** A text as a reader sees it: one form of each letter (NFKC), no invisible characters, single spaces. */
export function readableText(text: string): string {
  return text.normalize('NFKC').replace(INVISIBLE, '').replaceAll(/\s+/g, ' ').trim();
}

/**
 * The ID of the attempt in a login message, in lower case. Undefined unless the text is exactly the prefix and an ID.
 * The prefix is matched in any case.
 */
export function recogniseLoginMessage(text: string, prefix: string): string | undefined {
  const words = readableText(prefix).split(' ').map(escape).join(' ');
  return new RegExp(`^${words} (${UUID})$`, 'iu').exec(readableText(text))?.[1]?.toLowerCase();
}

/** A user's answer to a request to confirm: two digits, or a refusal in one of the gateway's languages. */
export type ConfirmationAnswer = { number: string } | 'no';

export function recogniseConfirmation(text: string): ConfirmationAnswer | undefined {
  const readable = toAsciiDigits(readableText(text));
  if (/^\d{2}$/.test(readable)) return { number: readable };
  return /^(no|нет|жоқ|жок|نه|خیر)[.!]?$/iu.test(readable) ? 'no' : undefined;
}

function escape(word: string): string {
  return word.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
