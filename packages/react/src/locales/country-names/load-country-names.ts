import type { Locale } from '../locale.js';

/** Returns the name of a country by its ISO 3166 code, or the code itself if it has none. */
export type CountryName = (country: string) => string;

/** Names for browsers that have none of their own, such as Chromium. */
const TABLES: Partial<Record<Locale, () => Promise<Record<string, string>>>> = {
  kk: async () => (await import('./kk.js')).kk,
  ky: async () => (await import('./ky.js')).ky,
};

/** The names of countries in a language: the browser's where it has them, else ours. */
export async function countryNamesIn(locale: Locale): Promise<CountryName> {
  const readTable = TABLES[locale];
  if (readTable && !browserNames(locale)) {
    const table = await readTable();
    return (country) => table[country] ?? country;
  }
  const names = browserNames(locale);
  return (country) => names?.of(country) ?? country;
}

/** Chromium reports Kazakh as supported, but has no Kazakh names. Undefined also without Intl.DisplayNames. */
function browserNames(locale: Locale): Intl.DisplayNames | undefined {
  try {
    const names = new Intl.DisplayNames(locale, { type: 'region', fallback: 'none' });
    return names.resolvedOptions().locale === locale && names.of('KZ') !== undefined ? names : undefined;
  } catch {
    return undefined;
  }
}
