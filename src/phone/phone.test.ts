import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maskPhone, parsePhone, phoneFromWhatsApp, toAsciiDigits } from './phone.js';

const COUNTRIES = ['KZ', 'KG', 'IR'] as const;
const ZEROS = ['0', '٠', '۰', '０'];
const DECORATION = [
  ' ',
  ' ',
  '\u00A0',
  '-',
  '\u2011',
  '\u2013',
  '\u2212',
  '(',
  ')',
  '.',
  '/',
  '·',
  '\u200E',
  '\u202A',
  '\u2066',
  '\uFEFF',
  '\u00AD',
];

interface Origin {
  country: string;
  code: string;
  /** What a national number begins with, and how many digits follow. */
  starts: string[];
  rest: number;
  /** Set where national forms are read. */
  trunk?: string;
}
const ORIGINS: Origin[] = [
  {
    country: 'KZ',
    code: '7',
    starts: ['700', '701', '702', '705', '707', '747', '771', '775', '776', '777', '778'],
    rest: 7,
    trunk: '8',
  },
  {
    country: 'KG',
    code: '996',
    starts: ['500', '505', '550', '555', '700', '707', '770', '777', '990', '995'],
    rest: 6,
    trunk: '0',
  },
  {
    country: 'IR',
    code: '98',
    starts: ['910', '912', '915', '919', '930', '935', '939', '901', '990'],
    rest: 7,
    trunk: '0',
  },
  { country: 'RU', code: '7', starts: ['903', '916', '925', '999'], rest: 7 },
  { country: 'TR', code: '90', starts: ['530', '532', '555'], rest: 7 },
  { country: 'UZ', code: '998', starts: ['90', '93', '97'], rest: 7 },
  { country: 'GB', code: '44', starts: ['7400', '7500', '7912'], rest: 6 },
  { country: 'FR', code: '33', starts: ['612', '675'], rest: 6 },
  { country: 'IN', code: '91', starts: ['98', '99'], rest: 8 },
  { country: 'US', code: '1', starts: ['212255', '415755'], rest: 4 },
];

/** A number, and one of the many ways in which a person may write it. */
const written = fc
  .record({
    origin: fc.constantFrom(...ORIGINS),
    start: fc.nat(),
    digits: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 8, maxLength: 8 }),
    form: fc.constantFrom('+', '00', '', 'trunk', 'bare'),
    scripts: fc.array(fc.constantFrom(...ZEROS), { minLength: 1, maxLength: 8 }),
    decoration: fc.array(fc.tuple(fc.nat(), fc.constantFrom(...DECORATION)), { maxLength: 20 }),
  })
  .map(({ origin, start, digits, form, scripts, decoration }) => {
    const national = `${origin.starts[start % origin.starts.length]}${digits.slice(0, origin.rest).join('')}`;
    const plain =
      origin.trunk === undefined || form === '+' || form === '00' || form === ''
        ? `${form === '00' || form === '' ? form : '+'}${origin.code}${national}`
        : `${form === 'trunk' ? origin.trunk : ''}${national}`;
    const signs = Array.from(plain, (sign, index) =>
      /\d/.test(sign)
        ? String.fromCharCode((scripts[index % scripts.length] ?? '0').charCodeAt(0) + Number(sign))
        : sign,
    );
    for (const [place, mark] of decoration) signs.splice(place % (signs.length + 1), 0, mark);
    return { spelling: signs.join(''), e164: `+${origin.code}${national}`, country: origin.country };
  });

describe('a phone is read', () => {
  test('however it is written', () => {
    fc.assert(
      fc.property(written, ({ spelling, e164, country }) => {
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
  ])('%s is of %s', (spelling, country, e164) => {
    expect(parsePhone(spelling, COUNTRIES)).toEqual({ e164, country });
  });

  test('in national form, by the order of the countries', () => {
    expect(parsePhone('0701234567', ['KG', 'FR'])).toMatchObject({ country: 'KG' });
    expect(parsePhone('0612345678', ['KG', 'FR'])).toMatchObject({ country: 'FR' });
    expect(parsePhone('0700123456', [])).toBe('invalid');
    expect(parsePhone('00996 700 123456', [])).toMatchObject({ country: 'KG' });
  });

  test.each(['+7 727 250 00 00', '+98 21 8888 8888', '8 7172 55 55 55', '+44 800 123 4567'])(
    '%s cannot receive a message',
    (phone) => expect(parsePhone(phone, COUNTRIES)).toBe('cannot-receive'),
  );

  test('never throws, and gives E.164 that reads as itself', () => {
    const signs = fc.constantFrom(...ZEROS, '1', '7', '8', '9', '+', '＋', ...DECORATION, 'a', ';', '#', '\0');
    const junk = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 100 }),
      fc.string({ unit: signs, maxLength: 30 }),
      fc.stringMatching(/^\d{0,20}$/),
      written.chain(({ spelling }) => fc.nat(spelling.length).map((end) => spelling.slice(0, end))),
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

  test('a text of any length costs nothing', () => {
    expect(parsePhone('7'.repeat(10_000_000), COUNTRIES)).toBe('invalid');
  });
});

describe('the phone behind the digits of WhatsApp', () => {
  test('is the one that is typed', () => {
    fc.assert(
      fc.property(written, ({ e164, country }) => {
        expect(phoneFromWhatsApp(e164.slice(1))).toEqual({ e164, country });
      }),
    );
  });

  test.each([
    ['5215512345678', '+52 55 1234 5678'],
    ['525512345678', '+52 55 1234 5678'],
    ['551161234567', '+55 11 96123-4567'],
    ['5511961234567', '+55 11 96123-4567'],
    ['5491123456789', '+54 9 11 2345-6789'],
  ])('%s is %s', (digits, typed) => {
    expect(phoneFromWhatsApp(digits)).toEqual(parsePhone(typed, []));
  });
});

test('a masked phone keeps its length, and hides all but the beginning and two digits', () => {
  fc.assert(
    fc.property(written, ({ e164 }) => {
      const masked = maskPhone(e164);
      expect(masked).toHaveLength(e164.length);
      expect(masked).toBe(`${e164.slice(0, 5)}${'*'.repeat(e164.length - 7)}${e164.slice(-2)}`);
    }),
  );
  expect(maskPhone('+77010000002')).toBe('+7701*****02');
});

test('digits of four scripts become ASCII, everything else stays', () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(...ZEROS), (number, zero) => {
      const text = String(number).replaceAll(/\d/g, (digit) => String.fromCharCode(zero.charCodeAt(0) + Number(digit)));
      expect(toAsciiDigits(text)).toBe(String(number));
    }),
  );
  expect(toAsciiDigits('код ۴ ५')).toBe('код 4 ५');
});
