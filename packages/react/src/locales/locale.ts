import { momentFormat } from './moment.js';

/** The languages of the form, the same as of the gateway. */
export const LOCALES = ['en', 'ru', 'kk', 'ky', 'fa'] as const;
export type Locale = (typeof LOCALES)[number];

function isLocale(text: string): text is Locale {
  return (LOCALES as readonly string[]).includes(text);
}

/**
 * The first supported language of a list of language tags; English if there is none. A browser passes `navigator.languages`,
 * a server the header Accept-Language, split at commas.
 */
export function chooseLocale(tags: readonly (string | null | undefined)[]): Locale {
  for (const tag of tags) {
    const language = tag?.trim().split(/[-_;]/)[0]?.toLowerCase() ?? '';
    if (isLocale(language)) return language;
  }
  return 'en';
}

export const directionOf = (locale: Locale): 'ltr' | 'rtl' => (locale === 'fa' ? 'rtl' : 'ltr');

/** Numbers, times and digits as a language writes them. */
export interface Formats {
  number(value: number): string;
  /** A duration in seconds as minutes and seconds: 0:05, ۴:۵۹. */
  duration(seconds: number): string;
  /** An ISO 8601 timestamp as date and time, in the time zone of the browser. */
  dateTime(timestamp: string): string;
  /** A phone number or a code in the digits of the language. */
  digits(text: string): string;
}

export function formatsIn(locale: Locale): Formats {
  // Kazakh and Kyrgyz, which browsers may lack, write numbers as Russian does.
  const tag = locale === 'kk' || locale === 'ky' ? 'ru' : locale;
  const numbers = new Intl.NumberFormat(tag, { useGrouping: false });
  const twoDigits = new Intl.NumberFormat(tag, { minimumIntegerDigits: 2 });
  const dateTime = momentFormat(locale);
  return {
    number: (value) => numbers.format(value),
    duration: (seconds) => `${numbers.format(Math.floor(seconds / 60))}:${twoDigits.format(seconds % 60)}`,
    dateTime: (timestamp) => dateTime(new Date(timestamp)),
    digits: (text) => (locale === 'fa' ? text.replaceAll(/\d/g, (digit) => numbers.format(Number(digit))) : text),
  };
}

/** Converts Persian (۰) and Arabic (٠) digits to Latin ones. */
export function latinDigits(text: string): string {
  return text.replaceAll(/[۰-۹٠-٩]/g, (digit) => String((digit.codePointAt(0) as number) & 0xf));
}
