import { toAsciiDigits } from '../../phone/ascii-digits.js';

/** Characters that are not seen: zero-width, directional marks and isolates, the word joiner, the soft hyphen, the BOM. */
const INVISIBLE = /[\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF\u00AD]/g;
const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

/** A text as a person would read it: one form of each letter, nothing invisible, single spaces. */
export function readableText(text: string): string {
  return text.normalize('NFKC').replace(INVISIBLE, '').replaceAll(/\s+/g, ' ').trim();
}

/** The attempt a message asks to sign in, when it is a login message and nothing else. The prefix is matched in any case. */
export function recogniseLoginMessage(text: string, prefix: string): string | undefined {
  const words = readableText(prefix).split(' ').map(escape).join(' ');
  return new RegExp(`^${words} (${UUID})$`, 'iu').exec(readableText(text))?.[1]?.toLowerCase();
}

/** The two digits, or the refusal, with which a person answers a request to confirm. */
export function recogniseConfirmation(text: string): { number: string } | 'no' | undefined {
  const readable = toAsciiDigits(readableText(text));
  if (/^\d{2}$/.test(readable)) return { number: readable };
  return /^(no|нет|жоқ|жок|نه|خیر)[.!]?$/iu.test(readable) ? 'no' : undefined;
}

function escape(word: string): string {
  return word.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
