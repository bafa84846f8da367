import type { CountryCode } from 'libphonenumber-js/max';
import type { Config } from '../../config/config.js';
import { hasWhatsAppLogin } from '../../config/sign-in-methods.js';
import { channelInfo } from '../../delivery/channels/channel-list.js';
import type { Channel } from '../../delivery/channels/channel.js';
import { servedCountries } from '../../config/country-checks.js';
import { routeFor } from '../../config/route.js';
import { estimatedPrice } from '../../guard/budgets/message-price.js';
import { type Finding, ok, problem, warning } from './finding.js';

interface RoutesCheck {
  config: Config;
  channels: Channel[];
  /** Whether DELIVERY_ROUTES is set. */
  hasRoutes: boolean;
}

/** Checks that codes can reach every country that is served, and that routes name only configured channels. */
export function checkRoutes({ config, channels, hasRoutes }: RoutesCheck): Finding[] {
  return [
    ...servedCountries(config).map((country) => checkCountry(country, config, channels)),
    ...servedCountries(config).flatMap((country) => checkPrices(country, config, channels)),
    ...(hasRoutes ? checkNames(config, channels) : []),
  ];
}

function checkCountry(country: CountryCode, config: Config, channels: Channel[]): Finding {
  const route = routeFor(country, config.delivery.routes, channels);
  const about = `route ${country}`;
  const real = route.filter((name) => name !== 'console');
  if (real.length > 0) return ok(about, real.join(', then '));
  if (route.length > 0)
    return ok(
      about,
      'console: the log and the developer’s phone show the codes. In production no channel would reach this country',
    );
  const report = hasWhatsAppLogin(config) ? warning : problem;
  return report(
    about,
    'no channel of its route is configured: users there receive no code',
    'Name a configured channel in DELIVERY_ROUTES, or take the country out of ALLOWED_COUNTRIES',
  );
}

/** Names the channels whose price the gateway only estimates: the limits of money are then only as exact as the estimate. */
const checkPrices = (country: CountryCode, config: Config, channels: Channel[]): Finding[] =>
  routeFor(country, config.delivery.routes, channels).flatMap((channel) => {
    const dollars = estimatedPrice(channel, country, config.guard.prices);
    if (dollars === undefined) return [];
    return warning(
      `route ${country}`,
      `${channel} to ${country} counts ${dollars} US dollars a message, which is an estimate`,
      `Set the price of your account in MESSAGE_PRICES_USD, such as ${channel}/${country}=${dollars}`,
    );
  });

/** Checks the channels that routes name. */
function checkNames(config: Config, channels: Channel[]): Finding[] {
  const findings: Finding[] = [];
  for (const [place, names] of config.delivery.routes) {
    for (const name of names) {
      const channel = channels.find((one) => one.name === name);
      const about = `route ${place}`;
      if (!channel)
        findings.push(
          problem(
            about,
            `DELIVERY_ROUTES names ${name}, which is not configured`,
            `It needs ${channelInfo(name)?.needs ?? 'a newer version'}`,
          ),
        );
      else if (place !== '*' && !channel.serves(place))
        findings.push(
          problem(about, `DELIVERY_ROUTES names ${name}, which does not reach ${place}`, 'Take it out of this route'),
        );
    }
  }
  return findings;
}
