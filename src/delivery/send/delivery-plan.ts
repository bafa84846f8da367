import type { CountryCode } from 'libphonenumber-js/max';
import { v7 as uuidv7 } from 'uuid';
import type { ChannelName, Config } from '../../config/config.js';
import { routeFor } from '../../config/route.js';
import { usualTimes } from '../channels/channel-list.js';
import type { Channel } from '../channels/channel.js';
import type { RecentMessages } from '../decoy/recent-outcomes.js';
import type { FollowUp } from '../log/record-accepted.js';
import type { NewDelivery } from '../log/sms-log.js';
import { receiptWaitSeconds } from './receipt-wait.js';

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
  followUpOf(channel: ChannelName, message: { country: CountryCode | undefined; isLast: boolean }): Promise<FollowUp>;
  /** A delivery by the first channel of the route; undefined for an empty route. */
  planDelivery(route: ChannelName[], recipient: Recipient, decoy: boolean): NewDelivery | undefined;
}

type PlannedChannel = Pick<Channel, 'name' | 'serves' | 'hasReceipts' | 'isIdempotent' | 'receiptsOf'>;

/** How long a wait that was read from the recent messages is used. */
const WAIT_KEPT_MS = 30_000;

/** The longest wait for a receipt that the configuration sets for a message of this channel. */
export const configuredReceiptSeconds = (
  channel: ChannelName,
  country: CountryCode | undefined,
  timeouts: Config['delivery']['receiptTimeoutSeconds'],
): number => (country && timeouts.get(country)) ?? timeouts.get('*') ?? usualTimes(channel).receiptSeconds;

export function createDeliveryPlan(deps: {
  channels: readonly PlannedChannel[];
  config: Pick<Config['delivery'], 'routes' | 'budgetSeconds' | 'receiptTimeoutSeconds'>;
  readRecentMessages: (channel: ChannelName) => Promise<Pick<RecentMessages, 'outcomes'>>;
}): DeliveryPlan {
  const { channels, config, readRecentMessages } = deps;
  const byName = new Map(channels.map((channel) => [channel.name, channel]));

  const waits = new Map<ChannelName, { at: number; seconds: Promise<number | undefined> }>();

  const configuredSeconds = (name: ChannelName, country: CountryCode | undefined) =>
    configuredReceiptSeconds(name, country, config.receiptTimeoutSeconds);
  const overdueSeconds = (country: CountryCode | undefined, [first, ...following]: ChannelName[]) =>
    first !== undefined && (following.length > 0 || byName.get(first)?.isIdempotent)
      ? config.budgetSeconds + configuredSeconds(first, country)
      : null;

  /** The wait that the recent receipts of a channel suggest. A failing read must not fail a message that was accepted. */
  function suggestedSeconds(name: ChannelName): Promise<number | undefined> {
    const known = waits.get(name);
    if (known && performance.now() - known.at < WAIT_KEPT_MS) return known.seconds;
    const seconds = readRecentMessages(name).then(
      ({ outcomes }) => receiptWaitSeconds(outcomes),
      () => undefined,
    );
    waits.set(name, { at: performance.now(), seconds });
    return seconds;
  }

  /** Never shorter than configured: the recent receipts of a channel can only prolong the wait. 0 has no end, unless a wait is set. */
  async function receiptSeconds(name: ChannelName, country: CountryCode | undefined): Promise<number> {
    const configured = configuredSeconds(name, country);
    if (configured === 0) return 0;
    const suggested = await suggestedSeconds(name);
    const { receiptTimeoutSeconds: timeouts } = config;
    const isSet = timeouts.has('*') || (country !== undefined && timeouts.has(country));
    return suggested === 0 && !isSet ? 0 : Math.max(configured, suggested ?? 0);
  }

  return {
    routeFor: (country) => routeFor(country, config.routes, channels),
    overdueSeconds,
    async followUpOf(name, { country, isLast }) {
      const channel = byName.get(name);
      return {
        // After the last channel, nothing waits for a receipt.
        receiptSeconds: channel?.hasReceipts && !isLast ? await receiptSeconds(name, country) : 0,
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
