import { randomUUID } from 'node:crypto';
import { Redis, type RedisOptions } from 'ioredis';
import type { Log } from '../log.js';
import type { Bus } from './bus.js';
import { Subscribers } from './subscribers.js';

const PREFIX = 'phonegate:change:';
const HEARTBEAT_MS = 5_000;
const COMMAND_TIMEOUT_MS = 2_000;
/** The maximum number of channels in one SUBSCRIBE. */
const TOPICS_PER_COMMAND = 500;

/**
 * A bus over Redis pub/sub with one channel per topic, so that each instance receives only the messages for its own
 * watchers.
 *
 * While the connection is down, nothing is queued and nothing throws: `publish` still wakes this process. When the
 * connection is back, the bus subscribes to every topic again and wakes every subscriber, because messages were missed.
 */
export function createRedisBus({ url }: { url: string }, { log }: { log: Log }): Bus {
  const subscribers = new Subscribers();
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
  let connected = false;

  subscriber.on('ready', () => void resubscribe());
  subscriber.on('message', (channel: string, from: string) => {
    if (from !== sender) subscribers.wake(channel.slice(PREFIX.length));
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
        if (subscriber.status === 'ready') subscriber.unsubscribe(PREFIX + topic).catch(() => {});
      };
    },
    publish(topic) {
      subscribers.wake(topic);
      publisher.publish(PREFIX + topic, sender).catch(() => {});
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
