import { describe, expect, test } from 'vitest';
import { readConfig } from './config.js';

const KEYS = { CAPTCHA_SITE_KEY: '0x4AAAAAAAsite-key_1', CAPTCHA_SECRET: '0x4AAAAAAAsecret-key-of-the-widget' };
const problemsOf = (env: Record<string, string>) => readConfig({ ALLOW_UNSAFE_DEVELOPMENT: 'on', ...env }).problems;

describe('the captcha', () => {
  test('is altcha, asked under suspicion only', () => {
    expect(readConfig({}).config?.captcha).toMatchObject({ kind: 'altcha', askAlways: false });
  });

  test.each(['turnstile', 'hcaptcha'])('of %s needs both keys of its widget', (kind) => {
    expect(problemsOf({ CAPTCHA: kind, ...KEYS })).toEqual([]);
    expect(problemsOf({ CAPTCHA: kind })).toEqual([
      expect.stringMatching(/^CAPTCHA_SITE_KEY is missing/),
      expect.stringMatching(/^CAPTCHA_SECRET is missing/),
    ]);
  });

  test('names every mistake at once, without the secret', () => {
    const problems = problemsOf({
      CAPTCHA: 'recaptcha',
      CAPTCHA_ASK: 'sometimes',
      CAPTCHA_SITE_KEY: '<site key>',
      CAPTCHA_SECRET: 'a secret with spaces',
      CAPTCHA_VERIFY_URL: 'example.com',
    });
    for (const name of ['CAPTCHA', 'CAPTCHA_ASK', 'CAPTCHA_SITE_KEY', 'CAPTCHA_SECRET', 'CAPTCHA_VERIFY_URL'])
      expect(problems).toContainEqual(expect.stringMatching(new RegExp(`^${name} must`)));
    expect(problems.join()).not.toContain('a secret with spaces');
  });

  test.each(['altcha', 'off'])('%s takes no keys of a service', (kind) => {
    expect(problemsOf({ CAPTCHA: kind, ...KEYS })).toEqual([
      expect.stringMatching(/^CAPTCHA_SITE_KEY, CAPTCHA_SECRET have no effect where CAPTCHA is /),
    ]);
  });

  test('that is off cannot be asked always', () => {
    expect(problemsOf({ CAPTCHA: 'off', CAPTCHA_ASK: 'always' })).toEqual([
      'CAPTCHA_ASK is always, but CAPTCHA is off: remove one of the two',
    ]);
  });

  test.each(['1x0000000000000000000000000000000AA', '0x0000000000000000000000000000000000000000'])(
    'refuses the test key %s in production, because it accepts everything',
    (secret) => {
      const env = { CAPTCHA: 'turnstile', ...KEYS, CAPTCHA_SECRET: secret };
      expect(problemsOf(env)).toEqual([]);
      expect(problemsOf({ ...env, NODE_ENV: 'production' })).toContainEqual(
        expect.stringMatching(/^CAPTCHA_SECRET is a test key/),
      );
    },
  );
});
