import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PERMITTED, PRODUCTION } from '../../test/support/config.js';
import { createProviders } from './create-providers.js';
import { readConfig } from '../config/config.js';
import { configuredChannels } from '../config/configured-channels.js';
import type { RoutedChannel } from '../config/route.js';

const VARIABLES = {
  GREEN_API_ID_INSTANCE: '1',
  GREEN_API_TOKEN: 't',
  KAVENEGAR_API_KEY: 'key',
  KAVENEGAR_TEMPLATE: 'login',
  MELIPAYAMAK_USERNAME: 'user',
  MELIPAYAMAK_PASSWORD: 'password',
  MELIPAYAMAK_BODY_ID: '524',
  MELIPAYAMAK_CONSOLE_TOKEN: 'token',
  SMS_SENDER_NUMBER: '50004000000001',
};

test('creates exactly the channels by which the configuration checks routes, with the countries that they serve', () => {
  fc.assert(
    fc.property(fc.subarray(Object.entries(VARIABLES)), fc.constantFrom(PERMITTED, PRODUCTION), (set, around) => {
      const { config } = readConfig({ ...around, ...Object.fromEntries(set) });
      if (!config) throw new Error('every value is right');
      const shown = (channels: readonly RoutedChannel[]) =>
        channels.map(({ name, serves }) => [name, serves('IR'), serves('KZ'), serves(undefined)]);
      expect(shown(configuredChannels(config))).toEqual(shown(createProviders(config).channels));
    }),
  );
});
