import { describe, expect, test } from 'vitest';
import { PRODUCTION } from '../../test/support/config.js';
import { configWarnings } from './config-warnings.js';
import { loadConfig } from './config.js';

describe('warnings about the configuration', () => {
  test('warns when no user can be an admin, and when browsers refuse the cookie', () => {
    const warnings = (env: Record<string, string>) => configWarnings(loadConfig(env));
    expect(warnings({ ROLES: 'USER,STAFF' })).toEqual([expect.stringContaining('ROLES does not contain ADMIN')]);
    const cookie = { SESSION_COOKIE: 'on' };
    expect(warnings({ ...cookie, PUBLIC_URL: 'http://login.example.com' })).toEqual([
      expect.stringContaining('PUBLIC_URL is not https'),
    ]);
    // Browsers treat the local machine as secure.
    for (const url of ['https://login.example.com', 'http://localhost:4000', 'http://127.0.0.1:4000'])
      expect(warnings({ ...cookie, PUBLIC_URL: url })).toEqual([]);
  });

  test('warns without a database, without a public URL, and when users cannot be asked to confirm', () => {
    const warnings = configWarnings(loadConfig({ NODE_ENV: 'production', GATEWAY_SECRET: 'x'.repeat(32) }));
    expect(warnings.map((warning) => warning.split(' ')[0])).toEqual([
      'DATABASE_URL',
      'PUBLIC_URL',
      'No', // channel is configured
      'GREEN_API_ID_INSTANCE',
    ]);
    const asking = configWarnings(
      loadConfig({ ...PRODUCTION, GREEN_API_ID_INSTANCE: '1', GREEN_API_WEBHOOK_TOKEN: 't' }),
    );
    expect(asking).toEqual([
      expect.stringContaining('No channel is configured'),
      expect.stringContaining('GREEN_API_TOKEN is not set'),
    ]);
    expect(configWarnings(loadConfig({}))).toEqual([]);
  });

  const GREEN_API = { GREEN_API_ID_INSTANCE: '1', GREEN_API_WEBHOOK_TOKEN: 't', GREEN_API_TOKEN: 't' };
  test.each<[Record<string, string>, string[]]>([
    [{}, []],
    [{ SMS_SENDER_NUMBER: '5000' }, ['SMS_SENDER_NUMBER']],
    [{ SMS_SENDER_NUMBER: '5000', MELIPAYAMAK_USERNAME: 'u', MELIPAYAMAK_PASSWORD: 'p' }, []],
  ])('a warning is given about an SMS line that no channel uses: %j', (env, expected) => {
    const warnings = configWarnings(loadConfig({ ...PRODUCTION, ...GREEN_API, ...env }));
    expect(warnings.map((warning) => warning.split(' ')[0])).toEqual(expected);
  });

  test.each<Record<string, string>>([
    { KAVENEGAR_API_KEY: 'key' },
    { MELIPAYAMAK_CONSOLE_TOKEN: 't', MELIPAYAMAK_BODY_ID: '1' },
    { MELIPAYAMAK_USERNAME: 'u', MELIPAYAMAK_PASSWORD: 'p', SMS_SENDER_NUMBER: '5000' },
  ])('one provider is enough to send codes, without a warning: %j', (env) => {
    const warnings = configWarnings(loadConfig({ ...PRODUCTION, ...env }));
    expect(warnings).toEqual([expect.stringContaining('GREEN_API_ID_INSTANCE')]);
  });

  test('in development no warning is given about missing channels', () => {
    expect(configWarnings(loadConfig({ SMS_SENDER_NUMBER: '5000' }))).toEqual([]);
  });
});
