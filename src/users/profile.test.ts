import { describe, expect, test } from 'vitest';
import { readLocale, readName, readRole } from './profile.js';

const refusal = (field: string) => expect.objectContaining({ code: 'INVALID_INPUT', field });

describe('a name', () => {
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
  ])('%j is %j', (text, name) => expect(readName(text)).toBe(name));

  test('has 1 to 100 characters as people count them, not as memory does', () => {
    expect(readName('x'.repeat(100))).toHaveLength(100);
    expect(Array.from(readName('😀'.repeat(100)))).toHaveLength(100);
    expect(readName(`${' '.repeat(200)}x`)).toBe('x');
    for (const text of ['x'.repeat(101), '😀'.repeat(101)]) expect(() => readName(text)).toThrow(refusal('name'));
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
  ])('is not %s', (_, text) => expect(() => readName(text)).toThrow(refusal('name')));
});

describe('a language', () => {
  test.each(['en', ' RU ', 'Kk', 'ky', 'fa'])('%j is one of ours', (text) =>
    expect(readLocale(text)).toBe(text.trim().toLowerCase()),
  );
  test.each(['', 'de', 'ru-RU', 'en_US', 'toString', '__proto__'])('%j is none', (text) =>
    expect(() => readLocale(text)).toThrow(refusal('locale')),
  );
});

describe('a role', () => {
  const ROLES = ['USER', 'MANAGER', 'ADMIN'];
  test.each(['USER', 'manager', ' Admin '])('%j is one that is configured', (text) =>
    expect(readRole(text, ROLES)).toBe(text.trim().toUpperCase()),
  );
  test.each(['', 'ROOT', 'USER,ADMIN', 'USERS'])('%j is none', (text) =>
    expect(() => readRole(text, ROLES)).toThrow(refusal('role')),
  );
});
