import { type CountryCode, isSupportedCountry } from 'libphonenumber-js/max';
import { z } from 'zod';
import { CHANNEL_NAMES, isChannelName } from '../delivery/channels/channel-list.js';
import type { ChannelName } from '../delivery/channels/channel.js';

// Settings that differ by country: `KZ=…;*=…`. The * stands for every country that is not named.

/** Channels by country, in the order they are tried: `IR=kavenegar-verify,kavenegar-sms;*=green-api`. */
export const deliveryRoutes = z
  .string()
  .default('IR=kavenegar-verify,kavenegar-sms,melipayamak;*=green-api')
  .transform((value, context) => {
    const parsed = new Map<CountryCode | '*', ChannelName[]>();
    for (const part of value.split(';').filter((text) => text.trim() !== '')) {
      const [key = '', channels = '', ...rest] = part.split('=').map((text) => text.trim());
      const country = key.toUpperCase();
      if (country !== '*' && !isSupportedCountry(country))
        context.addIssue(`"${country}" is neither a country code such as KZ nor *`);
      if (channels.trim() === '' || rest.length > 0)
        context.addIssue(`"${part.trim()}" names no channel. Write it as KZ=green-api`);
      const names = channels
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '');
      for (const name of names) {
        if (!isChannelName(name)) {
          context.addIssue(`"${name}" is not a channel. The channels are ${CHANNEL_NAMES.join(', ')}`);
        }
      }
      parsed.set(country as CountryCode | '*', names);
    }
    return parsed;
  });

/** Seconds for all countries, `20`, or by country: `IR=60;*=20`, with a number for the countries that are not named. Empty when unset. */
export const secondsByCountry = (min: number, max: number, others: number) =>
  z
    .string()
    .default('')
    .transform((value, context) => {
      const parsed = new Map<CountryCode | '*', number>(value === '' ? [] : [['*', others]]);
      const parts = /^\s*\d+\s*$/.test(value) ? [`*=${value}`] : value.split(';').filter((text) => text.trim() !== '');
      for (const part of parts) {
        const [key = '', seconds = '', ...rest] = part.split('=').map((text) => text.trim());
        const country = key.toUpperCase();
        if (country !== '*' && !isSupportedCountry(country))
          context.addIssue(`"${country}" is neither a country code such as KZ nor *`);
        if (rest.length > 0 || !/^\d{1,6}$/.test(seconds) || Number(seconds) < min || Number(seconds) > max)
          context.addIssue(`must be whole numbers from ${min} to ${max}, one for all or by country: IR=60;*=20`);
        parsed.set(country as CountryCode | '*', Number(seconds));
      }
      return parsed;
    });
