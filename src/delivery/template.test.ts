import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderTemplate, templateLocales } from './template.js';

describe('a template', () => {
  test('is filled in, wherever and however often its places stand', () => {
    expect(renderTemplate('{code} works {minutes} min. @host #{code}', { code: '042137', minutes: 5 })).toBe(
      '042137 works 5 min. @host #042137',
    );
  });

  test('keeps every other sign as it is', () => {
    const piece = fc.string().map((text) => text.replaceAll('{code}', '').replaceAll('{minutes}', ''));
    fc.assert(
      fc.property(piece, piece, fc.stringMatching(/^\d{4,8}$/), (before, after, code) => {
        expect(renderTemplate(`${before} {code} ${after}`, { code, minutes: 5 })).toBe(`${before} ${code} ${after}`);
      }),
    );
    expect(renderTemplate("$& $' {Code} {code}", { code: '1', minutes: 1 })).toBe("$& $' {Code} 1");
  });

  test.each(['', 'Your code is on its way', '{ code }', '{CODE}', '{minutes}'])(
    '"%s" has no place for the code',
    (body) => {
      expect(() => renderTemplate(body, { code: '123456', minutes: 5 })).toThrow('{code}');
    },
  );

  test('the error does not tell the code', () => {
    expect(() => renderTemplate('x', { code: '123456', minutes: 5 })).toThrow(/^(?!.*123456)/);
  });
});

describe('the language of a message', () => {
  test.each([
    ['ru', 'KZ', ['ru', 'kk', 'en']],
    ['kk', 'KZ', ['kk', 'en']],
    ['en', 'IR', ['en', 'fa']],
    ['en', undefined, ['en']],
    ['de', 'DE', ['de', 'en']],
  ])("%s to %s: the caller's, the country's, English, each once", (locale, country, expected) => {
    expect(templateLocales(locale, country)).toEqual(expected);
  });
});
