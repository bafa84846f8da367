import { getCountries } from 'libphonenumber-js/max';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { LOCALES } from '../locale.js';
import { kk } from './kk.js';
import { ky } from './ky.js';
import { countryNamesIn } from './load-country-names.js';

const NAMES = {
  en: ['Kazakhstan', 'Iran'],
  ru: ['Казахстан', 'Иран'],
  kk: ['Қазақстан', 'Иран'],
  ky: ['Казакстан', 'Иран'],
  fa: ['قزاقستان', 'ایران'],
};

afterEach(() => vi.unstubAllGlobals());

const namesIn = async (locale: keyof typeof NAMES) => ['KZ', 'IR'].map(await countryNamesIn(locale));

describe('the names of countries', () => {
  test.each(LOCALES)('are in %s where the runtime has them', async (locale) => {
    expect(await namesIn(locale)).toEqual(NAMES[locale]);
  });

  test.each(['kk', 'ky'] as const)(
    'are in %s in a runtime that reports the language but has no names',
    async (locale) => {
      const DisplayNames = vi.fn(function () {
        return { resolvedOptions: () => ({ locale }), of: () => undefined };
      });
      vi.stubGlobal('Intl', { ...Intl, DisplayNames });
      expect(await namesIn(locale)).toEqual(NAMES[locale]);
    },
  );

  test.each(['kk', 'ky'] as const)('are in %s in a runtime that answers in another language', async (locale) => {
    const DisplayNames = vi.fn(function () {
      return { resolvedOptions: () => ({ locale: 'ru' }), of: () => 'Казахстан' };
    });
    vi.stubGlobal('Intl', { ...Intl, DisplayNames });
    expect(await namesIn(locale)).toEqual(NAMES[locale]);
  });

  test('are the codes in a browser without Intl.DisplayNames', async () => {
    vi.stubGlobal('Intl', { ...Intl, DisplayNames: undefined });
    expect(await namesIn('en')).toEqual(['KZ', 'IR']);
    expect(await namesIn('kk')).toEqual(NAMES.kk);
  });

  test.each([
    ['Kazakh', kk, /^[А-ЯЁӘҒҚҢӨҰҮҺІа-яёәғқңөұүһі’ ,—-]+$/],
    ['Kyrgyz', ky, /^[А-ЯЁҢӨҮа-яёңөү’ ,—-]+$/],
  ])('in %s exist for every country with phone numbers, each once', (_, names, letters) => {
    expect(Object.keys(names).toSorted()).toEqual(getCountries().toSorted());
    for (const name of Object.values(names)) expect(name).toMatch(letters);
    expect(new Set(Object.values(names)).size).toBe(Object.keys(names).length);
  });
});
