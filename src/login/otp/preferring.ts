import type { ChannelName } from '../../config/config.js';
import { publicChannel } from '../../delivery/channels/channel-list.js';

/** The route with the requested channel first, if the route contains it; otherwise unchanged. */
export function preferring(channel: ChannelName | undefined, route: ChannelName[]): ChannelName[] {
  const preferred =
    channel && (route.includes(channel) ? channel : route.find((name) => publicChannel(name) === channel));
  return preferred ? [preferred, ...route.filter((name) => name !== preferred)] : route;
}
