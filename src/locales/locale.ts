/** The languages we speak. */
export const LOCALES = ['en', 'ru', 'kk', 'ky', 'fa'] as const;
export type Locale = (typeof LOCALES)[number];

export function isLocale(text: string): text is Locale {
  return (LOCALES as readonly string[]).includes(text);
}

/** The same, and English when nobody wished for a language we speak. */
export function chooseLocale(...candidates: (string | null | undefined)[]): Locale {
  return wishedLocale(...candidates) ?? 'en';
}

/** The first language we speak among the candidates: a tag (`ru-RU`), or an Accept-Language header (RFC 9110, 12.5.4). */
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

/** The language that most people of a country read, as far as we speak it. */
export function localeOfCountry(country: string | undefined): Locale {
  return (country && COUNTRY_LOCALES[country]) || 'en';
}

const COUNTRY_LOCALES: Record<string, Locale> = { KZ: 'kk', KG: 'ky', IR: 'fa', AF: 'fa', RU: 'ru', BY: 'ru' };
