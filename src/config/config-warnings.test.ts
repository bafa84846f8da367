import { describe, expect, test } from 'vitest';
import { PRODUCTION, WEBHOOK_TOKEN } from '../../test/support/config.js';
import { configWarnings } from './config-warnings.js';
import { loadConfig } from './config.js';

const warningsOf = (env: Record<string, string>) => configWarnings(loadConfig(env), env);

describe('warnings about the configuration', () => {
  test('warns when no user can be an admin, and when browsers refuse the cookie', () => {
    expect(warningsOf({ ROLES: 'USER,STAFF' })).toEqual([expect.stringContaining('ROLES does not contain ADMIN')]);
    const ofCookie = (url: string) =>
      warningsOf({ ...PRODUCTION, SESSION_COOKIE: 'on', PUBLIC_URL: url }).filter((text) => text.includes('COOKIE'));
    expect(ofCookie('http://login.example.com')).toEqual([expect.stringContaining('PUBLIC_URL is not https')]);
    // Browsers treat the local machine as secure.
    for (const url of ['https://login.example.com', 'http://localhost:4000', 'http://127.0.0.1:4000'])
      expect(ofCookie(url)).toEqual([]);
  });

  test('warns in production about a PUBLIC_URL without TLS', () => {
    const ofUrl = (url: string) =>
      warningsOf({ ...PRODUCTION, PUBLIC_URL: url }).filter((text) => text.startsWith('PUBLIC_URL is not https'));
    expect(ofUrl('http://login.example.com')).toHaveLength(1);
    for (const url of ['https://login.example.com', 'http://localhost:4000', 'http://127.0.0.1:4000'])
      expect(ofUrl(url)).toEqual([]);
  });

  test('warns without a database, without a public URL, and when users cannot be asked to confirm', () => {
    const warnings = warningsOf({ NODE_ENV: 'production', GATEWAY_SECRET: PRODUCTION.GATEWAY_SECRET });
    expect(warnings.map((warning) => warning.split(' ')[0])).toEqual([
      'DATABASE_URL',
      'PUBLIC_URL',
      'No', // channel is configured
      'GREEN_API_ID_INSTANCE',
    ]);
    const asking = warningsOf({ ...PRODUCTION, GREEN_API_ID_INSTANCE: '1', GREEN_API_WEBHOOK_TOKEN: WEBHOOK_TOKEN });
    expect(asking).toEqual([
      expect.stringContaining('No channel is configured'),
      expect.stringContaining('GREEN_API_TOKEN is not set'),
    ]);
    expect(warningsOf({})).toEqual([]);
  });

  const ROUTES = { ALLOWED_COUNTRIES: 'IR', DELIVERY_ROUTES: '*=green-api,melipayamak' };
  const GREEN_API = { GREEN_API_ID_INSTANCE: '1', GREEN_API_WEBHOOK_TOKEN: WEBHOOK_TOKEN, GREEN_API_TOKEN: 't' };
  test.each<[Record<string, string>, string[]]>([
    [{}, []],
    [{ SMS_SENDER_NUMBER: '5000' }, ['SMS_SENDER_NUMBER']],
    [{ SMS_SENDER_NUMBER: '5000', MELIPAYAMAK_USERNAME: 'u', MELIPAYAMAK_PASSWORD: 'p' }, []],
  ])('a warning is given about an SMS line that no channel uses: %j', (env, expected) => {
    const warnings = warningsOf({ ...PRODUCTION, ...ROUTES, ...GREEN_API, ...env });
    expect(warnings.map((warning) => warning.split(' ')[0])).toEqual(expected);
  });

  test.each<Record<string, string>>([
    { KAVENEGAR_API_KEY: 'key' },
    { MELIPAYAMAK_CONSOLE_TOKEN: 't', MELIPAYAMAK_BODY_ID: '1' },
    { MELIPAYAMAK_USERNAME: 'u', MELIPAYAMAK_PASSWORD: 'p', SMS_SENDER_NUMBER: '5000' },
  ])('one provider is enough to send codes, without a warning: %j', (env) => {
    const warnings = warningsOf({ ...PRODUCTION, ALLOWED_COUNTRIES: 'IR', ...env });
    expect(warnings).toEqual([expect.stringContaining('GREEN_API_ID_INSTANCE')]);
  });

  test('in development no warning is given about missing channels', () => {
    expect(warningsOf({ SMS_SENDER_NUMBER: '5000' })).toEqual([]);
  });

  test('a permitted development gateway is warned about, with every reason why it is unsafe', () => {
    const permitted = { ALLOW_UNSAFE_DEVELOPMENT: 'on' };
    expect(warningsOf(permitted)).toEqual([expect.stringMatching(/^ALLOW_UNSAFE_DEVELOPMENT is on: [^;]*any user$/)]);
    expect(warningsOf({ ...permitted, HOST: '0.0.0.0', PUBLIC_URL: 'https://login.example.com' })).toEqual([
      expect.stringMatching(/^ALLOW_UNSAFE_DEVELOPMENT is on: .*HOST is not .*; PUBLIC_URL /),
    ]);
  });
});
