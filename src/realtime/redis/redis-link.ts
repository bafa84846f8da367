import { Redis, type RedisOptions } from 'ioredis';
import { reconnectDelay } from './redis-options.js';

/** One connection to a Redis server that publishes, and one that subscribes. */
export interface RedisLink {
  publish(channel: string, message: string): Promise<unknown>;
  /** In a cluster, all channels must be of one slot. */
  subscribe(channels: string[]): Promise<void>;
  unsubscribe(channels: string[]): void;
  /** Whether commands can be sent to the connection. */
  isReady(of: 'publisher' | 'subscriber'): boolean;
  /** Opens both connections again, after the delay that belongs to the failures so far. */
  reconnect(): void;
  reconnectSubscriber(): void;
  /** Whether a subscription was answered since the last call. */
  takeProgress(): boolean;
  /** Messages arrive: the next failure counts as the first one. */
  succeeded(): void;
  close(): void;
}

export interface LinkListeners {
  /** The connection that subscribes is new, and has no subscriptions yet. */
  onSubscriberReady: () => void;
  onSubscriberClosed: () => void;
  onPublisherReady: () => void;
  onMessage: (channel: string, message: string) => void;
  /** An error of a connection, of a Sentinel, or of an answer that no command waits for. */
  onError: (error: Error) => void;
}

/**
 * Connects, and connects again whenever a connection is lost. The delay between the attempts grows until messages have
 * arrived, because a user without permissions can connect, and is refused only later.
 *
 * @param options.sharded uses SPUBLISH and SSUBSCRIBE.
 */
export function createRedisLink(
  options: { connection: RedisOptions; sharded: boolean },
  listeners: LinkListeners,
): RedisLink {
  const { connection, sharded } = options;
  const failures = { publisher: 0, subscriber: 0 };
  // many logins at the same time share one write
  const publisher = open('publisher', { enableAutoPipelining: true });
  const subscriber = open('subscriber', {});
  /** Subscriptions that wait for an answer. */
  const pending = new Set<(error: Error) => void>();
  /** Connections that end, and are opened again. */
  const closing = new Set<Redis>();
  let hasProgress = false;

  publisher.on('ready', listeners.onPublisherReady);
  subscriber.on('ready', listeners.onSubscriberReady);
  subscriber.on('close', () => {
    pending.clear();
    listeners.onSubscriberClosed();
  });
  // When a slot moves, Redis ends its subscriptions without a command. ioredis takes that for the answer to one, and may mix
  // up the answers that follow.
  subscriber.on('error', ({ message }: Error) => {
    if (message.startsWith('Command queue state error')) reopen(subscriber);
  });
  subscriber.on(sharded ? 'smessage' : 'message', listeners.onMessage);
  // ioredis reports that a slot has moved by this event only, and the command waits for its timeout.
  subscriber.on('moved', () => {
    const error = new Error('MOVED');
    for (const reject of pending) reject(error);
    pending.clear();
    listeners.onError(error);
  });

  function open(of: keyof typeof failures, more: RedisOptions): Redis {
    const redis = new Redis({
      ...connection,
      ...more,
      retryStrategy: () => reconnectDelay((failures[of] += 1)),
    });
    redis.on('error', listeners.onError);
    redis.on('sentinelError', listeners.onError);
    redis.on('close', () => closing.delete(redis));
    return redis;
  }

  /** In other states, a connection is being opened already. ioredis never tries again if that is interrupted. */
  function reopen(redis: Redis): void {
    if (redis.status !== 'ready' || closing.has(redis)) return;
    closing.add(redis);
    redis.disconnect(true);
  }

  return {
    publish: (channel, message) =>
      sharded ? publisher.spublish(channel, message) : publisher.publish(channel, message),
    async subscribe(channels) {
      let reject: (error: Error) => void = () => {};
      const moved = new Promise<never>((_, rejectMoved) => (reject = rejectMoved));
      moved.catch(() => {});
      pending.add(reject);
      const answer = sharded ? subscriber.ssubscribe(...channels) : subscriber.subscribe(...channels);
      answer.catch(() => {}); // it may reject after `moved`
      try {
        await Promise.race([answer, moved]);
        hasProgress = true;
      } finally {
        pending.delete(reject);
      }
    },
    unsubscribe(channels) {
      if (subscriber.status !== 'ready') return;
      const answer = sharded ? subscriber.sunsubscribe(...channels) : subscriber.unsubscribe(...channels);
      answer.catch(() => {});
    },
    isReady: (of) => (of === 'publisher' ? publisher : subscriber).status === 'ready',
    reconnect() {
      reopen(publisher);
      reopen(subscriber);
    },
    reconnectSubscriber: () => reopen(subscriber),
    takeProgress() {
      const had = hasProgress;
      hasProgress = false;
      return had;
    },
    succeeded() {
      failures.publisher = 0;
      failures.subscriber = 0;
    },
    close() {
      for (const redis of [publisher, subscriber]) {
        redis.removeAllListeners();
        redis.on('error', () => {});
        redis.disconnect();
      }
    },
  };
}
