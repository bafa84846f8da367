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
      .map((channel) => ({ ...channel, serves: (country) => channelServes(channel.name, country) })),
  );
}
