import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ZEROS } from '../../test/support/written-phone.js';
import { toAsciiDigits } from './ascii-digits.js';

test('converts Arabic-Indic, Persian and full-width digits to ASCII digits and changes no other character', () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(...ZEROS), (number, zero) => {
      const text = String(number).replaceAll(/\d/g, (digit) => String.fromCharCode(zero.charCodeAt(0) + Number(digit)));
      expect(toAsciiDigits(text)).toBe(String(number));
    }),
  );
  expect(toAsciiDigits('код ۴ ५')).toBe('код 4 ५');
});
