import type { ChannelName } from '../../config/config.js';
import type { Database } from '../../db/database.js';
import { statement } from '../../db/statement.js';
import { array, text, textOf } from '../../db/types.js';
import { publicChannel } from '../channels/channel-list.js';

/** A user can get an account of a messenger at any time, so the channel is tried again after this time. */
const ABSENT_DAYS = 7;

/**
 * Channels that have reported that the phone is not on them, and have delivered nothing to it since. The row of a decoy holds its
 * outcome, in `detail`, before it takes effect. A decoy that the guard made of a message (`blocked_by`) says nothing about its phone.
 */
const READ_ABSENT_CHANNELS = statement({
  name: 'delivery/read_absent_channels',
  short: true,
  sql: `
    SELECT DISTINCT d.channel FROM login_attempts a JOIN sms_log d ON d.attempt_id = a.id
    WHERE a.phone = :phone AND d.channel = ANY(:channels::text[]) AND d.created_at > now() - interval '${ABSENT_DAYS} days'
      AND d.blocked_by IS NULL
      AND (d.failure = 'not_on_channel'
        OR d.failure = 'suppressed' AND d.detail = 'not_on_channel' AND coalesce(d.failover_at, now()) <= now())
      AND NOT EXISTS (
        SELECT FROM login_attempts other JOIN sms_log arrived ON arrived.attempt_id = other.id
        WHERE other.phone = :phone AND arrived.channel = d.channel AND arrived.delivered_at > d.created_at
          AND arrived.blocked_by IS NULL
      )`,
  parameters: { phone: text, channels: array(textOf<ChannelName>()) },
  columns: { channel: textOf<ChannelName>() },
});

/**
 * The route without the channels on which the phone recently was not; the whole route if none is left.
 *
 * @param input.requested the channel that the user has chosen, which is not left out
 */
export async function withoutAbsentChannels(
  input: { phone: string; route: ChannelName[]; requested?: ChannelName | undefined },
  { database }: { database: Database },
): Promise<ChannelName[]> {
  const { phone, route, requested } = input;
  if (route.length < 2) return route;
  const absent = await database.query(READ_ABSENT_CHANNELS, { phone, channels: route });
  return reaching(
    route,
    absent
      .map(({ channel }) => channel)
      .filter((channel) => channel !== requested && publicChannel(channel) !== requested),
  );
}

/** The route without the channels on which the phone is not; the whole route if none is left. */
export function reaching(route: ChannelName[], notOnChannels: ChannelName[]): ChannelName[] {
  const left = route.filter((channel) => !notOnChannels.includes(channel));
  return left.length > 0 ? left : route;
}
