import { useEffect, useState } from 'react';
import { type Formats, directionOf, formatsIn, type Locale } from './locales/locale.js';
import { type CountryName, countryNamesIn } from './locales/country-names/load-country-names.js';
import { textsIn } from './locales/load-texts.js';
import type { Texts } from './locales/texts.js';

/** Texts and formats of one language. */
export interface I18n extends Formats {
  locale: Locale;
  direction: 'ltr' | 'rtl';
  texts: Texts;
  country: CountryName;
}

async function loadI18n(locale: Locale): Promise<I18n> {
  const [texts, country] = await Promise.all([textsIn(locale), countryNamesIn(locale)]);
  return { ...formatsIn(locale), locale, direction: directionOf(locale), texts, country };
}

const RETRY_MS = 2_000;

/** The texts of a language once they are loaded; until then those of the language before. */
export function useI18n(locale: Locale): I18n | undefined {
  const [i18n, setI18n] = useState<I18n>();
  useEffect(() => {
    let wanted = true;
    let timer: ReturnType<typeof setTimeout>;
    const load = () =>
      loadI18n(locale).then(
        (found) => wanted && setI18n(found),
        () => {
          if (wanted) timer = setTimeout(() => void load(), RETRY_MS); // no network at the moment
        },
      );
    void load();
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [locale]);
  return i18n;
}
