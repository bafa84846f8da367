import type { ChannelName } from '../../config/config.js';

/** The route with the requested channel first, if the route contains it; otherwise unchanged. */
export function preferring(channel: ChannelName | undefined, route: ChannelName[]): ChannelName[] {
  return channel && route.includes(channel) ? [channel, ...route.filter((name) => name !== channel)] : route;
}
