import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deriveRefreshToken, hashRefreshToken, readRefreshToken } from './refresh-token.js';

const KEY = Buffer.alloc(32, 7);
const stands = fc.record({ sessionId: fc.uuid({ version: 7 }), counter: fc.integer({ min: 0, max: 0xffffffff }) });

describe('a refresh token', () => {
  test('is read back as its session and counter, and is derived the same each time', () => {
    fc.assert(
      fc.property(stands, (of) => {
        const token = deriveRefreshToken(of, KEY);
        expect(token).toMatch(/^[\w-]{70}$/);
        expect(readRefreshToken(token, [{ refreshToken: KEY }])).toEqual(of);
        expect(deriveRefreshToken({ ...of }, KEY)).toBe(token);
      }),
    );
  });

  test('differs for another session, counter or key', () => {
    fc.assert(
      fc.property(stands, stands, (one, other) => {
        fc.pre(one.sessionId !== other.sessionId || one.counter !== other.counter);
        expect(deriveRefreshToken(one, KEY)).not.toBe(deriveRefreshToken(other, KEY));
        expect(readRefreshToken(deriveRefreshToken(one, Buffer.alloc(32, 8)), [{ refreshToken: KEY }])).toBeUndefined();
      }),
    );
  });

  test('with any byte changed is refused', () => {
    fc.assert(
      fc.property(stands, fc.integer({ min: 0, max: 51 }), fc.integer({ min: 1, max: 255 }), (of, place, change) => {
        const bytes = Buffer.from(deriveRefreshToken(of, KEY), 'base64url');
        bytes[place] = (bytes[place] ?? 0) ^ change;
        expect(readRefreshToken(bytes.toString('base64url'), [{ refreshToken: KEY }])).toBeUndefined();
      }),
    );
  });

  // Another spelling has another hash: it would look like a stolen token, and the session would be revoked.
  test('is accepted in one spelling only', () => {
    const token = deriveRefreshToken({ sessionId: '01a1fbe4-524b-77c0-9be5-55bf699e5fe7', counter: 3 }, KEY);
    const last = token.at(-1) ?? '';
    const twins = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')
      .filter((sign) => sign !== last)
      .map((sign) => `${token.slice(0, -1)}${sign}`);
    for (const spelling of [
      ...twins,
      `${token}\n`,
      ` ${token}`,
      `${token}==`,
      `${token.slice(0, 9)} ${token.slice(9)}`,
    ])
      expect([spelling, readRefreshToken(spelling, [{ refreshToken: KEY }])]).toEqual([spelling, undefined]);
  });

  test('with arbitrary text is refused without throwing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.base64String()), (junk) => {
        expect(readRefreshToken(junk, [{ refreshToken: KEY }])).toBeUndefined();
      }),
    );
    expect(readRefreshToken('A'.repeat(70), [{ refreshToken: KEY }])).toBeUndefined();
    expect(readRefreshToken('A'.repeat(10_000_000), [{ refreshToken: KEY }])).toBeUndefined();
  });

  test('is stored as a SHA-256 hash', () => {
    expect(hashRefreshToken('abc').toString('hex')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });
});
