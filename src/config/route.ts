import type { CountryCode } from 'libphonenumber-js/max';
import { channelInfo } from '../delivery/channels/channel-list.js';
import type { ChannelName } from '../delivery/channels/channel.js';

/** A channel that is configured, and the countries that it reaches. */
export interface RoutedChannel {
  name: ChannelName;
  serves(country: CountryCode | undefined): boolean;
}

/**
 * The channels to try for a phone of this country, in order: those that its route names, without the ones that are not
 * configured or do not serve the country. A configured channel that the route does not name is never used, because it
 * may cost more than the operator expects. `console` exists in development only. It takes the code where no channel of
 * the route can, so that a gateway without any account works (docs/decisions/0044).
 */
export function routeFor(
  country: CountryCode | undefined,
  routes: ReadonlyMap<CountryCode | '*', readonly ChannelName[]>,
  configured: readonly RoutedChannel[],
): ChannelName[] {
  const named = namedRoute(country, routes);
  const usable = new Set(configured.filter((channel) => channel.serves(country)).map(({ name }) => name));
  const route = [...new Set(named)].filter((name) => usable.has(name));
  return route.length === 0 && usable.has('console') ? ['console'] : route;
}

/** Routes without the channels that send SMS. */
export const withoutSms = (
  routes: ReadonlyMap<CountryCode | '*', readonly ChannelName[]>,
): ReadonlyMap<CountryCode | '*', readonly ChannelName[]> =>
  new Map([...routes].map(([country, names]) => [country, names.filter((name) => channelInfo(name)?.kind !== 'sms')]));

/** The channels that DELIVERY_ROUTES names for this country, whether or not they are configured. */
export const namedRoute = (
  country: CountryCode | undefined,
  routes: ReadonlyMap<CountryCode | '*', readonly ChannelName[]>,
): readonly ChannelName[] => (country && routes.get(country)) ?? routes.get('*') ?? [];
