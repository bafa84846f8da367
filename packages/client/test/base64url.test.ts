import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBytes, encodeBytes } from '../src/base64url.js';
import { type Session, toSignedIn } from '../src/session/signed-in.js';

test('decodes every sequence of bytes, each as one character', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const buffer = Buffer.from(bytes);
      expect(decodeBytes(buffer.toString('base64url'))).toBe(buffer.toString('latin1'));
    }),
  );
});

test('encodes every sequence of bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(encodeBytes(bytes)).toBe(Buffer.from(bytes).toString('base64url'));
    }),
  );
});

test('reads the lifetime of an access token whose claims are not ASCII', () => {
  const claims = { iat: 100, exp: 700, name: 'Айгүл ✓' };
  const accessToken = `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.signature`;
  expect(toSignedIn({ accessToken } as Session, 5).freshUntil).toBe(600_005);
});
