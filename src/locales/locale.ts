/** The languages of the gateway. */
export const LOCALES = ['en', 'ru', 'kk', 'ky', 'fa'] as const;
export type Locale = (typeof LOCALES)[number];

export function isLocale(text: string): text is Locale {
  return (LOCALES as readonly string[]).includes(text);
}

/** The first supported language among the candidates (see wishedLocale); English when there is none. */
export function chooseLocale(...candidates: (string | null | undefined)[]): Locale {
  return wishedLocale(...candidates) ?? 'en';
}

/** The first supported language among the candidates. Each is a tag (`ru-RU`) or an Accept-Language header (RFC 9110, 12.5.4). */
export function wishedLocale(...candidates: (string | null | undefined)[]): Locale | undefined {
  for (const candidate of candidates) {
    if (!candidate) continue;
    const wishes = candidate
      .slice(0, 200)
      .split(',')
      .map((part) => ({ language: part.split(/[;_-]/)[0]?.trim().toLowerCase() ?? '', weight: weightOf(part) }))
      .toSorted((one, other) => other.weight - one.weight);
    for (const { language } of wishes) if (isLocale(language)) return language;
  }
  return undefined;
}

function weightOf(part: string): number {
  return Number(/;\s*q=([\d.]+)/.exec(part)?.[1] ?? 1);
}

/** The supported language that most users in a country read; English for other countries. */
export function localeOfCountry(country: string | undefined): Locale {
  return (country && COUNTRY_LOCALES[country]) || 'en';
}

const COUNTRY_LOCALES: Record<string, Locale> = { KZ: 'kk', KG: 'ky', IR: 'fa', AF: 'fa', RU: 'ru', BY: 'ru' };
