/** The languages we speak. */
export const LOCALES = ['en', 'ru', 'kk', 'ky', 'fa'] as const;
export type Locale = (typeof LOCALES)[number];

export function isLocale(text: string): text is Locale {
  return (LOCALES as readonly string[]).includes(text);
}

/** The first language we speak among the candidates: a tag (`ru-RU`) or an Accept-Language header each. */
export function chooseLocale(...candidates: (string | null | undefined)[]): Locale {
  for (const candidate of candidates) {
    for (const part of (candidate ?? '').slice(0, 200).split(',')) {
      const language = part.split(/[;_-]/)[0]?.trim().toLowerCase() ?? '';
      if (isLocale(language)) return language;
    }
  }
  return 'en';
}

/** The language that most people of a country read, as far as we speak it. */
export function localeOfCountry(country: string | undefined): Locale {
  return (country && COUNTRY_LOCALES[country]) || 'en';
}

const COUNTRY_LOCALES: Record<string, Locale> = { KZ: 'kk', KG: 'ky', IR: 'fa', AF: 'fa', RU: 'ru', BY: 'ru' };
