import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isDayInTehran, plainText } from './plain-text.js';

const CLOSING = 'لغو11';

describe('plainText for an advertising line', () => {
  test.each([
    ['adds the cancel words', 'کد ورود: 852596', `کد ورود: 852596\n${CLOSING}`],
    ['removes a full stop, which counts as a link', 'کد ورود: 852596.', `کد ورود: 852596\n${CLOSING}`],
    ['starts a new line after a sentence', 'Code 852596. Do not share.', `Code 852596\nDo not share\n${CLOSING}`],
    ['keeps lines', 'کد\n852596', `کد\n852596\n${CLOSING}`],
    ['removes empty lines', ' کد \r\n\r\n852596 ... \n', `کد\n852596\n${CLOSING}`],
    ['splits a host name into words', 'app.example code 852596', `app\nexample code 852596\n${CLOSING}`],
    ['adds the cancel words once if the template has them too', `852596\n${CLOSING}`, `852596\n${CLOSING}`],
  ])('%s', (_, text, expected) => {
    expect(plainText(text)).toBe(expected);
  });

  test.each([
    'کد 852596 https://example.com',
    'HTTP://EXAMPLE.COM 852596',
    'www.example.com 852596',
    '852596\n@app.example.com #852596',
    'write to me@example.com',
  ])('returns undefined for a text with a link: %j', (text) => {
    expect(plainText(text)).toBeUndefined();
  });

  test('removes every full stop and keeps all words of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '1', ' ', '.', '\n', '@', 'ک') }), (text) => {
        const plain = plainText(text);
        if (plain === undefined) {
          expect(text).toMatch(/@\S/);
          return;
        }
        expect(plain).not.toContain('.');
        expect(plain.split(/\s+/)).toEqual([...text.split(/[\s.]+/).filter(Boolean), CLOSING]);
      }),
    );
  });
});

/** Iran abolished summer time in 2022: Tehran is always UTC+3:30. */
describe.each(['2026-01-15', '2026-07-15'])('isDayInTehran on %s', (day) => {
  test.each([
    ['07:59', '04:29:59Z', false],
    ['08:00', '04:30:00Z', true],
    ['12:00', '08:30:00Z', true],
    ['21:59', '18:29:59Z', true],
    ['22:00', '18:30:00Z', false],
    ['23:59', '20:29:59Z', false],
    ['00:00', '20:30:00Z', false],
  ])('at %s in Tehran (%s) is %s', (_, utc, isDay) => {
    expect(isDayInTehran(new Date(`${day}T${utc}`))).toBe(isDay);
  });
});
