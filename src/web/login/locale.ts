import { type Locale, chooseLocale } from '../locales/texts.js';

const KEY = 'phonegate:locale';

/** The language of the link (`?locale=`), the one chosen here before, or the browser's. */
export function firstLocale(): Locale {
  const linked = new URLSearchParams(location.search).get('locale');
  return chooseLocale([linked, remembered(), ...navigator.languages]);
}

/** From now on, also after a reload: a language in the address counts no more. */
export function rememberLocale(locale: Locale): void {
  const address = new URL(location.href);
  if (address.searchParams.has('locale')) {
    address.searchParams.delete('locale');
    history.replaceState(history.state, '', address);
  }
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
