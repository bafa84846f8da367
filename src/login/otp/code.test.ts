import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deriveCode, isCode } from './code.js';

const KEY = Buffer.alloc(32, 7);
const SALT = Buffer.alloc(32, 9);
const attempt = fc.record({
  attemptId: fc.uuid(),
  phone: fc.stringMatching(/^\+[1-9]\d{6,14}$/),
  salt: fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes))),
});
const length = fc.integer({ min: 4, max: 10 });

describe('the code of an attempt', () => {
  test('is the same each time, and has as many digits as configured', () => {
    fc.assert(
      fc.property(attempt, length, fc.uint8Array({ minLength: 32, maxLength: 32 }), (of, digits, key) => {
        const code = deriveCode(of, digits, Buffer.from(key));
        expect(code).toMatch(new RegExp(`^\\d{${digits}}$`));
        expect(deriveCode({ ...of }, digits, Buffer.from(key))).toBe(code);
      }),
    );
  });

  // Computed by another implementation: a release must not change the codes that are under way.
  test('is HMAC-SHA-256, truncated as in RFC 4226', () => {
    const of = { attemptId: '3f1c9a52-0b7e-4d5a-9c1e-7a2b6d8e4f10', phone: '+77010000002', salt: SALT };
    expect([4, 6, 8].map((digits) => deriveCode(of, digits, KEY))).toEqual(['5627', '365627', '73365627']);
    // An attempt that an older version opened has no salt.
    expect(deriveCode({ ...of, salt: null }, 8, KEY)).toBe('64601919');
  });

  test('differs for another attempt, phone, salt or key', () => {
    const of = { attemptId: '3f1c9a52-0b7e-4d5a-9c1e-7a2b6d8e4f10', phone: '+77010000002', salt: SALT };
    const codes = [
      deriveCode(of, 8, KEY),
      deriveCode({ ...of, attemptId: '3f1c9a52-0b7e-4d5a-9c1e-7a2b6d8e4f11' }, 8, KEY),
      deriveCode({ ...of, phone: '+77010000003' }, 8, KEY),
      deriveCode({ ...of, salt: Buffer.alloc(32, 8) }, 8, KEY),
      deriveCode({ ...of, salt: null }, 8, KEY),
      deriveCode(of, 8, Buffer.alloc(32, 8)),
    ];
    expect(new Set(codes).size).toBe(codes.length);
  });

  test('has every digit equally often', () => {
    const key = randomBytes(32);
    const seen = Array.from({ length: 10 }, () => 0);
    for (let count = 0; count < 20_000; count += 1) {
      for (const digit of deriveCode({ attemptId: String(count), phone: '+77010000002', salt: SALT }, 6, key))
        seen[Number(digit)] = (seen[Number(digit)] ?? 0) + 1;
    }
    // 12,000 each are expected; 600 away would be more than five standard deviations.
    expect(seen.every((times) => Math.abs(times - 12_000) < 600)).toBe(true);
  });
});

test('a code of ten digits can be any number of ten digits', () => {
  const codes = Array.from({ length: 500 }, (_, count) =>
    deriveCode({ attemptId: String(count), phone: '+77010000002', salt: SALT }, 10, KEY),
  );
  // The 31 bits of RFC 4226 are at most 2147483647.
  expect(new Set(codes.map((code) => code[0])).size).toBe(10);
});

describe('isCode', () => {
  const code = fc.stringMatching(/^\d{6}$/);

  test('accepts ASCII, Arabic, Persian and full-width digits, with spaces and dashes', () => {
    const typed = fc.tuple(
      code,
      fc.array(fc.constantFrom('0', '٠', '۰', '０'), { minLength: 6, maxLength: 6 }),
      fc.array(fc.constantFrom('', '', ' ', '-', '\u00A0', '\t'), { minLength: 7, maxLength: 7 }),
    );
    fc.assert(
      fc.property(typed, ([right, zeros, gaps]) => {
        const input = right.replaceAll(/\d/g, (digit, index: number) => {
          const zero = zeros[index] ?? '0';
          return `${gaps[index]}${String.fromCharCode(zero.charCodeAt(0) + Number(digit))}`;
        });
        expect(isCode(`${input}${gaps[6]}`, right)).toBe(true);
      }),
    );
  });

  test('refuses every other input, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^\d{1,8}$/)), code, (input, right) => {
        fc.pre(input.replaceAll(/[\s-]/g, '') !== right);
        expect(isCode(input, right)).toBe(false);
      }),
      { numRuns: 1000 },
    );
    for (const input of ['', '12345', '1234567', '0123456', '12345б', '1'.repeat(1_000_000)])
      expect(isCode(input, '123456')).toBe(false);
  });
});
