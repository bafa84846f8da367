import type { CountryCode } from 'libphonenumber-js/max';
import type { ChannelName } from '../../delivery/channels/channel.js';
import { type MessagePrices, messagePrice } from './message-price.js';

/** A message that is about to be sent. */
export interface PlannedMessage {
  /** E.164. */
  phone: string;
  country: CountryCode | undefined;
  channel: ChannelName;
  /** `limitedNetworks` of the client that causes it; none for a notification. */
  networks: readonly string[];
  /** Whether the client may be a known device: it shows a device token, or has shown one when the attempt was opened. */
  mayBeKnown: boolean;
}

export interface GuardConfig {
  prices: MessagePrices;
  /** US dollars. */
  spendPerDay: number;
  /** Unverified messages, by country; `*` for the others. */
  unverifiedPerCountryPerDay: ReadonlyMap<CountryCode | '*', number>;
  /** Messages, by channel; `*` for the others. */
  messagesPerChannelPerDay: ReadonlyMap<string, number>;
}

/** The price of a message, in millionths of a US dollar. */
export const costOf = (
  { channel, country }: Pick<PlannedMessage, 'channel' | 'country'>,
  { prices }: Pick<GuardConfig, 'prices'>,
): number => messagePrice(channel, country, prices);
