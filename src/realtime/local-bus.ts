import { type Bus, Listeners } from './bus.js';

/** Wake-ups within this process, for a single instance without Redis. Other instances notice by re-reading. */
export function createLocalBus(): Bus {
  const listeners = new Listeners();
  return {
    async listen(topic, wake) {
      listeners.add(topic, wake);
      return () => void listeners.remove(topic, wake);
    },
    announce: (topic) => listeners.wake(topic),
    isLinked: () => false,
    topics: () => listeners.size,
    close: async () => {},
  };
}
