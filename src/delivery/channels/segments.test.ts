import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countSegments } from './segments.js';

const PERSIAN = 'کد';
const SMILE = '😀'; // two UTF-16 units
const segments = (text: string) => countSegments(text).segments;

describe('the encoding of a text', () => {
  test.each([
    ['the Latin, Greek and other letters of GSM 03.38', 'Az09 @£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉÄÖÑÜ§äöñüà¿¡¤\r\n', 'GSM-7'],
    ['those of its extension', '^{}\\[~]|€\f', 'GSM-7'],
    ['Persian', PERSIAN, 'UCS-2'],
    ['Russian', 'Код', 'UCS-2'],
    ['Kazakh', 'Кіру коды', 'UCS-2'],
    ['a small ç, which the table lacks', 'ç', 'UCS-2'],
    ['a grave accent, which it lacks too', '`', 'UCS-2'],
    ['a tabulator', '\t', 'UCS-2'],
    ['the escape to the extension, which is no character', '\u001B', 'UCS-2'],
    ['an emoji', SMILE, 'UCS-2'],
    ['one foreign letter among many of its own', `Code 123456 ${PERSIAN}`, 'UCS-2'],
    ['nothing', '', 'GSM-7'],
  ] as const)('%s', (_, text, encoding) => {
    expect(countSegments(text).encoding).toBe(encoding);
  });
});

describe('the units and parts of a text', () => {
  test.for([
    ['nothing', '', 0, 1],
    ['160 characters', 'a'.repeat(160), 160, 1],
    ['161', 'a'.repeat(161), 161, 2],
    ['two full parts', 'a'.repeat(306), 306, 2],
    ['one more', 'a'.repeat(307), 307, 3],
    ['80 of the extension', '€'.repeat(80), 160, 1],
    ['81 of the extension', '€'.repeat(81), 162, 2],
    ['one of the extension too many', `${'a'.repeat(159)}€`, 161, 2],
    // 153 is odd: one septet of each part stays empty, since an escape is not cut from its character.
    ['two parts of the extension', '€'.repeat(152), 304, 2],
    ['and one more', '€'.repeat(153), 306, 3],
    ['70 in Persian', 'ک'.repeat(70), 70, 1],
    ['71', 'ک'.repeat(71), 71, 2],
    ['two full parts in Persian', 'ک'.repeat(134), 134, 2],
    ['one more in Persian', 'ک'.repeat(135), 135, 3],
    ['the extension beside Persian takes one', `${PERSIAN}${'€'.repeat(68)}`, 70, 1],
    ['35 emoji', SMILE.repeat(35), 70, 1],
    ['36 emoji', SMILE.repeat(36), 72, 2],
    // 67 is odd as well: 33 to a part.
    ['66 emoji', SMILE.repeat(66), 132, 2],
    ['67 emoji', SMILE.repeat(67), 134, 3],
    ['an emoji over the edge of a part', `${'ک'.repeat(66)}${SMILE}${'ک'.repeat(66)}`, 134, 3],
  ] as const)('%s', ([, text, units, count]) => {
    expect(countSegments(text)).toMatchObject({ units, segments: count });
  });
});

/** Splits the text as a phone joins it: greedily, and never inside a character. */
function cut(text: string, part: number, widthOf: (character: string) => number): string[] {
  const parts = [''];
  let room = part;
  for (const character of text) {
    if (widthOf(character) > room) {
      parts.push('');
      room = part;
    }
    parts[parts.length - 1] += character;
    room -= widthOf(character);
  }
  return parts;
}

describe('for any text', () => {
  const latin = fc.stringMatching(/^[ab €{~@Δ\n]{0,400}$/);
  const any = fc.stringMatching(/^(a|b|€|ک|д|😀|👩‍👧){0,250}$/);

  test('the parts hold the whole text', () => {
    fc.assert(
      fc.property(fc.oneof(latin, any), (text) => {
        const { encoding, units, segments: count } = countSegments(text);
        const [alone, part] = encoding === 'GSM-7' ? [160, 153] : [70, 67];
        const widthOf = (character: string) =>
          encoding === 'GSM-7' ? 1 + Number('€{~'.includes(character)) : character.length;
        expect(units).toBe(Array.from(text, widthOf).reduce((sum, width) => sum + width, 0));
        expect(count).toBe(units <= alone ? 1 : cut(text, part, widthOf).length);
        expect(count * alone).toBeGreaterThanOrEqual(units);
      }),
    );
  });

  test('a longer text never takes fewer parts', () => {
    fc.assert(
      fc.property(any, any, (text, more) => {
        expect(segments(text + more)).toBeGreaterThanOrEqual(segments(text));
      }),
    );
  });

  test('UCS-2 without emoji takes length / 67 parts, rounded up', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[کدورسلامéа]{71,400}$/), (text) => {
        fc.pre(/[^é]/.test(text));
        expect(segments(text)).toBe(Math.ceil(text.length / 67));
      }),
    );
  });
});
