import { describe, expect, test } from 'vitest';
import { COLUMNS } from './columns.js';
import { readUser } from './read-user.js';

const reading = { columns: COLUMNS, countries: ['KZ', 'KG', 'IR'] as const, roles: ['USER', 'MANAGER', 'ADMIN'] };

describe('a line of a file', () => {
  test('is a person, in the form people are kept in', () => {
    expect(readUser([' 8 701 000-00-02 ', '  Али   Бек ', 'manager', 'RU'], reading)).toEqual({
      phone: '+77010000002',
      name: 'Али Бек',
      role: 'MANAGER',
      locale: 'ru',
    });
  });

  test('says nothing where a field is empty', () => {
    expect(readUser(['7010000002', ' ', '', ''], reading)).toEqual({
      phone: '+77010000002',
      name: null,
      role: null,
      locale: null,
    });
  });

  test.each([
    [['', 'x', '', ''], 'there is no phone'],
    [['12345', '', '', ''], 'the phone is not a number of any country'],
    [['+999123456789', '', '', ''], 'the phone is not a number of any country'],
    [['+982188880000', '', '', ''], 'the phone is none that receives messages'],
    [['7010000002', 'x'.repeat(101), '', ''], 'the name is longer than 100 characters'],
    [['7010000002', 'a\u202Eb', '', ''], 'the name has characters that cannot be seen'],
    [['7010000002', '', 'BOSS', ''], 'there is no role "BOSS", but USER, MANAGER, ADMIN'],
    [['7010000002', '', '', 'de'], 'there is no locale "de", but en, ru, kk, ky, fa'],
    [['7010000002', '\uFFFD\uFFFD', '', ''], 'it is not UTF-8'],
    [['7010000002', 'x'], 'it has 2 columns instead of 4'],
    [['7010000002', 'x', '', '', ''], 'it has 5 columns instead of 4'],
    [
      ['x', '', 'BOSS', ''],
      'the phone is not a number of any country; there is no role "BOSS", but USER, MANAGER, ADMIN',
    ],
  ])('%j: %s', (fields, reason) => {
    expect(readUser(fields, reading)).toBe(reason);
  });

  test('national forms are tried in the countries, in their order', () => {
    const phoneOf = (text: string, countries: ('KZ' | 'KG' | 'IR')[]) =>
      readUser([text], { columns: ['phone'], countries, roles: ['USER'] });
    expect(phoneOf('0700000003', ['KG'])).toMatchObject({ phone: '+996700000003' });
    expect(phoneOf('09120000004', ['KZ', 'IR'])).toMatchObject({ phone: '+989120000004' });
    expect(phoneOf('09120000004', ['KZ'])).toBe('the phone is not a number of any country');
  });

  test('a terminal is not steered by what a reason quotes', () => {
    expect(readUser(['7010000002', '', '\u001B[2J', ''], reading)).toContain(String.raw`"\u001b[2J"`);
  });
});
