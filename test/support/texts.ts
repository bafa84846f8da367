import type { Locale } from '@phonegate/react';
import { describe, expect, test } from 'vitest';

/** Every text with its path. Functions are called with distinct arguments. */
function textsOf(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'function') return [[path, (value as (...values: string[]) => string)('«1»', '«2»')]];
  if (typeof value === 'string') return [[path, value]];
  return Object.entries(value as object).flatMap(([key, inner]) => textsOf(inner, `${path}.${key}`));
}

const argumentsIn = (text: string) => (text.match(/«\d»|\{phone\}/g) ?? []).toSorted();

/** Checks that every language has each text, with the same arguments. */
export function describeTexts(locales: readonly Locale[], textsIn: (locale: Locale) => unknown): void {
  describe.each(locales)('the texts in %s', (locale) => {
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
}
