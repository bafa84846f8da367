import fc from 'fast-check';
import { expect } from 'vitest';
import { maskPhone } from '../../src/phone/mask-phone.js';
import { parsePhone } from '../../src/phone/parse-phone.js';
import { recognizePhone } from '../../src/phone/recognize-phone.js';
import { DECORATION, ZEROS, writtenPhone } from '../support/written-phone.js';
import { mutatedText } from './fuzz/mutate.js';
import { readCorpus, testTarget } from './fuzz/test-target.js';

const NAME = 'phone';
/** Longer texts are refused before they are parsed, so a regular expression has no time to backtrack. */
const SLOW_MS = 1_000;
const COUNTRIES = ['KZ', 'KG', 'IR'] as const;
const parse = (file: Buffer) =>
  file
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as string);
const corpus = readCorpus(NAME).flatMap(([, file]) => parse(file));
const signs = fc.constantFrom(...ZEROS, ...DECORATION, ...'123456789+＋a;#*,x'.split(''), '\0');

testTarget<string>({
  name: NAME,
  random: fc.oneof(
    mutatedText(corpus),
    writtenPhone.map(({ spelling }) => spelling),
    fc.string({ unit: signs, maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: 200 }),
  ),
  parse,
  async check(input) {
    const startedAt = performance.now();
    const phone = parsePhone(input, COUNTRIES);
    const recognized = recognizePhone({ phone: input }, { config: { defaultCountries: COUNTRIES } });
    expect(performance.now() - startedAt, 'duration in ms').toBeLessThan(SLOW_MS);
    if (typeof phone === 'string') {
      expect(['invalid', 'cannot-receive']).toContain(phone);
      expect(recognized?.complete ?? false).toBe(false);
      return;
    }
    expect(phone.e164).toMatch(/^\+[1-9]\d{6,14}$/);
    expect(parsePhone(phone.e164, [])).toEqual(phone);
    expect(maskPhone(phone.e164).replaceAll(/\D/g, '').length).toBeLessThanOrEqual(6);
    if (recognized) expect(recognized).toMatchObject({ country: phone.country, complete: true });
  },
});
