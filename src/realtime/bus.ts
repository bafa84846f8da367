/**
 * Publish/subscribe between the code that changes an attempt and the code that watches it. A message carries no data:
 * the watcher reads the database, so a lost message costs time, never the login.
 */
export interface Bus {
  /**
   * Calls `wake` whenever any instance publishes the topic. Resolves when no later message can be missed. While the bus
   * is not connected it resolves at once, and every subscriber is woken when the connection is back.
   *
   * @returns a function that unsubscribes.
   */
  subscribe(topic: string, wake: () => void): Promise<Unsubscribe>;
  /**
   * Wakes the subscribers of the topic on every instance. Never throws. If a message is lost, the next recheck finds
   * the change.
   */
  publish(topic: string): void;
  /** Whether messages of other instances arrive. While they do not, watchers recheck more often. */
  isConnected(): boolean;
  /** The number of topics with a subscriber in this process, for health and tests. */
  topics(): number;
  close(): Promise<void>;
}

/** Ends a subscription; a second call does nothing. */
export type Unsubscribe = () => void;
