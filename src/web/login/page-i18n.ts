import { type I18n, type Locale, type Texts, i18nFor } from '@phonegate/react';
import { en } from './locales/en.js';
import { fa } from './locales/fa.js';
import { kk } from './locales/kk.js';
import { ky } from './locales/ky.js';
import type { PageTexts } from './locales/page-texts.js';
import { ru } from './locales/ru.js';

/** Texts and formats of one language, of the form and of the page around it. */
export interface PageI18n extends I18n {
  texts: Texts & PageTexts;
}

const PAGE_TEXTS: Record<Locale, PageTexts> = { en, ru, kk, ky, fa };

export const pageTextsIn = (locale: Locale): PageTexts => PAGE_TEXTS[locale];

const known = new Map<Locale, PageI18n>();

/** The same object at every call, as `i18nFor` of the form returns it, so it can be a dependency of an effect. */
export function pageI18nFor(locale: Locale): PageI18n {
  let i18n = known.get(locale);
  if (!i18n) {
    const form = i18nFor(locale);
    i18n = { ...form, texts: { ...form.texts, ...pageTextsIn(locale) } };
    known.set(locale, i18n);
  }
  return i18n;
}
