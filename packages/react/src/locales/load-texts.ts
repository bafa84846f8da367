import { type Locale, isLocale } from './locale.js';
import type { Texts } from './texts.js';

const READERS: Record<Locale, () => Promise<Texts>> = {
  en: async () => (await import('./en.js')).en,
  ru: async () => (await import('./ru.js')).ru,
  kk: async () => (await import('./kk.js')).kk,
  ky: async () => (await import('./ky.js')).ky,
  fa: async () => (await import('./fa.js')).fa,
};

/** The texts of a language, loaded when it is first shown. */
export const textsIn = (locale: Locale): Promise<Texts> => READERS[locale]();

/** The first supported language of a list of language tags; English if there is none. */
export function chooseLocale(tags: readonly (string | null | undefined)[]): Locale {
  for (const tag of tags) {
    const language = tag?.split('-')[0]?.toLowerCase() ?? '';
    if (isLocale(language)) return language;
  }
  return 'en';
}
