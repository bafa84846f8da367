import { expect, test } from 'vitest';
import { momentFormat } from './moment.js';

/** The 3rd of a month at five past nine. */
const momentIn = (month: number) => new Date(2026, month - 1, 3, 9, 5);

test.each([
  ['en', 'Jan 3, 2026, 9:05 AM'],
  ['ru', '3 янв. 2026 г., 09:05'],
  ['kk', '2026 ж. 3 қаң., 09:05'],
  ['ky', '2026-ж., 3-янв. 09:05'],
  ['fa', '۱۳ دی ۱۴۰۴، ۹:۰۵'],
] as const)('a date and time in %s: %s', (locale, text) => {
  // ICU writes narrow spaces in some versions.
  expect(momentFormat(locale)(momentIn(1)).replaceAll(/\s/g, ' ')).toBe(text);
});

test.each(['kk', 'ky'] as const)('the months in %s are those of CLDR', (locale) => {
  const cldr = new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric' });
  for (let month = 1; month <= 12; month++) {
    const name = cldr.formatToParts(momentIn(month)).find(({ type }) => type === 'month')?.value ?? '';
    expect(name).not.toBe('');
    expect(momentFormat(locale)(momentIn(month))).toContain(name);
  }
});
