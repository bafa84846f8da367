import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedactor } from './redactor.js';

/** The spellings in which providers repeat a secret. */
const SPELLINGS: Record<string, (secret: string) => string> = {
  'as it is': (secret) => secret,
  'in a URL': encodeURIComponent,
  'in a URL, with lower-case escapes': (secret) => lowerCase(encodeURIComponent(secret)),
  'in a form': (secret) => new URLSearchParams([['', secret]]).toString().slice(1),
  'in a form, with lower-case escapes': (secret) => lowerCase(new URLSearchParams([['', secret]]).toString().slice(1)),
  'in JSON': (secret) => JSON.stringify(secret).slice(1, -1),
  'in XML': (secret) =>
    ['&amp;', '&lt;', '&gt;', '&quot;', '&apos;'].reduce(
      (text, entity, index) => text.replaceAll('&<>"\''.charAt(index), entity),
      secret,
    ),
};

const lowerCase = (text: string) => text.replaceAll(/%[\dA-F]{2}/g, (escape) => escape.toLowerCase());
/** Made of characters that some spelling escapes, without the star that stands for a secret. */
const secret = fc.oneof(
  fc.string({
    unit: fc.constantFrom('a', 'Z', '7', '%', '+', '&', '=', '/', '"', '\\', "'", ' ', '~', 'é', 'پ', '😀'),
    minLength: 4,
  }),
  fc.string({ unit: 'binary', minLength: 4 }).filter((text) => !text.includes('*')),
);
const text = fc.string({ unit: 'binary' });

describe('createRedactor', () => {
  test.each(Object.entries(SPELLINGS))('removes a secret that is spelled %s', (_, spell) => {
    fc.assert(
      fc.property(
        fc.array(secret, { minLength: 1, maxLength: 4 }),
        fc.array(text, { minLength: 5, maxLength: 5 }),
        (secrets, between) => {
          const shown = createRedactor(secrets)(
            between.flatMap((part, index) => [part, spell(secrets[index] ?? '')]).join(''),
          );
          for (const one of secrets) expect(shown).not.toContain(spell(one));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('removes a secret whole, also where it begins with another secret', () => {
    expect(createRedactor(['1234', '123456'])('code 123456, pin 1234')).toBe('code ***, pin ***');
  });

  test('removes every occurrence and leaves all other text', () => {
    expect(createRedactor(['k1', 'k2'])('k1 to k2 to k1: {"a":[1,2]} تایید')).toBe(
      '*** to *** to ***: {"a":[1,2]} تایید',
    );
  });

  test('ignores an empty secret, and takes a secret that looks like a pattern literally', () => {
    expect(createRedactor([''])('nothing')).toBe('nothing');
    expect(createRedactor(['a.c$&'])('abc a.c$&')).toBe('abc ***');
  });
});
