import { type Locale, chooseLocale } from '@phonegate/react';

const KEY = 'phonegate:locale';

/** The language of the URL (`?locale=`), else the one chosen before, else the browser's. */
export function firstLocale(): Locale {
  const linked = new URLSearchParams(location.search).get('locale');
  return chooseLocale([linked, remembered(), ...navigator.languages]);
}

/** Stores the chosen language, and removes one in the URL, which would override it after a reload. */
export function rememberLocale(locale: Locale): void {
  const url = new URL(location.href);
  if (url.searchParams.has('locale')) {
    url.searchParams.delete('locale');
    history.replaceState(history.state, '', url);
  }
  try {
    localStorage.setItem(KEY, locale);
  } catch {
    // A private window may refuse storage.
  }
}

function remembered(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
