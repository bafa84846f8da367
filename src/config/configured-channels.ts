import type { CountryCode } from 'libphonenumber-js/max';
import type { ChannelName } from './names.js';
import type { RoutedChannel } from './route.js';
import type { Config } from './to-config.js';

/** Whether a channel can reach phones of a country. Melipayamak sends within Iran only. */
export function channelServes(name: ChannelName, country: CountryCode | undefined): boolean {
  return name !== 'melipayamak' || country === 'IR';
}

/** The channels whose variables are set. In development, `console` always is one of them. */
export function configuredChannels({
  production,
  greenApi,
  kavenegar,
  melipayamak,
}: Pick<Config, 'production' | 'greenApi' | 'kavenegar' | 'melipayamak'>): RoutedChannel[] {
  const { username, password, bodyId, consoleToken, sender } = melipayamak;
  const hasRest = username !== undefined && password !== undefined;
  const configured: Record<ChannelName, boolean> = {
    'green-api': greenApi.idInstance !== undefined && greenApi.token !== undefined,
    'kavenegar-verify': kavenegar.apiKey !== undefined && kavenegar.template !== undefined,
    'kavenegar-sms': kavenegar.apiKey !== undefined,
    melipayamak: (bodyId !== undefined && (hasRest || consoleToken !== undefined)) || (hasRest && sender !== undefined),
    console: !production,
  };
  return (Object.keys(configured) as ChannelName[])
    .filter((name) => configured[name])
    .map((name) => ({ name, serves: (country) => channelServes(name, country) }));
}
