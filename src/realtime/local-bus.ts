import type { Bus } from './bus.js';
import { Subscribers } from './subscribers.js';

/** A bus within this process, for a single instance without Redis. Other instances notice changes when they recheck. */
export function createLocalBus<State = unknown>(): Bus<State> {
  const subscribers = new Subscribers<State>();
  return {
    async subscribe(topic, wake) {
      subscribers.add(topic, wake);
      return () => void subscribers.remove(topic, wake);
    },
    publish: (topic, change) => subscribers.wake(topic, change),
    isConnected: () => false,
    isReliable: () => false,
    topics: () => subscribers.topicCount,
    close: async () => {},
  };
}
