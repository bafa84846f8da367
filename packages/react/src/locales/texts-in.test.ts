import { describe, expect, test } from 'vitest';
import { LOCALES, chooseLocale, formatsIn, latinDigits } from './locale.js';
import { textsIn } from './texts-in.js';

/** Every text with its path. Functions are called with distinct arguments. */
function textsOf(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'function') return [[path, (value as (...values: string[]) => string)('«1»', '«2»')]];
  if (typeof value === 'string') return [[path, value]];
  return Object.entries(value as object).flatMap(([key, inner]) => textsOf(inner, `${path}.${key}`));
}

const argumentsIn = (text: string) => (text.match(/«\d»|\{phone\}/g) ?? []).toSorted();

describe.each(LOCALES)('the texts in %s', (locale) => {
  test('have the same keys as in English', () => {
    const keys = (texts: unknown) => textsOf(texts).map(([path]) => path);
    expect(keys(textsIn(locale)).toSorted()).toEqual(keys(textsIn('en')).toSorted());
  });

  test('are not empty and contain every argument', () => {
    const english = new Map(textsOf(textsIn('en')));
    for (const [path, text] of textsOf(textsIn(locale))) {
      expect(text.trim(), path).not.toBe('');
      expect(argumentsIn(text), path).toEqual(argumentsIn(english.get(path) ?? ''));
    }
  });

  test('are translated, except for names', () => {
    if (locale === 'en') return;
    const english = new Map(textsOf(textsIn('en')));
    const same = textsOf(textsIn(locale)).filter(([path, text]) => english.get(path) === text);
    expect(same.map(([path]) => path).filter((path) => !path.startsWith('.channelNames.'))).toEqual([]);
  });
});

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
