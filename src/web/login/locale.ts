import { type Locale, chooseLocale } from '../locales/texts.js';

const KEY = 'phonegate:locale';

/** The language chosen here before, that of the link (`?locale=`), or the browser's. */
export function firstLocale(): Locale {
  const linked = new URLSearchParams(location.search).get('locale');
  return chooseLocale([linked, remembered(), ...navigator.languages]);
}

export function rememberLocale(locale: Locale): void {
  try {
    localStorage.setItem(KEY, locale);
  } catch {
    // A private window may refuse.
  }
}

function remembered(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
