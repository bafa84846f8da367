import { randomUUID } from 'node:crypto';
import { Redis, type RedisOptions } from 'ioredis';
import type { Log } from '../log.js';
import type { Bus } from './bus.js';
import { decodeMessage, encodeMessage } from './redis-message.js';
import { Subscribers } from './subscribers.js';

const PREFIX = 'phonegate:change:';
const HEARTBEAT_MS = 5_000;
const COMMAND_TIMEOUT_MS = 2_000;
/** The maximum number of channels in one SUBSCRIBE or UNSUBSCRIBE. */
const TOPICS_PER_COMMAND = 500;
/** The maximum number of topics that are kept to be published again, about 1 MB. Changes of others are found by a recheck. */
const MAX_UNPUBLISHED = 10_000;

/**
 * A bus over Redis pub/sub with one channel per topic, so that each instance receives only the messages for its own
 * watchers.
 *
 * While the connection is down, nothing throws, and `publish` still wakes this process. When the connection is back, the
 * bus subscribes to every topic again and wakes every subscriber, because messages were missed. It also publishes the
 * topics again that it could not publish, because other instances may have been connected all the time.
 */
export function createRedisBus<State = unknown>({ url }: { url: string }, { log }: { log: Log }): Bus<State> {
  const subscribers = new Subscribers<State>();
  const sender = randomUUID(); // Redis also returns our own messages, but publish() has already woken this process
  const options: RedisOptions = {
    enableOfflineQueue: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: COMMAND_TIMEOUT_MS,
    retryStrategy: (times) => Math.min(100 * 2 ** times, 2_000),
  };
  // many logins at the same time share one write
  const publisher = new Redis(url, { ...options, enableAutoPipelining: true });
  const subscriber = new Redis(url, options);
  const unpublished = new Set<string>();
  /** Topics whose last subscriber has just left, until `unsubscribeLeft` runs. */
  const left = new Set<string>();
  let connected = false;

  publisher.on('ready', publishAgain);
  subscriber.on('ready', () => void resubscribe());
  subscriber.on('message', (channel: string, message: string) => {
    const { from, change } = decodeMessage(message);
    if (from !== sender) subscribers.wake(channel.slice(PREFIX.length), change);
  });
  for (const connection of [publisher, subscriber]) connection.on('error', () => {}); // onDisconnected() logs it once
  subscriber.on('close', onDisconnected);

  // A connection that is cut without notice, for example by a pulled cable, is found by a ping.
  const heartbeat = setInterval(() => {
    for (const connection of [publisher, subscriber]) {
      if (connection.status === 'ready') connection.ping().catch(() => connection.disconnect(true));
    }
  }, HEARTBEAT_MS);
  heartbeat.unref();

  function publishToOthers(topic: string, version?: number): void {
    publisher.publish(PREFIX + topic, encodeMessage({ from: sender, version })).catch(() => {
      if (unpublished.size < MAX_UNPUBLISHED) unpublished.add(topic);
    });
  }

  function publishAgain(): void {
    const topics = [...unpublished];
    unpublished.clear();
    for (const topic of topics) publishToOthers(topic);
  }

  /** Runs after the pushes that ended these subscriptions. Topics that were left at the same moment share commands. */
  function unsubscribeLeft(): void {
    const topics = [...left].filter((topic) => !subscribers.hasTopic(topic));
    left.clear();
    if (subscriber.status !== 'ready') return;
    for (let from = 0; from < topics.length; from += TOPICS_PER_COMMAND) {
      const batch = topics.slice(from, from + TOPICS_PER_COMMAND);
      subscriber.unsubscribe(...batch.map((topic) => PREFIX + topic)).catch(() => {});
    }
  }

  async function resubscribe(): Promise<void> {
    const topics = subscribers.topics();
    try {
      for (let from = 0; from < topics.length; from += TOPICS_PER_COMMAND) {
        // The last subscriber of a topic may have left during the previous commands.
        const batch = topics.slice(from, from + TOPICS_PER_COMMAND).filter((topic) => subscribers.hasTopic(topic));
        if (batch.length > 0) await subscriber.subscribe(...batch.map((topic) => PREFIX + topic));
      }
    } catch (error) {
      log.warn({ event: 'redis.resubscribe_failed', error });
      return subscriber.disconnect(true); // the next `ready` starts again
    }
    connected = true;
    log.info({ event: 'redis.connected', topics: topics.length });
    for (const topic of topics) subscribers.wake(topic);
  }

  function onDisconnected(): void {
    if (!connected) return;
    connected = false;
    log.warn({ event: 'redis.disconnected', topics: subscribers.topicCount });
    for (const topic of subscribers.topics()) subscribers.wake(topic); // watchers now recheck more often
  }

  return {
    async subscribe(topic, wake) {
      subscribers.add(topic, wake);
      // Also when the topic already has a subscriber, because the answer to its SUBSCRIBE may be pending. While the
      // connection is down, resubscribe() will include this topic.
      if (subscriber.status === 'ready') {
        await subscriber.subscribe(PREFIX + topic).catch(() => subscriber.disconnect(true));
      }
      return () => {
        if (!subscribers.remove(topic, wake)) return;
        if (left.size === 0) setImmediate(unsubscribeLeft);
        left.add(topic);
      };
    },
    publish(topic, change) {
      subscribers.wake(topic, change);
      publishToOthers(topic, change?.version);
    },
    isConnected: () => connected,
    topics: () => subscribers.topicCount,
    async close() {
      clearInterval(heartbeat);
      publisher.disconnect();
      subscriber.disconnect();
    },
  };
}
