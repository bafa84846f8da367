/**
 * Publish/subscribe between the code that changes something and the code that watches it. A message to another instance
 * carries no data: the watcher reads the database, so a lost, late, duplicated or forged message costs time, never the
 * login. See docs/decisions/0055.
 */
export interface Bus<State = unknown> {
  /**
   * Calls `wake` whenever any instance publishes the topic. Resolves when no later message can be missed. While the bus
   * is not connected it resolves at once, and every subscriber is woken when the connection is back. Every subscriber is
   * also woken when `isReliable` changes.
   *
   * @returns a function that unsubscribes.
   */
  subscribe(topic: string, wake: Wake<State>): Promise<Unsubscribe>;
  /**
   * Wakes the subscribers of the topic on every instance. Call it when the change is committed. Never throws. If a message
   * is lost, the next recheck finds the change.
   */
  publish(topic: string, change?: Change<State>): void;
  /** Whether this instance can both publish to others and receive their messages. */
  isConnected(): boolean;
  /** Whether the messages of all instances arrive. While they may not, watchers recheck more often. */
  isReliable(): boolean;
  /** The number of topics with a subscriber in this process, for health and tests. */
  topics(): number;
  close(): Promise<void>;
}

/** What is known about a change. */
export interface Change<State = unknown> {
  /** The version after the change. A subscriber that knows this version has nothing to do. */
  version: number;
  /** The state after the change, from the statement that made it. It never leaves the process. */
  state?: State;
}

/** `change` is undefined if the subscriber cannot know whether something has changed. */
export type Wake<State = unknown> = (change?: Change<State>) => void;

/** Ends a subscription; a second call does nothing. */
export type Unsubscribe = () => void;
