import { type Formats, type Locale, directionOf, formatsIn } from './locales/locale.js';
import { textsIn } from './locales/texts-in.js';
import type { Texts } from './locales/texts.js';

/** Texts and formats of one language. */
export interface I18n extends Formats {
  locale: Locale;
  direction: 'ltr' | 'rtl';
  texts: Texts;
}

const known = new Map<Locale, I18n>();

/** Texts and formats of a language. The same object at every call, so it can be a dependency of an effect. */
export function i18nFor(locale: Locale): I18n {
  let i18n = known.get(locale);
  if (!i18n) {
    i18n = { ...formatsIn(locale), locale, direction: directionOf(locale), texts: textsIn(locale) };
    known.set(locale, i18n);
  }
  return i18n;
}
