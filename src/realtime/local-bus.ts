import { type Bus, Listeners } from './bus.js';

/** Wake-ups within this process, for a single instance without Redis. Other instances notice by re-reading. */
export function createLocalBus(): Bus {
  const listeners = new Listeners();
  return {
    async subscribe(topic, wake) {
      listeners.add(topic, wake);
      return () => void listeners.remove(topic, wake);
    },
    publish: (topic) => listeners.wake(topic),
    isConnected: () => false,
    topics: () => listeners.size,
    close: async () => {},
  };
}
