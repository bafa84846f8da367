import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { type WithCaptcha } from '@phonegate/client';
import { solveCaptcha, withCaptcha } from '@phonegate/client/captcha';
import { hash36Bytes } from '../src/captcha/sha256.js';

test('hashes 36 bytes as SHA-256 does', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 36, maxLength: 36 }), (bytes) => {
      const message = Buffer.from(bytes);
      const words = Int32Array.from({ length: 9 }, (_, index) => message.readInt32BE(index * 4));
      const key = new Int32Array(8);
      hash36Bytes(words, key);
      const result = Buffer.alloc(32);
      key.forEach((word, index) => result.writeInt32BE(word, index * 4));
      expect(result.toString('hex')).toBe(createHash('sha256').update(message).digest('hex'));
    }),
  );
});

const challengeOf = (counter: number) => {
  const [salt, nonce] = ['00112233445566778899aabbccddeeff', 'ffeeddccbbaa99887766554433221100'];
  const last = Buffer.alloc(4);
  last.writeUInt32BE(counter);
  const key = createHash('sha256')
    .update(Buffer.from(salt + nonce, 'hex'))
    .update(last)
    .digest('hex');
  const parameters = { algorithm: 'SHA-256', cost: 1, keyLength: 32, keyPrefix: key.slice(0, 32), nonce, salt };
  return {
    key,
    required: {
      provider: 'ALTCHA' as const,
      siteKey: null,
      challenge: JSON.stringify({ parameters, signature: 'aa' }),
    },
  };
};

test('solves a proof of work without Web Crypto, and lets the page go on meanwhile', async () => {
  vi.stubGlobal('crypto', undefined);
  const { key, required } = challengeOf(200_000);
  let ticks = 0;
  const timer = setInterval(() => (ticks += 1), 1);
  const captcha = JSON.parse((await solveCaptcha(required)) ?? '') as object;
  clearInterval(timer);
  vi.unstubAllGlobals();
  expect(captcha).toEqual({
    challenge: JSON.parse(required.challenge),
    solution: { counter: 200_000, derivedKey: key },
  });
  expect(ticks).toBeGreaterThan(3);
});

test('returns nothing for a proof of work of another kind, and for a widget outside of a page', async () => {
  const { required } = challengeOf(1);
  for (const [name, value] of [
    ['SHA-256"', 'PBKDF2/SHA-256"'],
    ['"cost":1', '"cost":2'],
  ] as const)
    expect(await solveCaptcha({ ...required, challenge: required.challenge.replace(name, value) })).toBeUndefined();
  expect(await solveCaptcha({ provider: 'TURNSTILE', siteKey: 'key', challenge: 'x' })).toBeUndefined();
});

test('withCaptcha repeats a request at most three times, and returns other answers unchanged', async () => {
  const { required } = challengeOf(3);
  const answer: Parameters<WithCaptcha>[0] = { __typename: 'CaptchaRequired', code: 'CAPTCHA_REQUIRED', ...required };
  const repeat = vi.fn(async () => answer);
  expect(await withCaptcha(answer, repeat)).toBe(answer);
  expect(repeat).toHaveBeenCalledTimes(3);
  const sent = { __typename: 'OtpRequested' };
  for (const other of [null, 5, [], sent]) expect(await withCaptcha(other, repeat as never)).toBe(other);
  expect(await withCaptcha<unknown>(answer, async () => sent)).toBe(sent);
  expect(repeat).toHaveBeenCalledTimes(3);
});
