import { useState } from 'react';
import { type Locale, chooseLocale } from './locales/locale.js';
import { useBrowserEffect } from './use-browser-effect.js';

/** The browser's language; English on a server and in the first render. */
export function useBrowserLocale(): Locale {
  const [locale, setLocale] = useState<Locale>('en');
  useBrowserEffect(() => {
    // React Native has a navigator without languages.
    setLocale(chooseLocale(typeof navigator === 'undefined' ? [] : (navigator.languages ?? [])));
  }, []);
  return locale;
}
