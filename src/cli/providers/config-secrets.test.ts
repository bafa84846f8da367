import { expect, test } from 'vitest';
import { PERMITTED } from '../../../test/support/config.js';
import { loadConfig } from '../../config/config.js';
import { secretsIn } from './config-secrets.js';

const CREDENTIALS = {
  GATEWAY_SECRET: 'fW8sKq3LrT6vZc2NpYk9Hd5JmXb7Ga4E',
  GATEWAY_SECRET_PREVIOUS: 'Rz5nQ8wLk2VtC7xJp4MbY9dHs3GfU6aE',
  GREEN_API_TOKEN: 'green-api-token',
  GREEN_API_WEBHOOK_TOKEN: 'mT4vXk9LqW2zRc7NpYb5',
  KAVENEGAR_API_KEY: 'kavenegar-api-key',
  KAVENEGAR_CALLBACK_SECRET: 'hJ6rZn3KwQ8xVd2TsLc9',
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
