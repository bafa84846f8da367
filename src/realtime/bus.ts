/**
 * Wake-ups between whoever changes an attempt and whoever watches it. A wake-up carries no data: the watcher reads the
 * truth from the database, so a lost one costs time, never the login.
 */
export interface Bus {
  /**
   * Calls `wake` whenever the topic is announced, by any instance. Resolves when nothing announced from now on can be
   * missed, or at once when the link is down: then everyone is woken when it comes back.
   */
  subscribe(topic: string, wake: () => void): Promise<Unsubscribe>;
  /** Tells every watcher, on every instance. Never throws: what cannot be announced is found by re-reading. */
  publish(topic: string): void;
  /** Whether other instances' wake-ups arrive. While they do not, watchers re-read more often. */
  isConnected(): boolean;
  /** Topics somebody listens to, for health and tests. */
  topics(): number;
  close(): Promise<void>;
}

/** Stops listening; a second call does nothing. */
export type Unsubscribe = () => void;

/** Who listens to what, in this process. */
export class Listeners {
  readonly #byTopic = new Map<string, Set<() => void>>();

  get size(): number {
    return this.#byTopic.size;
  }

  topics(): string[] {
    return [...this.#byTopic.keys()];
  }

  has(topic: string): boolean {
    return this.#byTopic.has(topic);
  }

  add(topic: string, wake: () => void): void {
    const listeners = this.#byTopic.get(topic);
    if (listeners) listeners.add(wake);
    else this.#byTopic.set(topic, new Set([wake]));
  }

  /** @returns whether it was the topic's last listener. */
  remove(topic: string, wake: () => void): boolean {
    const listeners = this.#byTopic.get(topic);
    if (!listeners?.delete(wake) || listeners.size > 0) return false;
    return this.#byTopic.delete(topic);
  }

  wake(topic: string): void {
    for (const wake of this.#byTopic.get(topic) ?? []) wake();
  }
}
