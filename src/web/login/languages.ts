import type { Locale } from '@phonegate/react';

/** Each language's name for itself. Not in the texts, as the page shows all of them in every language. */
export const LANGUAGES: Record<Locale, string> = {
  en: 'English',
  ru: 'Русский',
  kk: 'Қазақша',
  ky: 'Кыргызча',
  fa: 'فارسی',
};
