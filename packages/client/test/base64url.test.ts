import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeText, encodeBytes } from '../src/base64url.js';
import { type Session, toSignedIn } from '../src/session/signed-in.js';

test('decodes every text that was encoded as UTF-8', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const wellFormed = Buffer.from(text).toString();
      expect(decodeText(Buffer.from(wellFormed).toString('base64url'))).toBe(wellFormed);
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
