import fc from 'fast-check';
import { getCountries, getCountryCallingCode, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { describe, expect, test } from 'vitest';
import { DECORATION, ZEROS, writtenPhone } from '../../test/support/written-phone.js';
import { parsePhone } from './parse-phone.js';

const COUNTRIES = ['KZ', 'KG', 'IR'] as const;
/** Calling codes of no country: of satellites, of networks in many countries, and with a charge. */
const COUNTRYLESS = ['800', '808', '870', '878', '881', '882', '883', '888', '979'];

describe('parsePhone', () => {
  test('reads every spelling of a mobile number as the same E.164 number', () => {
    fc.assert(
      fc.property(writtenPhone, ({ spelling, e164, country }) => {
        expect(parsePhone(spelling, COUNTRIES)).toEqual({ e164, country });
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['87011234567', 'KZ', '+77011234567'],
    ['9121234567', 'IR', '+989121234567'],
    ['0555123456', 'KG', '+996555123456'],
    ['89161234567', 'RU', '+79161234567'],
    ['+98 0912 123 4567', 'IR', '+989121234567'],
  ])('reads %s as a number of %s', (spelling, country, e164) => {
    expect(parsePhone(spelling, COUNTRIES)).toEqual({ e164, country });
  });

  test('reads a national form in the first country of the list where it is valid', () => {
    expect(parsePhone('0701234567', ['KG', 'FR'])).toMatchObject({ country: 'KG' });
    expect(parsePhone('0612345678', ['KG', 'FR'])).toMatchObject({ country: 'FR' });
    expect(parsePhone('0700123456', [])).toBe('invalid');
    expect(parsePhone('00996 700 123456', [])).toMatchObject({ country: 'KG' });
  });

  test.each(['+7 727 250 00 00', '+98 21 8888 8888', '8 7172 55 55 55', '+44 800 123 4567'])(
    'refuses %s as a number that cannot receive messages',
    (phone) => expect(parsePhone(phone, COUNTRIES)).toBe('cannot-receive'),
  );

  test.each([
    ['premium rate', '+7 809 100 00 02', '+979 1 1000 0002'],
    ['toll free', '+7 800 100 00 02', '+800 1234 5678'],
    ['shared cost', '+47 810 02 002', '+808 1234 5678'],
    ['voice over IP', '+7 751 000 00 02', '+878 10 1000000002'],
    ['personal, forwarded at the price of its owner', '+44 70 1000 0002', '+7 808 000 00 02'],
    ['pager', '+44 7640 000002'],
    ['universal access', '+98 9601', '+888 1234 567 8901'],
    ['voicemail', '+47 812 00 002', '+882 348 5 1000002'],
  ])('refuses a number of the type %s', (_, ...phones) => {
    for (const phone of phones) expect([phone, parsePhone(phone, COUNTRIES)]).toEqual([phone, 'cannot-receive']);
  });

  test('accepts only mobile numbers, and numbers that may be mobile, in every country', () => {
    const anyCountry = fc.constantFrom(
      ...getCountries().map((country) => getCountryCallingCode(country)),
      ...COUNTRYLESS,
    );
    const accepted = new Map<string, number>();
    fc.assert(
      fc.property(anyCountry, fc.stringMatching(/^\d{5,11}$/), (callingCode, rest) => {
        const phone = parsePhone(`+${callingCode}${rest}`, []);
        if (typeof phone === 'string') return;
        const type = String(parsePhoneNumberFromString(phone.e164)?.getType());
        expect(['MOBILE', 'FIXED_LINE_OR_MOBILE']).toContain(type);
        accepted.set(type, (accepted.get(type) ?? 0) + 1);
      }),
      { numRuns: 20_000 },
    );
    expect([...accepted.keys()].toSorted()).toEqual(['FIXED_LINE_OR_MOBILE', 'MOBILE']);
  });

  test('never throws, and returns E.164 that parses to the same phone', () => {
    const signs = fc.constantFrom(...ZEROS, '1', '7', '8', '9', '+', '＋', ...DECORATION, 'a', ';', '#', '\0');
    const junk = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 100 }),
      fc.string({ unit: signs, maxLength: 30 }),
      fc.stringMatching(/^\d{0,20}$/),
      writtenPhone.chain(({ spelling }) => fc.nat(spelling.length).map((end) => spelling.slice(0, end))),
    );
    fc.assert(
      fc.property(junk, (text) => {
        const phone = parsePhone(text, COUNTRIES);
        if (typeof phone === 'string') {
          expect(['invalid', 'cannot-receive']).toContain(phone);
          return;
        }
        expect(phone.e164).toMatch(/^\+[1-9]\d{6,14}$/);
        expect(parsePhone(phone.e164, [])).toEqual(phone);
      }),
      { numRuns: 3000 },
    );
  });

  test('refuses a text of ten million digits without parsing it', () => {
    expect(parsePhone('7'.repeat(10_000_000), COUNTRIES)).toBe('invalid');
  });
});
