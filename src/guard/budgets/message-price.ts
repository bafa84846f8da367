import type { CountryCode } from 'libphonenumber-js/max';
import { channelInfo } from '../../delivery/channels/channel-list.js';
import type { ChannelName } from '../../delivery/channels/channel.js';
import type { ChannelPrice } from '../../delivery/channels/provider.js';

/** Prices of one message in US dollars, by `channel` or `channel/COUNTRY`. The more exact entry counts. */
export type MessagePrices = ReadonlyMap<string, number>;

const priceOfOperator = (channel: ChannelName, country: CountryCode | undefined, prices: MessagePrices) =>
  prices.get(`${channel}/${country}`) ?? prices.get(channel);

/** Of a channel that does not exist any more: the price of an SMS abroad. */
const UNKNOWN: ChannelPrice = { currency: 'USD', amounts: { '*': '0.25' } };

function defaultPrice(channel: ChannelName, country: CountryCode | undefined): number {
  const { amounts } = channelInfo(channel)?.price ?? UNKNOWN;
  return Number((country && amounts[country]) ?? amounts['*']);
}

/** The price of one message by this channel, in millionths of a US dollar. */
export function messagePrice(channel: ChannelName, country: CountryCode | undefined, prices: MessagePrices): number {
  const dollars = priceOfOperator(channel, country, prices) ?? defaultPrice(channel, country);
  return Math.round(dollars * 1_000_000);
}

/** The default price in US dollars, if it counts and no price list confirms it; otherwise undefined. */
export function estimatedPrice(channel: ChannelName, country: CountryCode, prices: MessagePrices): number | undefined {
  const listed = channelInfo(channel)?.price.listed;
  const isEstimate = listed !== undefined && !listed.includes(country);
  return isEstimate && priceOfOperator(channel, country, prices) === undefined
    ? defaultPrice(channel, country)
    : undefined;
}
