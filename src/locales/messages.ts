import type { Messages } from './catalog.js';
import { en } from './en.js';
import { fa } from './fa.js';
import { kk } from './kk.js';
import { ky } from './ky.js';
import type { Locale } from './locale.js';
import { ru } from './ru.js';

export type { Messages };

const MESSAGES: Record<Locale, Messages> = { en, ru, kk, ky, fa };

export function messagesIn(locale: Locale): Messages {
  return MESSAGES[locale];
}
