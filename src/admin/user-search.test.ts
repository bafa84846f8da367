import { describe, expect, test } from 'vitest';
import { readUserSearch } from './user-search.js';

const COUNTRIES = ['KZ', 'KG', 'IR'] as const;

describe('readUserSearch', () => {
  test.each(['+77010000002', ' +7 701 000-00-02 ', '0077010000002', '＋٧٧٠١٠٠٠٠٠٠٢'])(
    'reads %s as one phone, so that a search reads no other user',
    (search) => expect(readUserSearch(search, COUNTRIES)).toEqual({ kind: 'phone', phone: '+77010000002' }),
  );

  test('reads a phone in national form also as a part of a longer one', () => {
    expect(readUserSearch('8 701 000 00 02', COUNTRIES)).toEqual({
      kind: 'part',
      text: '8 701 000 00 02',
      phone: '+77010000002',
      digits: '87010000002',
      significantDigits: '7010000002',
    });
  });

  test.each([
    ['+7 701 000', '7701000', '7701000'],
    ['0912333', '0912333', '912333'],
    ['00 7701 000', '007701000', '7701000'],
    ['000123', '000123', '00123'],
    ['+000123', '000123', '00123'],
    ['12', undefined, undefined],
    ['012', '012', undefined],
    ['flat 101', undefined, undefined],
  ])('reads %s as a part with the digits %s and %s', (search, digits, significantDigits) => {
    expect(readUserSearch(search, COUNTRIES)).toEqual({
      kind: 'part',
      text: search,
      phone: undefined,
      digits,
      significantDigits,
    });
  });

  test('reads a name in the form in which names are stored', () => {
    expect(readUserSearch(` ${'й'.normalize('NFD')} `, COUNTRIES)).toMatchObject({ text: 'й'.normalize('NFC') });
  });
});
