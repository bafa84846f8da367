import type { CountryCode } from 'libphonenumber-js/max';
import { CHANNEL_NAMES, type ChannelName } from '../../config/names.js';
import type { Channel } from '../channels/channel.js';

/**
 * The channels to try for a phone of this country, in order: those of its route, then every other configured channel that
 * serves the country.
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
