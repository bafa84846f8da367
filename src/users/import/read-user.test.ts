import { describe, expect, test } from 'vitest';
import { COLUMNS } from './columns.js';
import { readUser } from './read-user.js';

const options = { columns: COLUMNS, countries: ['KZ', 'KG', 'IR'] as const, roles: ['USER', 'MANAGER', 'ADMIN'] };

describe('readUser', () => {
  test('returns the user of a line in the form that is stored', () => {
    expect(readUser([' 8 701 000-00-02 ', '  Али   Бек ', 'manager', 'RU'], options)).toEqual({
      phone: '+77010000002',
      name: 'Али Бек',
      role: 'MANAGER',
      locale: 'ru',
    });
  });

  test('returns null for an empty field', () => {
    expect(readUser(['7010000002', ' ', '', ''], options)).toEqual({
      phone: '+77010000002',
      name: null,
      role: null,
      locale: null,
    });
  });

  test.each([
    [['', 'x', '', ''], 'there is no phone'],
    [['12345', '', '', ''], 'the phone is not valid in any country'],
    [['+999123456789', '', '', ''], 'the phone is not valid in any country'],
    [['+982188880000', '', '', ''], 'the phone cannot receive messages'],
    [
      ['7.70101E+10', '', '', ''],
      'the phone "7.70101E+10" was rounded by a spreadsheet: format its column as text there and export it again',
    ],
    [['7010000002', 'x'.repeat(101), '', ''], 'the name is longer than 100 characters'],
    [['7010000002', 'a\u202Eb', '', ''], 'the name has invisible characters'],
    [['7010000002', '', 'BOSS', ''], 'the role "BOSS" is not one of USER, MANAGER, ADMIN'],
    [['7010000002', '', '', 'de'], 'the locale "de" is not one of en, ru, kk, ky, fa'],
    [['7010000002', '\uFFFD\uFFFD', '', ''], 'the line is not UTF-8'],
    [['7010000002', 'x'], 'the line has 2 columns instead of 4'],
    [['7010000002', 'x', '', '', ''], 'the line has 5 columns instead of 4'],
    [
      ['x', '', 'BOSS', ''],
      'the phone is not valid in any country; the role "BOSS" is not one of USER, MANAGER, ADMIN',
    ],
  ])('refuses %j: %s', (fields, reason) => {
    expect(readUser(fields, options)).toBe(reason);
  });

  test('tries national forms in the given countries, in their order', () => {
    const phoneOf = (text: string, countries: ('KZ' | 'KG' | 'IR')[]) =>
      readUser([text], { columns: ['phone'], countries, roles: ['USER'] });
    expect(phoneOf('0700000003', ['KG'])).toMatchObject({ phone: '+996700000003' });
    expect(phoneOf('09120000004', ['KZ', 'IR'])).toMatchObject({ phone: '+989120000004' });
    expect(phoneOf('09120000004', ['KZ'])).toBe('the phone is not valid in any country');
  });

  test('escapes control characters that a reason quotes, which could steer a terminal', () => {
    expect(readUser(['7010000002', '', '\u001B[2J', ''], options)).toContain(String.raw`"\u001b[2J"`);
  });
});
