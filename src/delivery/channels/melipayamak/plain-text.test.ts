import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isDayInTehran, plainText } from './plain-text.js';

const CLOSING = 'لغو11';

describe('a text for an advertising line', () => {
  test.each([
    ['ends with the words that cancel', 'کد ورود: 852596', `کد ورود: 852596\n${CLOSING}`],
    ['has no full stop, which counts as a link', 'کد ورود: 852596.', `کد ورود: 852596\n${CLOSING}`],
    ['begins a line where a sentence ended', 'Code 852596. Do not share.', `Code 852596\nDo not share\n${CLOSING}`],
    ['keeps its lines', 'کد\n852596', `کد\n852596\n${CLOSING}`],
    ['has no empty lines', ' کد \r\n\r\n852596 ... \n', `کد\n852596\n${CLOSING}`],
    ['has nothing of a host but its words', 'app.example code 852596', `app\nexample code 852596\n${CLOSING}`],
    ['has the closing words once, if the template has them too', `852596\n${CLOSING}`, `852596\n${CLOSING}`],
  ])('%s', (_, text, expected) => {
    expect(plainText(text)).toBe(expected);
  });

  test.each([
    'کد 852596 https://example.com',
    'HTTP://EXAMPLE.COM 852596',
    'www.example.com 852596',
    '852596\n@app.example.com #852596',
    'write to me@example.com',
  ])('is none with a link in it: %j', (text) => {
    expect(plainText(text)).toBeUndefined();
  });

  test('whatever it was, has no full stop and keeps every other word', () => {
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

/** Iran has had no summer time since 2022: it is always three and a half hours ahead of UTC. */
describe.each(['2026-01-15', '2026-07-15'])('the day in Tehran on %s', (day) => {
  test.each([
    ['07:59', '04:29:59Z', false],
    ['08:00', '04:30:00Z', true],
    ['12:00', '08:30:00Z', true],
    ['21:59', '18:29:59Z', true],
    ['22:00', '18:30:00Z', false],
    ['23:59', '20:29:59Z', false],
    ['00:00', '20:30:00Z', false],
  ])('%s', (_, utc, isDay) => {
    expect(isDayInTehran(new Date(`${day}T${utc}`))).toBe(isDay);
  });
});
