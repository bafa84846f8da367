import { describe, expect, test } from 'vitest';
import { readName } from './read-name.js';

const INVALID = expect.objectContaining({ code: 'INVALID_INPUT', field: 'name' });

describe('readName', () => {
  test.each([
    ['Aigerim', 'Aigerim'],
    ['  Aigerim  \n  Sarsenova ', 'Aigerim Sarsenova'],
    ['Айгүл', 'Айгүл'],
    ['نمی\u200Cدانم', 'نمی\u200Cدانم'],
    ['क्\u200Dष', 'क्\u200Dष'],
    ['O’Neill-Smith, Jr.', 'O’Neill-Smith, Jr.'],
    ['e\u0301', '\u00E9'],
    ['7', '7'],
    ['👩\u200D🚀', '👩\u200D🚀'],
    ['\uFEFFName', 'Name'],
    ['a\u2028b', 'a b'],
  ])('reads %j as %j', (text, name) => expect(readName(text)).toBe(name));

  test('counts characters and not UTF-16 units: accepts 1 to 100', () => {
    expect(readName('x'.repeat(100))).toHaveLength(100);
    expect(Array.from(readName('😀'.repeat(100)))).toHaveLength(100);
    expect(readName(`${' '.repeat(200)}x`)).toBe('x');
    for (const text of ['x'.repeat(101), '😀'.repeat(101)]) expect(() => readName(text)).toThrow(INVALID);
  });

  test.each<[string, string]>([
    ['nothing', ''],
    ['blanks', ' \t\u00A0\u3000'],
    ['a NUL', 'a\0b'],
    ['an escape', 'a\u001B[31mb'],
    ['a C1 control', 'a\u0085b'.replace('\u0085', '\u0080')],
    ['a right-to-left override', 'a\u202Eb'],
    ['an isolate', 'a\u2066b'],
    ['a left-to-right mark', 'a\u200Eb'],
    ['a zero-width space', 'a\u200Bb'],
    ['a word joiner', 'a\u2060b'],
    ['a soft hyphen', 'a\u00ADb'],
    ['a tag character', 'a\u{E0041}b'],
    ['private use', 'a\uE000b'],
    ['half a pair', 'a\uD800'],
    ['ZWNJ alone', '\u200C'],
    ['ZWJ and ZWNJ alone', '\u200D\u200C \u200D'],
    ['a Hangul filler alone', '\u3164'],
    ['a variation selector alone', '\uFE0F'],
    ['an accent without its letter', '\u0301'],
  ])('refuses %s', (_, text) => expect(() => readName(text)).toThrow(INVALID));
});
