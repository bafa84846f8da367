import type { ErrorCode } from '../domain-error.js';
import { en } from './en.js';
import { fa } from './fa.js';
import { kk } from './kk.js';
import { ky } from './ky.js';
import type { Locale } from './locale.js';
import { ru } from './ru.js';

/** Everything we say to a person, in one language. Codes stay the same in all of them. */
export interface Messages {
  /** What happened and what to do, for each expected failure. */
  errors: Record<ErrorCode, string>;
  /** A bug of ours. */
  internalError: string;
  /** The database cannot be reached. */
  unavailable: string;
  /** WhatsApp: a message arrived that could not be decrypted. */
  sendAgain: string;
  /** WhatsApp: the sender's number is hidden. */
  phoneHidden: string;
  /** WhatsApp: is it you who is signing in? */
  askToConfirm: (service: string, device: string, address: string) => string;
}

const ALL: Record<Locale, Messages> = { en, ru, kk, ky, fa };

export function messagesIn(locale: Locale): Messages {
  return ALL[locale];
}
