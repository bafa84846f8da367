import { useEffect, useState } from 'react';
import type { RecognizedPhone } from '@phonegate/client';
import { type CountryName, countryNamesIn } from './locales/country-names/load-country-names.js';
import type { Locale } from './locales/locale.js';

/** The names of countries in a language, loaded for the first number with a country. `undefined` until then. */
export function useCountryNames(locale: Locale, recognized: RecognizedPhone | undefined): CountryName | undefined {
  const [names, setNames] = useState<{ locale: Locale; nameOf: CountryName }>();
  useEffect(() => {
    if (!recognized?.country) return;
    let wanted = true;
    countryNamesIn(locale).then(
      (nameOf) => wanted && setNames({ locale, nameOf }),
      () => {}, // no network: the number is shown without its country
    );
    return () => {
      wanted = false;
    };
  }, [locale, recognized]);
  return names?.locale === locale ? names.nameOf : undefined;
}
