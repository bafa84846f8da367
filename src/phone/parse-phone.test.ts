import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DECORATION, ZEROS, writtenPhone } from '../../test/support/written-phone.js';
import { parsePhone } from './parse-phone.js';

const COUNTRIES = ['KZ', 'KG', 'IR'] as const;

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
