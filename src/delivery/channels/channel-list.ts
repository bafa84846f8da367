import type { CountryCode } from 'libphonenumber-js/max';
import type { ChannelName } from './channel.js';
import type { ChannelInfo } from './provider.js';
import { ALL_PROVIDERS } from './providers.js';
import { USUAL_TIMES, type UsualTimes } from './usual-times.js';

/** Every channel, in the order of the providers. */
export const CHANNELS: readonly ChannelInfo[] = ALL_PROVIDERS.flatMap(({ channels }) => channels);
/** As a route writes them; `http:<name>` is each channel of HTTP_CHANNELS. */
export const CHANNEL_NAMES: readonly ChannelName[] = CHANNELS.map(({ name, instances }) =>
  instances ? `${name}:<name>` : name,
);

const BY_NAME = new Map(CHANNELS.map((channel) => [channel.name, channel]));

/** What is known of a channel. Undefined for a name that no channel has, such as one of an older version. */
export const channelInfo = (name: ChannelName): ChannelInfo | undefined => BY_NAME.get(publicChannel(name));

/** The channel in the schema: `http` for `http:mobizon`. Clients know only what kind of message it is. */
export const publicChannel = (name: ChannelName): ChannelName => name.split(':', 1).join();

/** The same of several channels, each once. */
export const publicChannels = (names: readonly ChannelName[]): ChannelName[] => [...new Set(names.map(publicChannel))];

/** A name that can be written in a route. A channel that exists several times has its name after a colon. */
export function isChannelName(name: string): boolean {
  const [channel = '', instance, ...rest] = name.split(':');
  const info = BY_NAME.get(channel);
  if (!info || rest.length > 0) return false;
  return info.instances ? instance !== undefined && /^[a-z][a-z0-9-]{0,31}$/.test(instance) : instance === undefined;
}

/** Whether a channel can reach phones of a country. */
export function channelServes(name: ChannelName, country: CountryCode | undefined): boolean {
  const { countries = '*' } = channelInfo(name) ?? {};
  return countries === '*' || (country !== undefined && countries.includes(country));
}

/** A channel of an older version has the times of an SMS. */
export function usualTimes(name: ChannelName): UsualTimes {
  const { kind = 'sms', usual = {} } = channelInfo(name) ?? {};
  return { ...USUAL_TIMES[kind], ...usual };
}

/** Whether a message costs nothing anywhere. */
export const isFree = (name: ChannelName): boolean =>
  Object.values(channelInfo(name)?.price.amounts ?? { '*': '1' }).every((amount) => Number(amount) === 0);
