import type { CountryCode } from 'libphonenumber-js/max';
import type { ChannelName } from '../../config/names.js';

/** Prices of one message in US dollars, by `channel` or `channel/COUNTRY`. The more exact entry counts. */
export type MessagePrices = ReadonlyMap<string, number>;

type PricesByCountry = Readonly<Partial<Record<CountryCode, number>> & { '*': number }>;

/**
 * Kavenegar publishes no prices by country for messages abroad. These are estimates above the published international prices of
 * other SMS providers (some 0.09 US dollars to Kazakhstan, 0.12 to Kyrgyzstan, more to many other countries), so that a budget is rather too
 * small than too large.
 */
const KAVENEGAR: PricesByCountry = { IR: 0.005, KZ: 0.15, KG: 0.15, '*': 0.25 };

/**
 * What a message costs if the operator does not say it. Green API is paid by the month, not by the message (green-api.com,
 * prices, November 2026). Kavenegar and Melipayamak charge about 1,500 to 4,000 rials for a text of two parts in Persian in
 * Iran (kavenegar.com/pricing, melipayamak.com/price, November 2026); the default is above that. Melipayamak sends in Iran only.
 */
const DEFAULT_PRICES: Readonly<Record<ChannelName, PricesByCountry>> = {
  'green-api': { '*': 0 },
  'kavenegar-verify': KAVENEGAR,
  'kavenegar-sms': KAVENEGAR,
  melipayamak: { '*': 0.005 },
  console: { '*': 0 },
};

const priceOfOperator = (channel: ChannelName, country: CountryCode | undefined, prices: MessagePrices) =>
  prices.get(`${channel}/${country}`) ?? prices.get(channel);

function defaultPrice(channel: ChannelName, country: CountryCode | undefined): number {
  const byCountry = DEFAULT_PRICES[channel];
  return (country && byCountry[country]) ?? byCountry['*'];
}

/** The price of one message by this channel, in millionths of a US dollar. */
export function messagePrice(channel: ChannelName, country: CountryCode | undefined, prices: MessagePrices): number {
  const dollars = priceOfOperator(channel, country, prices) ?? defaultPrice(channel, country);
  return Math.round(dollars * 1_000_000);
}

/** The default price in US dollars, if it counts and no price list confirms it; otherwise undefined. */
export function estimatedPrice(channel: ChannelName, country: CountryCode, prices: MessagePrices): number | undefined {
  const isEstimate = DEFAULT_PRICES[channel] === KAVENEGAR && country !== 'IR';
  return isEstimate && priceOfOperator(channel, country, prices) === undefined
    ? defaultPrice(channel, country)
    : undefined;
}
