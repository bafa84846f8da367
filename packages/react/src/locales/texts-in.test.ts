import { describe, expect, test } from 'vitest';
import { describeTexts } from '../../../../test/support/texts.js';
import { LOCALES, chooseLocale, formatsIn, latinDigits } from './locale.js';
import { textsIn } from './texts-in.js';

describeTexts(LOCALES, textsIn);

test('Russian avoids texts whose words change with the number', () => {
  const { triesLeft } = textsIn('ru');
  expect([1, 2, 5].map((count) => triesLeft(`${count}`).replace(`${count}`, ''))).toEqual(Array(3).fill(triesLeft('')));
});

describe('chooseLocale', () => {
  test.each([
    [['kk-KZ', 'ru'], 'kk'],
    [[null, undefined, 'de', 'FA-ir'], 'fa'],
    [['de'], 'en'],
    [[], 'en'],
    [['constructor'], 'en'],
    ['de-AT,ky;q=0.9, ru;q=0.8'.split(','), 'ky'],
    [['de', ' ru;q=0.8'], 'ru'],
  ])('takes the first supported language of %j: %s', (wishes, locale) => {
    expect(chooseLocale(wishes)).toBe(locale);
  });
});

describe('formats', () => {
  test('use Persian digits in Persian', () => {
    const fa = formatsIn('fa');
    expect(fa.digits('+7701*****02')).toBe('+۷۷۰۱*****۰۲');
    expect(fa.duration(65)).toBe('۱:۰۵');
    expect(fa.number(4)).toBe('۴');
  });

  test('use Latin digits in the other languages', () => {
    for (const locale of LOCALES.filter((each) => each !== 'fa')) {
      expect(formatsIn(locale).digits('012')).toBe('012');
      expect(formatsIn(locale).duration(5), locale).toBe('0:05');
    }
  });

  test('convert Persian and Arabic digits to Latin ones', () => {
    expect(latinDigits('۰۱۲۳۴۵۶۷۸۹ ٠١٢٣٤٥٦٧٨٩ abc')).toBe('0123456789 0123456789 abc');
  });
});
