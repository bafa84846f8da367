import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PERMITTED, PRODUCTION, complaint, named } from '../../test/support/config.js';
import { PROJECT } from '../../test/support/process.js';

const ROOTS = ['GATEWAY_SECRET', 'GATEWAY_SECRET_PREVIOUS'];
const TOKENS = ['GREEN_API_WEBHOOK_TOKEN', 'KAVENEGAR_CALLBACK_SECRET'];
/** The other variables that a token needs. */
const BESIDE = { GREEN_API_ID_INSTANCE: '1101000001', KAVENEGAR_API_KEY: 'key' };
const withSecret = (name: string, value: string) => ({ ...PERMITTED, ...BESIDE, [name]: value });

describe.each(ROOTS)('%s', (name) => {
  test('accepts what the documented command generates', () => {
    for (let round = 0; round < 200; round += 1)
      for (const secret of [randomBytes(48).toString('base64'), randomBytes(16).toString('hex')])
        expect(complaint(withSecret(name, secret))).toBe('');
  });

  test.each([
    ['x'.repeat(64), /must have at least 8 different characters/],
    ['abababababababababababababababab', /must have at least 8 different characters/],
    ['Yk2vQw8ZrT5nXb1LpG7dHs4JcM9fEa6', /must have at least 32 characters/],
    ['this secret is public and good for demonstrations only', /is an example that everyone knows/],
    ['This-Secret-Is-Public and good for demonstrations only', /is an example that everyone knows/],
    ['a-long-random-text-that-openssl-rand-base64-48-made', /is an example that everyone knows/],
    ['please-change-me-before-production', /is an example that everyone knows/],
    ['0123456789abcdef0123456789abcdef', /is an example that everyone knows|can be guessed/],
    ...[
      '00112233445566778899aabbccddeeff',
      'secretsecretsecretsecretsecret123456',
      'my-very-long-gateway-secret-for-production',
      'correct horse battery staple correct horse',
      'abcdefg hijklmn opqrstu abcdefg hij',
      'iloveyouiloveyouiloveyouiloveyou1',
      '0123456701234567012345670123456701234567',
      'please-set-me-please-set-me-please-set-me',
      'your-256-bit-secret-your-256-bit-secret',
      'topsecrettopsecrettopsecrettopsecr12',
      'zyxwvutsrqponmlkjihgfedcba9876543210',
      'a secret for tests only, long enough to be taken',
      'a secret for benchmarks only, long enough to be taken',
      'an invented secret for a gateway in development',
      'Yk2vQw8ZYk2vQw8ZYk2vQw8ZYk2vQw8Z',
    ].map((secret): [string, RegExp] => [secret, /can be guessed|is an example that everyone knows/]),
  ])('refuses the weak secret %s, and does not show it', (secret, why) => {
    expect(named(withSecret(name, secret))).toEqual([name]);
    expect(complaint(withSecret(name, secret))).toMatch(why);
    expect(complaint(withSecret(name, secret))).not.toContain(secret);
    expect(complaint(withSecret(name, secret))).toContain('openssl rand -base64 48');
  });
});

describe.each(TOKENS)('%s', (name) => {
  test('accepts what the documented command generates', () => {
    for (let round = 0; round < 200; round += 1)
      expect(complaint(withSecret(name, randomBytes(24).toString('hex')))).toBe('');
  });

  test.each([
    'x',
    'development',
    'a-token-of-15-c',
    'x'.repeat(40),
    'a_long_random_text_of_your_own',
    '1234567812345678',
    '0123456789abcdef',
    'abc123abc123abc123',
    'webhooktokenwebhooktoken',
    'greenapi-webhook',
    'phonegate-webhook-token',
    'my-webhook-token',
    'secret-token-123',
    'password123password',
    '000000000000abcde0',
    'an-invented-token-for-webhooks',
    'the-secret-of-the-callback',
    'qwertyuiopasdfgh',
    'P@ssw0rd-of-webhook-2026',
  ])('refuses the weak token %s in production and in development, and does not show it', (token) => {
    for (const mode of [PERMITTED, PRODUCTION]) {
      const env = { ...mode, ...BESIDE, GREEN_API_WEBHOOK_TOKEN: 'cK7pQ2vX9sLd4TzB', [name]: token };
      expect(named(env)).toEqual([name]);
      if (token.length > 1) expect(complaint(env)).not.toContain(`${token} `);
    }
  });
});

test('a scheme before the webhook token does not count towards its length', () => {
  expect(named(withSecret('GREEN_API_WEBHOOK_TOKEN', 'Bearer Basic cK7pQ2vX9s'))).toEqual(['GREEN_API_WEBHOOK_TOKEN']);
  expect(complaint(withSecret('GREEN_API_WEBHOOK_TOKEN', 'Bearer cK7pQ2vX9sLd4TzB'))).toBe('');
});

test('no example in the repository gives one of these secrets a value that the gateway accepts', () => {
  const docs = readdirSync(join(PROJECT, 'docs'), { recursive: true, encoding: 'utf8' });
  const pages = docs.filter((file) => file.endsWith('.md')).map((file) => join('docs', file));
  const accepted: string[] = [];
  for (const file of [...pages, 'README.md', '.env.example', 'docker-compose.yml'])
    for (const name of [...ROOTS, ...TOKENS])
      for (const [, written = ''] of readFileSync(join(PROJECT, file), 'utf8').matchAll(
        new RegExp(`\\b${name}(?:=|: )(.*)`, 'g'),
      )) {
        // Nothing, a command, or a variable without a default leaves the value to the reader.
        const value = /^\$\{\w+:-(.*)\}$/.exec(written)?.[1] ?? written.trim();
        if (value === '' || /^"?\$\(|^\$\{\w+:\?/.test(value)) continue;
        if (complaint(withSecret(name, value)) === '') accepted.push(`${file}: ${name}=${value}`);
      }
  expect(accepted).toEqual([]);
});
