import type { CountryCode } from 'libphonenumber-js/max';
import type { ChannelName } from '../config/names.js';

/** Prices of one message in US dollars, by `channel` or `channel/COUNTRY`. The more exact entry counts. */
export type MessagePrices = ReadonlyMap<string, number>;

/**
 * What a message costs if the operator does not say it. Green API is paid by the month, not by the message (green-api.com,
 * prices, November 2026). Kavenegar and Melipayamak charge about 1,500 to 4,000 rials for a text of two parts in Persian
 * (kavenegar.com/pricing, melipayamak.com/price, November 2026); the default is above that, so that a budget is rather
 * too small than too large.
 */
const DEFAULT_PRICES: Readonly<Record<ChannelName, number>> = {
  'green-api': 0,
  'kavenegar-verify': 0.005,
  'kavenegar-sms': 0.005,
  melipayamak: 0.005,
  console: 0,
};

/** The price of one message by this channel, in millionths of a US dollar. */
export function messagePrice(channel: ChannelName, country: CountryCode | undefined, prices: MessagePrices): number {
  const dollars = prices.get(`${channel}/${country}`) ?? prices.get(channel) ?? DEFAULT_PRICES[channel];
  return Math.round(dollars * 1_000_000);
}
