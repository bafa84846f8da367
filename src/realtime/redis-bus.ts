import { randomUUID } from 'node:crypto';
import { Redis, type RedisOptions } from 'ioredis';
import type { Log } from '../log.js';
import { type Bus, Listeners } from './bus.js';

const PREFIX = 'phonegate:wake-up:';
const HEARTBEAT_MS = 5_000;
const COMMAND_TIMEOUT_MS = 2_000;
const TOPICS_A_COMMAND = 500;

/**
 * Wake-ups over Redis pub/sub, one channel a topic, so that each instance hears only of its own people.
 *
 * While the link is down nothing is queued and nothing throws: `announce` still wakes this process, and when the link is
 * back every topic is subscribed anew and every listener woken, because what was published meanwhile is gone.
 */
export function createRedisBus(url: string, log: Log): Bus {
  const listeners = new Listeners();
  const me = randomUUID(); // our own wake-ups come back to us; this process has been woken already
  const options: RedisOptions = {
    enableOfflineQueue: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: COMMAND_TIMEOUT_MS,
    retryStrategy: (times) => Math.min(100 * 2 ** times, 2_000),
  };
  const publisher = new Redis(url, { ...options, enableAutoPipelining: true }); // many logins at once, one write
  const subscriber = new Redis(url, options);
  let linked = false;

  subscriber.on('ready', () => void rejoin());
  subscriber.on('message', (channel: string, sender: string) => {
    if (sender !== me) listeners.wake(channel.slice(PREFIX.length));
  });
  for (const connection of [publisher, subscriber]) connection.on('error', () => {}); // told once, by lost()
  subscriber.on('close', lost);

  // A link that is cut without a word (a pulled cable) is found by asking.
  const heartbeat = setInterval(() => {
    for (const connection of [publisher, subscriber]) {
      if (connection.status === 'ready') connection.ping().catch(() => connection.disconnect(true));
    }
  }, HEARTBEAT_MS);
  heartbeat.unref();

  async function rejoin(): Promise<void> {
    const topics = listeners.topics();
    try {
      for (let from = 0; from < topics.length; from += TOPICS_A_COMMAND) {
        // Some may have been let go of while we were at the ones before.
        const batch = topics.slice(from, from + TOPICS_A_COMMAND).filter((topic) => listeners.has(topic));
        if (batch.length > 0) await subscriber.subscribe(...batch.map((topic) => PREFIX + topic));
      }
    } catch (error) {
      log.warn({ event: 'redis.rejoin_failed', error });
      return subscriber.disconnect(true); // the next `ready` starts over
    }
    linked = true;
    log.info({ event: 'redis.linked', topics: topics.length });
    for (const topic of topics) listeners.wake(topic);
  }

  function lost(): void {
    if (!linked) return;
    linked = false;
    log.warn({ event: 'redis.lost', topics: listeners.size });
    for (const topic of listeners.topics()) listeners.wake(topic); // from now on they look by themselves, and more often
  }

  return {
    async subscribe(topic, wake) {
      listeners.add(topic, wake);
      // Asked also when another listener did already: its answer may still be under way. If the link is down, the topic
      // is rejoined with all others when it is back.
      if (subscriber.status === 'ready') {
        await subscriber.subscribe(PREFIX + topic).catch(() => subscriber.disconnect(true));
      }
      return () => {
        if (!listeners.remove(topic, wake)) return;
        if (subscriber.status === 'ready') subscriber.unsubscribe(PREFIX + topic).catch(() => {});
      };
    },
    publish(topic) {
      listeners.wake(topic);
      publisher.publish(PREFIX + topic, me).catch(() => {});
    },
    isConnected: () => linked,
    topics: () => listeners.size,
    async close() {
      clearInterval(heartbeat);
      publisher.disconnect();
      subscriber.disconnect();
    },
  };
}
