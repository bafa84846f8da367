import type { CountryCode } from 'libphonenumber-js/max';
import type { ChannelName } from './channel.js';
import type { ChannelInfo } from './provider.js';
import { ALL_PROVIDERS } from './providers.js';

/** Every channel, in the order of the providers. */
export const CHANNELS: readonly ChannelInfo[] = ALL_PROVIDERS.flatMap(({ channels }) => channels);
export const CHANNEL_NAMES: readonly ChannelName[] = CHANNELS.map(({ name }) => name);

const BY_NAME = new Map(CHANNELS.map((channel) => [channel.name, channel]));

/** What is known of a channel. Undefined for a name that no channel has, such as one of an older version. */
export const channelInfo = (name: ChannelName): ChannelInfo | undefined => BY_NAME.get(name);

export const isChannelName = (name: string): boolean => BY_NAME.has(name);

/** Whether a channel can reach phones of a country. */
export function channelServes(name: ChannelName, country: CountryCode | undefined): boolean {
  const { countries = '*' } = channelInfo(name) ?? {};
  return countries === '*' || (country !== undefined && countries.includes(country));
}

/** Whether a message costs nothing anywhere. */
export const isFree = (name: ChannelName): boolean =>
  Object.values(channelInfo(name)?.price.amounts ?? { '*': '1' }).every((amount) => Number(amount) === 0);
