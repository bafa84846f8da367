import { InvalidInput } from '../domain-error.js';

/** Characters. */
export const NAME_MAX_LENGTH = 100;

/** A character that is visible by itself. */
const VISIBLE = /(?!\p{Default_Ignorable_Code_Point})[^\p{Z}\p{M}\p{C}]/u;
/**
 * Control characters, and invisible marks that only deceive. ZWNJ and ZWJ (U+200C, U+200D) belong to Persian spelling.
 */
const FORBIDDEN = /[\p{Cc}\p{Cs}\p{Co}]|(?![\u200C\u200D])\p{Cf}/u;

/**
 * The name of a user, normalized: NFC, single spaces.
 *
 * @throws InvalidInput "name" when it does not have 1 to 100 characters, none is visible, or one is a control character
 * or an invisible mark
 */
export function readName(text: string): string {
  const name = text.normalize('NFC').trim().replaceAll(/\s+/g, ' ');
  if (!VISIBLE.test(name) || Array.from(name).length > NAME_MAX_LENGTH || FORBIDDEN.test(name))
    throw new InvalidInput('name');
  return name;
}
