import { channelServes } from '../delivery/channels/channel-list.js';
import type { ChannelInfo } from '../delivery/channels/provider.js';
import { PROVIDER_ENTRIES, type ProviderSettings } from '../delivery/channels/providers.js';
import type { RoutedChannel } from './route.js';

export interface ConfiguredChannel extends ChannelInfo, RoutedChannel {
  name: string;
}

/** The channels whose variables are set. In development, `console` always is one of them. */
export function configuredChannels(config: ProviderSettings & { production: boolean }): ConfiguredChannel[] {
  return PROVIDER_ENTRIES.flatMap(([key, { channels }]) =>
    channels
      .filter((channel) => channel.isConfigured(config[key], config))
      .flatMap((channel): ConfiguredChannel[] =>
        channel.instances
          ? channel.instances(config[key]).map(({ name, countries, bindsCode, carriesNotifications }) => ({
              ...channel,
              bindsCode,
              carriesNotifications,
              name: `${channel.name}:${name}`,
              countries,
              serves: (country) => countries === '*' || (country !== undefined && countries.includes(country)),
            }))
          : [{ ...channel, serves: (country) => channelServes(channel.name, country) }],
      ),
  );
}

/** The prices of channels that exist several times, in US dollars by `channel` and `channel/COUNTRY`. */
export function pricesOfInstances(settings: ProviderSettings): [key: string, dollars: number][] {
  return PROVIDER_ENTRIES.flatMap(([key, { channels }]) =>
    channels.flatMap((channel) =>
      (channel.instances?.(settings[key]) ?? []).flatMap(({ name, amounts }) =>
        Object.entries(amounts).map(([country, amount]): [string, number] => [
          `${channel.name}:${name}${country === '*' ? '' : `/${country}`}`,
          Number(amount),
        ]),
      ),
    ),
  );
}
