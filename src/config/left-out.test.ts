import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PRODUCTION } from '../../test/support/config.js';
import { configWarnings } from './config-warnings.js';
import { loadConfig, readConfig } from './config.js';
import { configuredChannels } from './configured-channels.js';

/** WhatsApp is complete, and Kavenegar and Melipayamak have half of their credentials. */
const HALF = {
  ...PRODUCTION,
  PUBLIC_URL: 'https://login.example.com',
  DATABASE_URL: 'postgres://localhost/x',
  GREEN_API_ID_INSTANCE: '1101000001',
  GREEN_API_TOKEN: 'invented-token-of-an-instance',
  GREEN_API_WEBHOOK_TOKEN: 'LVhb29y7UzuTxJ54FdBtrjRX',
  KAVENEGAR_TEMPLATE: 'login',
  MELIPAYAMAK_USERNAME: 'invented-user',
};

describe('half of the credentials of a provider', () => {
  test('stops the gateway by default', () => {
    expect(() => loadConfig(HALF)).toThrow(/KAVENEGAR_API_KEY is missing.*MELIPAYAMAK_PASSWORD is missing/s);
  });

  test('leaves the provider out with STRICT_CHANNELS=off, and the others work', () => {
    const env = { ...HALF, STRICT_CHANNELS: 'off' };
    const config = loadConfig(env);
    expect(configuredChannels(config).map(({ name }) => name)).toEqual(['green-api']);
    expect(config.leftOut?.map(({ provider }) => provider)).toEqual(['Kavenegar', 'Melipayamak']);
    expect(configWarnings(config, env)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(
          /^STRICT_CHANNELS is off, so the gateway runs without Kavenegar: KAVENEGAR_API_KEY is missing/,
        ),
        expect.stringMatching(
          /^STRICT_CHANNELS is off, so the gateway runs without Melipayamak: MELIPAYAMAK_PASSWORD is/,
        ),
      ]),
    );
  });

  test('is no excuse for other mistakes', () => {
    expect(readConfig({ ...HALF, STRICT_CHANNELS: 'off', OTP_LENGTH: '9' }).problems).toEqual([
      expect.stringMatching(/^OTP_LENGTH /),
    ]);
    expect(readConfig({ ...HALF, STRICT_CHANNELS: 'sometimes' }).problems).toContainEqual(
      expect.stringMatching(/^STRICT_CHANNELS must be one of on, off/),
    );
  });
});

test('one HTTP channel whose file has a mistake is left out, and the others work', () => {
  const folder = mkdtempSync(join(tmpdir(), 'phonegate-channels-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const good = {
    price: { currency: 'USD', amounts: { '*': '0.01' } },
    send: { request: { url: 'https://sms.example.com/{secret.key}' } },
  };
  writeFileSync(join(folder, 'good.json'), JSON.stringify(good));
  const env = {
    ...HALF,
    KAVENEGAR_TEMPLATE: '',
    MELIPAYAMAK_USERNAME: '',
    HTTP_CHANNELS: 'good,broken',
    HTTP_CHANNELS_FOLDER: folder,
    HTTP_SECRETS: 'good.key=x;broken.key=y',
    DELIVERY_ROUTES: '*=http:good,green-api',
  };
  expect(() => loadConfig(env)).toThrow(/broken\.json cannot be read/);
  const config = loadConfig({ ...env, STRICT_CHANNELS: 'off' });
  expect(configuredChannels(config).map(({ name }) => name)).toEqual(['green-api', 'http:good']);
  expect(config.leftOut).toEqual([
    { provider: 'HTTP channels', problems: [expect.stringMatching(/^HTTP_CHANNELS names broken: /)] },
  ]);
});

test.each([
  ['{text}', { bindsCode: true, carriesNotifications: true }],
  ['{text} {code}', { bindsCode: true, carriesNotifications: false }],
  ['{code}', { bindsCode: false, carriesNotifications: false }],
])('an HTTP channel that sends %s', (json, expected) => {
  const folder = mkdtempSync(join(tmpdir(), 'phonegate-channels-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const own = {
    price: { currency: 'USD', amounts: { '*': '0.01' } },
    send: { request: { url: 'https://sms.example.com/', json } },
  };
  writeFileSync(join(folder, 'own.json'), JSON.stringify(own));
  const env = { ...PRODUCTION, PUBLIC_URL: 'https://login.example.com', DATABASE_URL: 'postgres://localhost/x' };
  const config = loadConfig({
    ...env,
    HTTP_CHANNELS: 'own',
    HTTP_CHANNELS_FOLDER: folder,
    DELIVERY_ROUTES: '*=http:own',
  });
  expect(configuredChannels(config)).toEqual([expect.objectContaining({ name: 'http:own', ...expected })]);
});
