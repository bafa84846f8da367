import type { CountryCode } from 'libphonenumber-js/max';
import { v7 as uuidv7 } from 'uuid';
import type { ChannelName, Config } from '../../config/config.js';
import { routeFor } from '../../config/route.js';
import type { Channel } from '../channels/channel.js';
import type { FollowUp } from '../log/record-accepted.js';
import type { NewDelivery } from '../log/sms-log.js';

/** The recipient for whom a delivery is planned. */
export interface Recipient {
  country: CountryCode | undefined;
  locale: string;
}

/** The channels that are tried for a country, in order, and how long the gateway waits for each. */
export interface DeliveryPlan {
  routeFor(country: CountryCode | undefined): ChannelName[];
  /**
   * Seconds from its creation until the first delivery of the route is overdue, regardless of its status: the time for
   * sending plus the time for a receipt. Null when no action would follow: no channel follows, and the delivery cannot
   * be repeated.
   */
  overdueSeconds(country: CountryCode | undefined, route: ChannelName[]): number | null;
  /** The steps that follow when this channel has accepted a message. */
  followUpOf(channel: ChannelName, country: CountryCode | undefined): FollowUp;
  /** A delivery by the first channel of the route; undefined for an empty route. */
  planDelivery(route: ChannelName[], recipient: Recipient, decoy: boolean): NewDelivery | undefined;
}

type PlannedChannel = Pick<Channel, 'name' | 'serves' | 'hasReceipts' | 'isIdempotent' | 'receiptsOf'>;

export function createDeliveryPlan(deps: {
  channels: readonly PlannedChannel[];
  config: Pick<Config['delivery'], 'routes' | 'budgetSeconds' | 'receiptTimeoutSeconds'>;
}): DeliveryPlan {
  const { channels, config } = deps;
  const byName = new Map(channels.map((channel) => [channel.name, channel]));

  const receiptSeconds = (country: CountryCode | undefined) =>
    (country && config.receiptTimeoutSeconds.get(country)) ?? config.receiptTimeoutSeconds.get('*') ?? 0;
  const overdueSeconds = (country: CountryCode | undefined, [first, ...following]: ChannelName[]) =>
    following.length > 0 || (first && byName.get(first)?.isIdempotent)
      ? config.budgetSeconds + receiptSeconds(country)
      : null;

  return {
    routeFor: (country) => routeFor(country, config.routes, channels),
    overdueSeconds,
    followUpOf(name, country) {
      const channel = byName.get(name);
      return {
        receiptSeconds: channel?.hasReceipts ? receiptSeconds(country) : 0,
        polled: channel?.receiptsOf !== undefined,
      };
    },
    planDelivery(route, { country, locale }, decoy) {
      const [channel, ...nextChannels] = route;
      if (channel === undefined) return undefined;
      return {
        deliveryId: uuidv7(),
        channel,
        nextChannels,
        overdueSeconds: overdueSeconds(country, route),
        locale,
        decoy,
      };
    },
  };
}
