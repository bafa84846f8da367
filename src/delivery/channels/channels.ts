import type { Channel } from './channel.js';
import type { ChannelDeps } from './provider.js';
import { PROVIDER_ENTRIES, type ProviderSettings } from './providers.js';

/** Creates the channels that are configured. */
export function createChannels(deps: ChannelDeps & { config: ProviderSettings & { production: boolean } }): Channel[] {
  const { config } = deps;
  return PROVIDER_ENTRIES.flatMap(([key, provider]) =>
    provider.channels.some((channel) => channel.isConfigured(config[key], config))
      ? provider.create(config[key], deps)
      : [],
  ).filter((channel) => channel !== undefined);
}
