import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { deriveKeys } from '../../config/keys.js';
import { hashSecret } from '../attempts/attempt.js';
import { checkIdempotencyKey, hashRequest, secretOf } from './idempotency.js';

const keys = deriveKeys('a secret for tests only, long enough to be taken');
const salt = Buffer.alloc(32, 9);
const request = { key: 'f81d4fae-7dec-41d0-a765-00a0c91e6bf6', phone: '+77010000002', changeFor: undefined };

describe('an idempotency key', () => {
  test.each([randomUUID(), randomBytes(16).toString('hex'), randomBytes(24).toString('base64url'), undefined])(
    'is accepted: %s',
    (key) => expect(() => checkIdempotencyKey(key)).not.toThrow(),
  );

  test.each([
    '',
    '1',
    randomUUID().slice(0, 31),
    'a'.repeat(36),
    '0123456'.repeat(6),
    `${randomUUID()} `,
    `é${randomUUID()}`,
    'aB3-'.repeat(33),
  ])('is refused because it is short, long, easy to guess, or has other characters: %j', (key) =>
    expect(() => checkIdempotencyKey(key)).toThrow('INVALID_INPUT'),
  );
});

describe('the secret of a repeatable request', () => {
  test('has 256 bits and is the same each time; the row stores its hash', () => {
    const { secret, hash } = secretOf(request, salt, keys);
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(hash).toEqual(hashSecret(secret));
    expect(secretOf({ ...request }, salt, keys).secret).toBe(secret);
  });

  test('differs for another key, phone, user, salt or GATEWAY_SECRET', () => {
    const secrets = [
      secretOf(request, salt, keys),
      secretOf({ ...request, key: randomUUID() }, salt, keys),
      secretOf({ ...request, phone: '+77010000003' }, salt, keys),
      secretOf({ ...request, changeFor: randomUUID() }, salt, keys),
      secretOf(request, Buffer.alloc(32, 8), keys),
      secretOf(request, salt, deriveKeys('another secret for tests, long enough to be taken')),
    ].map(({ secret }) => secret);
    expect(new Set(secrets).size).toBe(secrets.length);
  });

  test('is random without a key', () => {
    const one = { ...request, key: undefined };
    expect(secretOf(one, salt, keys).secret).not.toBe(secretOf(one, salt, keys).secret);
    expect(hashRequest(one)).toBeUndefined();
  });
});
