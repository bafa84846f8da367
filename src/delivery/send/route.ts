import type { CountryCode } from 'libphonenumber-js/max';
import { CHANNEL_NAMES, type ChannelName } from '../../config/names.js';
import type { Channel } from '../channels/channel.js';

/**
 * The ordered channels for a phone of a country: those its route names, then whatever else is configured and reaches the
 * country. A channel that is not configured does not exist.
 */
export function routeFor(
  country: CountryCode | undefined,
  routes: ReadonlyMap<CountryCode | '*', readonly ChannelName[]>,
  configured: readonly Pick<Channel, 'name' | 'serves'>[],
): ChannelName[] {
  const preferred = (country && routes.get(country)) ?? routes.get('*') ?? [];
  const usable = new Set(configured.filter((channel) => channel.serves(country)).map(({ name }) => name));
  return [...new Set([...preferred, ...CHANNEL_NAMES])].filter((name) => usable.has(name));
}
