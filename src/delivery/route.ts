import type { CountryCode } from 'libphonenumber-js/max';
import type { ChannelName } from '../config/config.js';

/**
 * The ordered channels for a phone of a country: those its route names, then whatever else is configured.
 * A channel that is not configured does not exist.
 */
export function routeFor(
  country: CountryCode | undefined,
  routes: ReadonlyMap<CountryCode | '*', readonly ChannelName[]>,
  configured: readonly ChannelName[],
): ChannelName[] {
  const preferred = (country && routes.get(country)) ?? routes.get('*') ?? [];
  return [...new Set([...preferred, ...configured])].filter((name) => configured.includes(name));
}
