/** The languages of the pages, the same as of the gateway. */
export const LOCALES = ['en', 'ru', 'kk', 'ky', 'fa'] as const;
export type Locale = (typeof LOCALES)[number];

export function isLocale(text: string): text is Locale {
  return (LOCALES as readonly string[]).includes(text);
}

export const directionOf = (locale: Locale): 'ltr' | 'rtl' => (locale === 'fa' ? 'rtl' : 'ltr');

/** Numbers, times and digits as a language writes them. */
export interface Formats {
  number(value: number): string;
  /** A duration in milliseconds as minutes and seconds: 0:05, ۴:۵۹. */
  time(ms: number): string;
  moment(value: string): string;
  /** A phone number or a code in the digits of the language. */
  digits(text: string): string;
}

/**
 * The language to pass to Intl. Chromium has no Kyrgyz data, and no Kazakh data though it reports some: dates and country
 * names are in Russian there.
 */
export function intlLocale(locale: Locale): string {
  if (locale !== 'kk' && locale !== 'ky') return locale;
  try {
    const names = new Intl.DisplayNames(locale, { type: 'region', fallback: 'none' });
    return names.resolvedOptions().locale === locale && names.of('KZ') !== undefined ? locale : 'ru';
  } catch {
    return 'ru'; // a browser without Intl.DisplayNames
  }
}

export function formatsIn(locale: Locale): Formats {
  const tag = intlLocale(locale);
  const numbers = new Intl.NumberFormat(tag, { useGrouping: false });
  const twoDigits = new Intl.NumberFormat(tag, { minimumIntegerDigits: 2 });
  const moments = new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'short' });
  return {
    number: (value) => numbers.format(value),
    time(ms) {
      const seconds = Math.max(0, Math.ceil(ms / 1000));
      return `${numbers.format(Math.floor(seconds / 60))}:${twoDigits.format(seconds % 60)}`;
    },
    moment: (value) => moments.format(new Date(value)),
    digits: (text) => (locale === 'fa' ? text.replaceAll(/\d/g, (digit) => numbers.format(Number(digit))) : text),
  };
}

/** Converts Persian (۰) and Arabic (٠) digits to Latin ones. */
export function latinDigits(text: string): string {
  return text.replaceAll(/[۰-۹٠-٩]/g, (digit) => String((digit.codePointAt(0) as number) & 0xf));
}

/** Isolates a name in a sentence of the other direction, or its punctuation would move (Unicode UAX 9, first strong isolate). */
export function isolated(name: string, direction: 'ltr' | 'rtl'): string {
  return direction === 'rtl' || /[\u0590-\u08ff]/.test(name) ? `\u2068${name}\u2069` : name;
}
