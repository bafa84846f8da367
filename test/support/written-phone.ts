import fc from 'fast-check';

/** Zero in each script in which users write phones. */
export const ZEROS = ['0', '٠', '۰', '０'];
export const DECORATION = [
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
  /** The first digits of a national number, and how many digits follow. */
  starts: string[];
  rest: number;
  /** Set if national forms are accepted. */
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

/** A dot or slash that nobody writes behind a whole number, because it makes decimals or an extension of what follows. */
const LAST_DIGITS_APART = /^([./·]*\d){8,}[./·]+(\d{1,2}|0+)[./·]*$/;
/** A lone group of one or two digits behind what is a whole phone of Kyrgyzstan without it, so that it can mean two phones. */
const MAY_BE_TWO_PHONES = /^[^\d+]*([^\d+]*\d){9,10}[^\d]+\d{1,2}[^\d]*$/;
const inAscii = (text: string) => text.replaceAll(/[٠-٩۰-۹０-９]/g, (digit) => String(digit.charCodeAt(0) & 0xf));
const digitsAndPoints = (text: string) => inAscii(text).replaceAll(/[^\d./·]/g, '');

/** A valid mobile number in E.164, with one of the many spellings that a user may type. */
export const writtenPhone = fc
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
  })
  .filter(
    ({ spelling }) => !LAST_DIGITS_APART.test(digitsAndPoints(spelling)) && !MAY_BE_TWO_PHONES.test(inAscii(spelling)),
  );
