import type { Locale } from '../locales/locale.js';

/** What speakers call their language. Here, because each is shown whichever of them is spoken. */
export const LANGUAGES: Record<Locale, string> = {
  en: 'English',
  ru: 'Русский',
  kk: 'Қазақша',
  ky: 'Кыргызча',
  fa: 'فارسی',
};
