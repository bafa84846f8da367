import fc from 'fast-check';
import type { CountryCode } from 'libphonenumber-js/max';
import { describe, expect, test } from 'vitest';
import { parsePhone } from './parse-phone.js';
import { recognizePhone } from './recognize-phone.js';

const COUNTRIES: CountryCode[] = ['KZ', 'KG', 'IR'];
const recognize = (phone: string, defaultCountries = COUNTRIES) =>
  recognizePhone({ phone }, { config: { defaultCountries } });

describe('recognizePhone', () => {
  test.each([
    ['+7', undefined, '+7'],
    ['+7701', 'KZ', '+7 701'],
    ['+7 701 000 00', 'KZ', '+7 701 000 00'],
    ['00996700', 'KG', '+996 700'],
    ['+98912', 'IR', '+98 912'],
    ['+۹۸۹۱۲', 'IR', '+98 912'],
    ['٠٠٩٩٦', 'KG', '+996'],
    ['+1', undefined, '+1'],
    ['+7 727 250 00 00', 'KZ', '+7 7272 50 00 00'],
    ['+7 701 000 00 02 99', 'KZ', '+7 701000000299'],
  ])('formats %s as far as it is typed, as incomplete', (text, country, international) =>
    expect(recognize(text)).toEqual({ country, international, complete: false }),
  );

  test.each([
    ['+7 701 000 00 02', 'KZ', '+7 701 000 0002'],
    ['8 701 000 00 02', 'KZ', '+7 701 000 0002'],
    ['۰۹۱۲ ۰۰۰ ۰۰۰۴', 'IR', '+98 912 000 0004'],
    ['0700 000 003', 'KG', '+996 700 000 003'],
    ['00996700000003', 'KG', '+996 700 000 003'],
    ['77010000002', 'KZ', '+7 701 000 0002'],
  ])('recognizes %s as complete', (text, country, international) =>
    expect(recognize(text)).toEqual({ country, international, complete: true }),
  );

  test.each(['', '+', '00', '0', '0701', '8701', '+0', '+999', '+7701a', 'Aigerim', `+77010000002${' '.repeat(29)}`])(
    'recognizes nothing in %j',
    (text) => expect(recognize(text)).toBeUndefined(),
  );

  test('takes the first country of the list where a national form is valid', () => {
    expect(recognize('0612345678', ['KG', 'FR'])?.country).toBe('FR');
    expect(recognize('0612345678', ['KG'])).toBeUndefined();
  });
});

test('calls a phone complete exactly where parsePhone accepts it, as the same phone', () => {
  const signs = fc.constantFrom(...Array.from('0123456789٠١٢٣۷۸۹+ -()aª\u200E'));
  const start = fc.constantFrom('+7701', '+996', '0912', '8 701', '00', '۰۹۱۲', '+44 7', '+1 212', '+', '');
  const typed = fc.tuple(start, fc.string({ unit: signs, maxLength: 14 })).map((parts) => parts.join(''));
  const whole = fc
    .tuple(fc.constantFrom('+7701', '8701', '+7707', '07000', '+98912', '0912'), fc.stringMatching(/^\d{7}$/))
    .map((parts) => parts.join(''));
  let complete = 0;
  fc.assert(
    fc.property(fc.oneof(typed, whole, fc.string({ unit: 'binary', maxLength: 40 })), (text) => {
      const phone = parsePhone(text, COUNTRIES);
      const seen = recognize(text);
      expect(seen?.complete ?? false).toBe(typeof phone === 'object');
      if (typeof phone !== 'object' || !seen) return;
      complete += 1;
      expect(seen.country).toBe(phone.country);
      expect(parsePhone(seen.international, [])).toEqual(phone);
      expect(seen.international.replaceAll(/[^+\d]/g, '')).toBe(phone.e164);
    }),
    { numRuns: 5_000 },
  );
  expect(complete).toBeGreaterThan(1_000);
});
