import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deriveKeyedPart, deriveRefreshToken, hashRefreshToken, readRefreshToken } from './refresh-token.js';

const KEY = Buffer.alloc(32, 7);
const SALT = Buffer.alloc(32, 9);
const salts = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const positions = fc.record({ sessionId: fc.uuid({ version: 7 }), counter: fc.integer({ min: 0, max: 0xffffffff }) });
const forms = fc.record({ of: positions, salt: fc.option(salts) });

describe('a refresh token', () => {
  test('is read back as its session and counter, and is derived the same each time', () => {
    fc.assert(
      fc.property(forms, ({ of, salt }) => {
        const token = deriveRefreshToken({ ...of, salt }, KEY);
        expect(token).toMatch(salt ? /^[\w-]{91}$/ : /^[\w-]{70}$/);
        expect(readRefreshToken(token, [{ refreshToken: KEY }])).toEqual({
          ...of,
          tokenHash: hashRefreshToken(token),
          keyedPart: salt ? deriveKeyedPart(of, KEY) : null,
        });
        expect(deriveRefreshToken({ ...of, salt }, KEY)).toBe(token);
      }),
    );
  });

  // Computed by another implementation: a release must not change the tokens that clients have.
  test('consists of head, check and salted part; from before the salts, of head and HMAC', () => {
    const of = { sessionId: '01a1fbe4-524b-77c0-9be5-55bf699e5fe7', counter: 3 };
    expect(deriveRefreshToken({ ...of, salt: SALT }, KEY)).toBe(
      'AaH75FJLd8Cb5VW_aZ5f5wAAAAOhoA-LhfFf5iY-D26kWWjUxc83bh51mnblKS92HNUifmbizK85SE5EQdk9RhJU0CU',
    );
    expect(deriveRefreshToken({ ...of, salt: null }, KEY)).toBe(
      'AaH75FJLd8Cb5VW_aZ5f5wAAAAPBnnLX_R0hNm5vhGk0tw5grltIj3SDZER5NNZHbK2PZg',
    );
  });

  test('differs for another session, counter, salt or key', () => {
    fc.assert(
      fc.property(positions, positions, (one, other) => {
        fc.pre(one.sessionId !== other.sessionId || one.counter !== other.counter);
        const token = deriveRefreshToken({ ...one, salt: SALT }, KEY);
        expect(deriveRefreshToken({ ...other, salt: SALT }, KEY)).not.toBe(token);
        expect(deriveRefreshToken({ ...one, salt: Buffer.alloc(32, 8) }, KEY)).not.toBe(token);
        for (const salt of [SALT, null]) {
          const foreign = deriveRefreshToken({ ...one, salt }, Buffer.alloc(32, 8));
          expect(readRefreshToken(foreign, [{ refreshToken: KEY }])).toBeUndefined();
        }
      }),
    );
  });

  test('with a byte of its head or its check changed is refused without the database', () => {
    fc.assert(
      fc.property(forms, fc.nat(), fc.integer({ min: 1, max: 255 }), ({ of, salt }, place, change) => {
        const bytes = Buffer.from(deriveRefreshToken({ ...of, salt }, KEY), 'base64url');
        const index = place % (salt ? 36 : 52);
        bytes[index] = (bytes[index] ?? 0) ^ change;
        expect(readRefreshToken(bytes.toString('base64url'), [{ refreshToken: KEY }])).toBeUndefined();
      }),
    );
  });

  test('with a byte of its salted part changed has another hash, so its session refuses it', () => {
    fc.assert(
      fc.property(
        positions,
        fc.integer({ min: 36, max: 67 }),
        fc.integer({ min: 1, max: 255 }),
        (of, index, change) => {
          const token = deriveRefreshToken({ ...of, salt: SALT }, KEY);
          const bytes = Buffer.from(token, 'base64url');
          bytes[index] = (bytes[index] ?? 0) ^ change;
          expect(hashRefreshToken(bytes.toString('base64url'))).not.toEqual(hashRefreshToken(token));
        },
      ),
    );
  });

  // Another spelling has another hash: it would look like a stolen token, and the session would be revoked.
  test.each([SALT, null])('is accepted in one spelling only', (salt) => {
    const token = deriveRefreshToken({ sessionId: '01a1fbe4-524b-77c0-9be5-55bf699e5fe7', counter: 3, salt }, KEY);
    const last = token.at(-1) ?? '';
    const twins = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')
      .filter((sign) => sign !== last)
      .map((sign) => `${token.slice(0, -1)}${sign}`)
      .filter((twin) => Buffer.from(twin, 'base64url').equals(Buffer.from(token, 'base64url')));
    expect(twins.length).toBeGreaterThan(2);
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
    expect(readRefreshToken('A'.repeat(91), [{ refreshToken: KEY }])).toBeUndefined();
    expect(readRefreshToken('A'.repeat(70), [{ refreshToken: KEY }])).toBeUndefined();
    expect(readRefreshToken('A'.repeat(10_000_000), [{ refreshToken: KEY }])).toBeUndefined();
  });

  test('is stored as the SHA-256 hash of its salted part; from before the salts, of its text', () => {
    const of = { sessionId: '01a1fbe4-524b-77c0-9be5-55bf699e5fe7', counter: 3 };
    const token = deriveRefreshToken({ ...of, salt: SALT }, KEY);
    const saltedPart = hash('sha256', Buffer.concat([SALT, deriveKeyedPart(of, KEY)]), 'buffer');
    expect(Buffer.from(token, 'base64url').subarray(36)).toEqual(saltedPart);
    expect(hashRefreshToken(token)).toEqual(hash('sha256', saltedPart, 'buffer'));
    const unsalted = deriveRefreshToken({ ...of, salt: null }, KEY);
    expect(hashRefreshToken(unsalted)).toEqual(hash('sha256', unsalted, 'buffer'));
  });
});
