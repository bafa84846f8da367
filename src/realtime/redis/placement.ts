import type { RedisTarget } from '../../config/redis-url.js';
import { type LinkListeners, type RedisLink, createRedisLink } from './redis-link.js';
import { redisOptions } from './redis-options.js';

/** Which connections serve which lanes. */
export interface Placement {
  /** Undefined while it is not known which server has the lane. */
  linkOf(lane: number): RedisLink | undefined;
  /** Finds out again which server has which lane, because a lane does not work. At most one search runs at a time. */
  refresh(why?: unknown): void;
  /** All lanes work: the next failure counts as the first one. */
  succeeded(): void;
  close(): void;
}

export interface PlacementListeners {
  /** Subscriptions of the lane must be made again. */
  onSubscriberReady: (lane: number) => void;
  onSubscriberClosed: (lane: number) => void;
  onPublisherReady: () => void;
  onMessage: (link: RedisLink, channel: string, message: string) => void;
  onError: (error: unknown) => void;
}

/** One server, or the master that Sentinels name: one link for the one lane. */
export function createServerPlacement(target: RedisTarget, listeners: PlacementListeners): Placement {
  const link = createRedisLink(
    { connection: redisOptions(target), sharded: false },
    linkListeners(listeners, { lanes: () => [0], link: () => link }),
  );
  return { linkOf: () => link, refresh: () => {}, succeeded: link.succeeded, close: link.close };
}

/** The listeners of a link, which serves `lanes` at the moment. */
export function linkListeners(
  listeners: PlacementListeners,
  { lanes, link }: { lanes: () => number[]; link: () => RedisLink },
): LinkListeners {
  return {
    onSubscriberReady: () => lanes().forEach(listeners.onSubscriberReady),
    onSubscriberClosed: () => lanes().forEach(listeners.onSubscriberClosed),
    onPublisherReady: listeners.onPublisherReady,
    onMessage: (channel, message) => listeners.onMessage(link(), channel, message),
    onError: listeners.onError,
  };
}
