import fc from 'fast-check';
import type { CountryCode } from 'libphonenumber-js/max';
import { describe, expect, test } from 'vitest';
import { ZEROS } from '../../test/support/written-phone.js';
import { parsePhone } from './parse-phone.js';

/** The texts that programs make of a phone before somebody imports or pastes it. */

const COUNTRIES = {
  KZ: { code: '7', trunk: '8', number: /^7(00|01|02|05|07|47|71|75|76|77|78)\d{7}$/ },
  KG: { code: '996', trunk: '0', number: /^(50[0-9]|55[0-9]|70[0-9]|77[0-9]|99[0579])\d{6}$/ },
  IR: { code: '98', trunk: '0', number: /^9(1[0-9]|3[05-9]|0[1-3]|9[0-4])\d{7}$/ },
} as const;
type Country = keyof typeof COUNTRIES;
const NAMES = Object.keys(COUNTRIES) as Country[];

/** A mobile number, and its spellings without any decoration. */
const phone = fc.constantFrom(...NAMES).chain((country) => {
  const { code, trunk, number } = COUNTRIES[country];
  return fc.stringMatching(number).map((national) => ({
    country,
    e164: `+${code}${national}`,
    plain: [`+${code}${national}`, `00${code}${national}`, `${code}${national}`, `${trunk}${national}`, national],
  }));
});

/** The countries of the operator, in any order, as `--country` changes it too. */
const countryLists = fc.shuffledSubarray<CountryCode>([...NAMES], { minLength: 1 });

const groupedByThree = (text: string, separator: string) => text.replaceAll(/\B(?=(\d{3})+$)/g, separator);
const inScript = (text: string, zero: string) =>
  text.replaceAll(/\d/g, (digit) => String.fromCharCode(zero.charCodeAt(0) + Number(digit)));

const SEPARATORS = [' ', '\u00A0', '\u202F', '\u2009', ',', '.', "'", '’', '٬', '_'];

/** What a spreadsheet, a data frame or an export makes of a number. */
const ACCIDENTS: Record<string, fc.Arbitrary<(text: string) => string>> = {
  'a float': fc.tuple(fc.constantFrom('.', ',', '٫', '/', '·'), fc.integer({ min: 1, max: 6 })).map(
    ([point, zeros]) =>
      (text) =>
        `${text}${point}${'0'.repeat(zeros)}`,
  ),
  'thousands separators': fc.constantFrom(...SEPARATORS).map((sign) => (text) => groupedByThree(text, sign)),
  'a float with thousands separators': fc
    .tuple(fc.constantFrom(...SEPARATORS), fc.constantFrom('.', ',', '٫', '/'), fc.integer({ min: 1, max: 3 }))
    .map(
      ([sign, point, zeros]) =>
        (text) =>
          `${groupedByThree(text, sign)}${point}${'0'.repeat(zeros)}`,
    ),
  'scientific notation': fc
    .tuple(
      fc.integer({ min: 0, max: 14 }),
      fc.constantFrom('E+', 'e+', 'E', 'e', '×10^', '*10^', 'e+0'),
      fc.constantFrom('.', ','),
    )
    .map(
      ([digits, e, point]) =>
        (text) =>
          Number(text).toExponential(digits).replace('e+', e).replace('.', point),
    ),
  'a leading apostrophe': fc.constantFrom("'", '’', '`', '="').map((sign) => (text) => `${sign}${text}`),
  'lost leading zeros': fc.constant((text: string) => text.replace(/^\+?0*/, '')),
  'one lost leading zero': fc.constant((text: string) => text.replace(/^0/, '')),
  'a lost plus': fc.constant((text: string) => text.replace(/^\+/, '')),
  'spaces that cannot be seen': fc
    .array(fc.tuple(fc.nat(), fc.constantFrom('\u00A0', '\u202F', '\u200B', '\u200E', '\uFEFF', '\t')), {
      maxLength: 6,
    })
    .map(
      (marks) => (text) =>
        marks.reduce((sofar, [at, mark]) => {
          const index = at % (sofar.length + 1);
          return sofar.slice(0, index) + mark + sofar.slice(index);
        }, text),
    ),
  'another line or extension': fc
    .tuple(fc.constantFrom('/', ' / ', '.', '·', ',', ';', 'x', '#'), fc.stringMatching(/^\d{1,2}$/))
    .map(
      ([sign, digits]) =>
        (text) =>
          `${text}${sign}${digits}`,
    ),
  'digits that do not belong to it': fc
    .tuple(fc.constantFrom(' ', '-', ' - ', '–', ' (', '(', ') '), fc.stringMatching(/^\d{1,2}$/))
    .map(
      ([sign, digits]) =>
        (text) =>
          `${text}${sign}${digits}${sign.endsWith('(') ? ')' : ''}`,
    ),
  'a float in groups of two': fc
    .constantFrom(' ', '-')
    .map((sign) => (text) => `${text.replaceAll(/\B(?=(\d{2})+$)/g, sign)}.00`),
  'a float with brackets around the operator': fc
    .constantFrom('.0', '.00', ',00', '/0')
    .map((end) => (text) => `${text.replace(/^(\+?\d{3})/, '($1) ')}${end}`),
  'a float in the groups of a phone': fc
    .tuple(fc.constantFrom(' ', '-'), fc.constantFrom('.0', '.00', '/12', '.12', ' 0'))
    .map(
      ([sign, end]) =>
        (text) =>
          `${text.replace(/(\d{3})(\d{2})(\d{2})$/, `${sign}$1${sign}$2${sign}$3`)}${end}`,
    ),
  'other digits': fc.constantFrom(...ZEROS).map((zero) => (text) => inScript(text, zero)),
};

/** With further digits, a phone of a country that nobody configured can be one of a country that somebody did. */
const ADDS_DIGITS = /^digits that|in groups of two|brackets around|in the groups of a phone/;

describe.each(Object.entries(ACCIDENTS))('a phone after %s', (name, accident) => {
  const cases = fc.record({
    phone,
    form: fc.nat(4),
    countries: countryLists,
    apply: accident,
    zero: fc.constantFrom(...ZEROS),
  });

  test('is refused, or read as the phone that it was, and never as another one', () => {
    fc.assert(
      fc.property(cases, ({ phone, form, countries, apply, zero }) => {
        const plain = phone.plain[form] ?? '';
        const meant = parsePhone(plain, countries);
        // Without the country of a national spelling, nobody can say whose it is.
        fc.pre(typeof meant === 'object' && meant.e164 === phone.e164);
        const read = parsePhone(inScript(apply(plain), zero), countries);
        if (typeof read === 'object') expect(read.e164).toBe(phone.e164);
      }),
      { numRuns: 300 },
    );
  });

  if (ADDS_DIGITS.test(name)) return;

  test('is no phone at all where its country is not configured', () => {
    fc.assert(
      fc.property(cases, ({ phone, form, countries, apply }) => {
        const plain = phone.plain[form] ?? '';
        const others = countries.filter((country) => country !== phone.country);
        fc.pre(typeof parsePhone(plain, others) === 'string' && !plain.startsWith('0'));
        expect(typeof parsePhone(apply(plain), others)).toBe('string');
      }),
      { numRuns: 100 },
    );
  });
});

test.each([
  ['700123456.0', ['KG', 'KZ', 'IR'], '+996700123456'],
  ['770123456.00', ['KZ', 'KG', 'IR'], '+996770123456'],
  ['۷۷۰۱۲۳۴۵۶/۰', ['KZ', 'KG', 'IR'], '+996770123456'],
  ['77010000002.0', ['KZ', 'KG', 'IR'], '+77010000002'],
  ['77 010 000 002.00', ['KZ', 'KG', 'IR'], '+77010000002'],
  ['9120000004.0', ['KZ', 'KG', 'IR'], '+989120000004'],
  ['701.000.00.00', ['KZ', 'KG', 'IR'], '+77010000000'],
  ['+7 701 000 00.00', ['KZ', 'KG', 'IR'], '+77010000000'],
  ['0912/0000000', ['KZ', 'KG', 'IR'], '+989120000000'],
  // The phone without its last two digits is one of Kyrgyzstan.
  ['7 776 380 68 80', ['KZ', 'KG', 'IR'], '+77763806880'],
  ['7 (776) 380-68-80', ['KZ', 'KG', 'IR'], '+77763806880'],
  ['7.776.380.68.80', ['KZ', 'KG', 'IR'], '+77763806880'],
  ['8 776 380 68 80', ['KZ', 'KG', 'IR'], '+77763806880'],
  ['77763806880', ['KZ', 'KG', 'IR'], '+77763806880'],
] as [string, CountryCode[], string][])('%s is read as it is meant', (text, countries, e164) => {
  expect(parsePhone(text, countries)).toMatchObject({ e164 });
});

test.each([
  ['a float whose country is not configured', '700123456.0', ['KZ', 'IR']],
  ['a second line', '770123456/12', ['KZ', 'KG', 'IR']],
  ['a number in brackets', '776380688 (1)', ['KZ', 'KG', 'IR']],
  ['a digit after a dash', '776380688-1', ['KZ', 'KG', 'IR']],
  ['a zero after a space', '776380688 0', ['KZ', 'KG', 'IR']],
  ['a float of pairs', '77 638 06 88.00', ['KZ', 'KG', 'IR']],
  ['a second line of a grouped number', '0700 123 456/7', ['KZ', 'KG', 'IR']],
  ['a rounded number', '7.70101E+10', ['KZ', 'KG', 'IR']],
] as [string, string, CountryCode[]][])('%s is refused', (_, text, countries) => {
  expect(parsePhone(text, countries)).toBe('invalid');
});
