import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readableText, recogniseConfirmation, recogniseLoginMessage } from './login-message.js';

const PREFIX = 'AMT LOGIN';
const INVISIBLE = [
  '\u200B',
  '\u200C',
  '\u200D',
  '\u200E',
  '\u200F',
  '\u202A',
  '\u202E',
  '\u2060',
  '\u2069',
  '\uFEFF',
  '\u00AD',
];
const SPACES = [' ', '  ', '\u00A0', '\t', '\n', '\u2003', ' \u200E '];

/** The message as a phone, a keyboard or a clipboard may change it. */
const sent = fc
  .record({
    id: fc.uuid(),
    capitals: fc.infiniteStream(fc.boolean()),
    spaces: fc.array(fc.constantFrom(...SPACES), { minLength: 2, maxLength: 2 }),
    around: fc.tuple(fc.constantFrom('', ...SPACES), fc.constantFrom('', ...SPACES)),
    invisible: fc.array(fc.tuple(fc.nat(), fc.constantFrom(...INVISIBLE)), { maxLength: 10 }),
  })
  .map(({ id, capitals, spaces, around, invisible }) => {
    const signs = Array.from(`${around[0]}AMT${spaces[0]}LOGIN${spaces[1]}${id}${around[1]}`, (sign) =>
      capitals.next().value ? sign.toUpperCase() : sign.toLowerCase(),
    );
    for (const [place, sign] of invisible) signs.splice(place % (signs.length + 1), 0, sign);
    return { id, text: signs.join('') };
  });

describe('a login message', () => {
  test('is recognised in any case, with invisible characters and any spaces', () => {
    fc.assert(
      fc.property(sent, ({ id, text }) => {
        expect(recogniseLoginMessage(text, PREFIX)).toBe(id);
      }),
      { numRuns: 1000 },
    );
  });

  test('is not recognised with a visible character before or after it', () => {
    const visible = fc.constantFrom('.', '!', '>', 'a', '0', '"', '👍', 'я', 'AMT LOGIN ');
    fc.assert(
      fc.property(fc.uuid(), visible, fc.boolean(), (id, sign, before) => {
        const text = `AMT LOGIN ${id}`;
        expect(recogniseLoginMessage(before ? `${sign}${text}` : `${text}${sign}`, PREFIX)).toBeUndefined();
      }),
    );
  });

  test('is not recognised without its space, its prefix or its whole ID', () => {
    const id = '3f1c9a52-0b7e-4d5a-9c1e-7a2b6d8e4f10';
    for (const text of [
      id,
      `AMT LOGIN${id}`,
      `AMTLOGIN ${id}`,
      `AMT ${id}`,
      `LOGIN AMT ${id}`,
      `AMT LOGIN ${id.slice(1)}`,
      `AMT LOGIN ${id.replaceAll('-', '')}`,
      `AMT LOGIN ${id}\n${id}`,
    ])
      expect(recogniseLoginMessage(text, PREFIX)).toBeUndefined();
  });

  test('is not recognised in random text, which never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(recogniseLoginMessage(text, PREFIX)).toBeUndefined();
        expect(() => recogniseConfirmation(text)).not.toThrow();
      }),
    );
  });

  test.each(['AMT LOGIN', 'Вход', 'Кіру сайты', 'ورود', 'GİRİŞ', 'a.b-c_d 2', 'ﬁn', 'ＡＭＴ'])(
    'is recognised with the prefix "%s"',
    (prefix) => {
      const id = '3f1c9a52-0b7e-4d5a-9c1e-7a2b6d8e4f10';
      expect(recogniseLoginMessage(`${prefix} ${id}`, prefix)).toBe(id);
    },
  );

  test('has a prefix that is text, not a pattern', () => {
    expect(recogniseLoginMessage('axb 3f1c9a52-0b7e-4d5a-9c1e-7a2b6d8e4f10', 'a.b')).toBeUndefined();
  });

  test('is searched for in linear time: quadratic time would be minutes', () => {
    const begun = performance.now();
    recogniseLoginMessage(`AMT${' '.repeat(200_000)}LOGIN ${'a-'.repeat(200_000)}`, PREFIX);
    expect(performance.now() - begun).toBeLessThan(5_000);
  });
});

describe('an answer to a request to confirm', () => {
  test('is recognised as a number of two digits, of four scripts', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 99 }), fc.constantFrom('0', '٠', '۰', '０'), (number, zero) => {
        const text = String(number).replaceAll(/\d/g, (digit) =>
          String.fromCharCode(zero.charCodeAt(0) + Number(digit)),
        );
        expect(recogniseConfirmation(` \u200E${text}\n`)).toEqual({ number: String(number) });
      }),
    );
  });

  test.each(['NO', 'no', 'No.', 'no!', 'Нет', 'ЖОҚ', 'жок', 'نه', 'خیر'])('is recognised as a refusal: "%s"', (text) =>
    expect(recogniseConfirmation(text)).toBe('no'),
  );

  test.each(['', '7', '123', '12 34', '1a', 'yes', 'nope', 'no way', 'not me', '{{SWE001}}'])(
    'is not recognised: "%s"',
    (text) => expect(recogniseConfirmation(text)).toBeUndefined(),
  );
});

test('readableText does not change its own result', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const once = readableText(text);
      expect(readableText(once)).toBe(once);
    }),
  );
});
