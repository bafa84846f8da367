import { momentFormat } from './moment.js';

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

export function formatsIn(locale: Locale): Formats {
  // Kazakh and Kyrgyz, which browsers may lack, write numbers as Russian does.
  const tag = locale === 'kk' || locale === 'ky' ? 'ru' : locale;
  const numbers = new Intl.NumberFormat(tag, { useGrouping: false });
  const twoDigits = new Intl.NumberFormat(tag, { minimumIntegerDigits: 2 });
  const moment = momentFormat(locale);
  return {
    number: (value) => numbers.format(value),
    time(ms) {
      const seconds = Math.max(0, Math.ceil(ms / 1000));
      return `${numbers.format(Math.floor(seconds / 60))}:${twoDigits.format(seconds % 60)}`;
    },
    moment: (value) => moment(new Date(value)),
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
