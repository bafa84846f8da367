import { expect, test } from 'vitest';
import {
  LONG_CODE_LENGTH,
  RESERVE_CODE_LENGTH,
  RESERVE_EASE,
  SENDS_PER_PHONE,
  SHORT_CODE_GUESSES_PER_DAY,
} from '../limits.js';

/**
 * The arithmetic of R1: how probably an attacker with any number of addresses, who solves every captcha, takes over one
 * phone in a day. The number of known devices does not matter, because the attacker has none.
 */
function takeoverProbability({ codeLength, maxTries }: { codeLength: number; maxTries: number }): number {
  const short = SHORT_CODE_GUESSES_PER_DAY;
  // Each further attempt costs one message, and allows all its tries at a longer code. Captchas double the messages.
  const long = 2 * SENDS_PER_PHONE.day * maxTries;
  return short * 10 ** -codeLength + long * 10 ** -Math.max(codeLength, LONG_CODE_LENGTH);
}

test.each([
  { codeLength: 6, maxTries: 5, oneIn: 83_333 },
  { codeLength: 7, maxTries: 10, oneIn: 200_000 },
  { codeLength: 8, maxTries: 10, oneIn: 243_902 },
])('a phone with codes of $codeLength digits and $maxTries tries is taken over once in $oneIn days', (setting) => {
  const probability = takeoverProbability(setting);
  expect(Math.round(1 / probability)).toBe(setting.oneIn);
  expect(probability).toBeLessThan(1 / 10_000);
});

test('requests that race to open an attempt can add one attempt at a short code, which does not change the order', () => {
  const raced = takeoverProbability({ codeLength: 6, maxTries: 5 }) + 5 * 10 ** -6;
  expect(raced).toBeLessThan(1 / 55_000);
});

test('any number of networks that use their reserve for the phone, and race, do not raise it above 1 in 50,000', () => {
  const race = 5 * 10 ** -6;
  const reserve = RESERVE_EASE * SENDS_PER_PHONE.day * 5 * 10 ** -RESERVE_CODE_LENGTH;
  const probability = takeoverProbability({ codeLength: 6, maxTries: 5 }) + race + reserve;
  expect(Math.round(1 / probability)).toBe(55_556);
});
