import fc from 'fast-check';
import { expect, test } from 'vitest';
import { writtenPhone } from '../../test/support/written-phone.js';
import { maskPhone } from './mask-phone.js';

test('a masked phone keeps its length and shows four digits at the start and two at the end', () => {
  fc.assert(
    fc.property(writtenPhone, ({ e164 }) => {
      const masked = maskPhone(e164);
      expect(masked).toHaveLength(e164.length);
      expect(masked).toBe(`${e164.slice(0, 5)}${'*'.repeat(e164.length - 7)}${e164.slice(-2)}`);
    }),
  );
  expect(maskPhone('+77010000002')).toBe('+7701*****02');
});
