import { expect, test } from 'vitest';
import { PERMITTED } from '../../../test/support/config.js';
import { loadConfig } from '../../config/config.js';
import { secretsIn } from './config-secrets.js';

const CREDENTIALS = {
  GATEWAY_SECRET: 'gateway-secret-of-32-characters-1',
  GATEWAY_SECRET_PREVIOUS: 'gateway-secret-of-32-characters-2',
  GREEN_API_TOKEN: 'green-api-token',
  GREEN_API_WEBHOOK_TOKEN: 'green-api-webhook-token',
  KAVENEGAR_API_KEY: 'kavenegar-api-key',
  KAVENEGAR_CALLBACK_SECRET: 'kavenegar-callback-secret',
  MELIPAYAMAK_USERNAME: 'melipayamak-username',
  MELIPAYAMAK_PASSWORD: 'melipayamak-password',
  MELIPAYAMAK_CONSOLE_TOKEN: 'melipayamak-console-token',
};

test('finds every credential in the configuration, and nothing else', () => {
  const config = loadConfig({
    ...PERMITTED,
    ...CREDENTIALS,
    GREEN_API_ID_INSTANCE: '1101000001',
    MELIPAYAMAK_BODY_ID: '12345',
  });
  expect(secretsIn(config).toSorted()).toEqual(Object.values(CREDENTIALS).toSorted());
});
