import { type CountryCode, getCountryCallingCode } from 'libphonenumber-js/max';
import { configuredChannels } from './configured-channels.js';
import { isFree } from '../delivery/channels/channel-list.js';
import type { ChannelName } from '../delivery/channels/channel.js';
import { routeFor } from './route.js';
import { hasWhatsAppLogin } from './sign-in-methods.js';
import type { Config } from './to-config.js';

// What ALLOWED_COUNTRIES, DENIED_PREFIXES, DELIVERY_ROUTES and the configured channels mean together
// (docs/decisions/0044).

/** Problems of a configuration whose variables are each right. The gateway does not start with them. */
export function countryProblems(config: Config): string[] {
  const { allowedCountries, deniedPrefixes } = config;
  const isDenied = (country: CountryCode) =>
    deniedPrefixes.some((prefix) => `+${getCountryCallingCode(country)}`.startsWith(prefix));
  const problems =
    allowedCountries !== '*' && allowedCountries.every(isDenied)
      ? [
          `DENIED_PREFIXES denies every phone of ALLOWED_COUNTRIES (${allowedCountries.join(', ')}): no user could get a code. Write longer prefixes, such as +7701`,
        ]
      : [];
  const unreached = unreachedCountries(config);
  if (unreached.length === 0 || hasWhatsAppLogin(config)) return problems;
  return [
    ...problems,
    `ALLOWED_COUNTRIES allows ${unreached.join(', ')}, but the routes to ${unreached.length === 1 ? 'it name' : 'them name'} no configured channel, and WhatsApp login is not configured: users there could not sign in. Name a channel in DELIVERY_ROUTES${config.delivery.sms ? '' : ', set SMS_ENABLED to true'}, or set ALLOWED_COUNTRIES to the countries that you serve`,
  ];
}

/** What works, but probably not as the operator intends. */
export function countryWarnings(config: Config): string[] {
  const { allowedCountries } = config;
  const unreached = hasWhatsAppLogin(config) ? unreachedCountries(config) : [];
  const payable = configuredChannels(config).filter(({ name, serves }) => !isFree(name) && serves(undefined));
  const unused = unusedChannels(config);
  return [
    ...(allowedCountries === '*' && payable.length > 0
      ? [
          `ALLOWED_COUNTRIES is *: anyone can make you pay for messages to every country, also to expensive ones and to satellite phones (${payable.map(({ name }) => name).join(', ')}). Name the countries that you serve`,
        ]
      : []),
    ...(unreached.length > 0
      ? [
          `ALLOWED_COUNTRIES allows ${unreached.join(', ')}, but the routes to ${unreached.length === 1 ? 'it name' : 'them name'} no configured channel: users there receive no code and can sign in by WhatsApp only`,
        ]
      : []),
    ...(unused.length > 0
      ? [
          `${unused.join(', ')} ${unused.length === 1 ? 'is' : 'are'} configured, but no code is sent that way: DELIVERY_ROUTES does not name ${unused.length === 1 ? 'it' : 'them'} for any allowed country`,
        ]
      : []),
  ];
}

/** The countries to check. With `*`, those that the configuration names. */
export function servedCountries({
  allowedCountries,
  defaultCountries,
  delivery,
}: Pick<Config, 'allowedCountries' | 'defaultCountries' | 'delivery'>): CountryCode[] {
  if (allowedCountries !== '*') return [...new Set(allowedCountries)];
  const routed = [...delivery.routes.keys()].filter((country) => country !== '*');
  return [...new Set([...defaultCountries, ...routed])];
}

/**
 * Allowed countries to which no channel sends codes: none in development, where the console reaches all. None where no
 * channel is configured at all: another warning says that, and commands that need only the database have no channels in
 * their environment.
 */
function unreachedCountries(config: Config): CountryCode[] {
  const channels = configuredChannels(config);
  if (channels.length === 0) return [];
  return servedCountries(config).filter((country) => routeFor(country, config.delivery.routes, channels).length === 0);
}

/**
 * Configured channels that are on the route of no allowed country. A WhatsApp account also serves sign-ins and replies,
 * and the key of Kavenegar alone configures `kavenegar-sms`: an operator may want neither for codes.
 */
function unusedChannels(config: Config): ChannelName[] {
  const { allowedCountries, delivery } = config;
  const channels = configuredChannels(config);
  const used = new Set(servedCountries(config).flatMap((country) => routeFor(country, delivery.routes, channels)));
  if (allowedCountries === '*') for (const name of delivery.routes.get('*') ?? []) used.add(name);
  return channels
    .filter(({ name, kind, impliedBy }) => {
      const isExpected =
        kind === 'whatsapp' ||
        kind === 'developer' ||
        (kind === 'sms' && !delivery.sms) ||
        (impliedBy !== undefined && used.has(impliedBy));
      return !used.has(name) && !isExpected;
    })
    .map(({ name }) => name);
}
