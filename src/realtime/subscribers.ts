/** The subscribers of this process, by topic. */
export class Subscribers {
  readonly #byTopic = new Map<string, Set<() => void>>();

  get topicCount(): number {
    return this.#byTopic.size;
  }

  topics(): string[] {
    return [...this.#byTopic.keys()];
  }

  hasTopic(topic: string): boolean {
    return this.#byTopic.has(topic);
  }

  add(topic: string, wake: () => void): void {
    const subscribers = this.#byTopic.get(topic);
    if (subscribers) subscribers.add(wake);
    else this.#byTopic.set(topic, new Set([wake]));
  }

  /** @returns whether it was the topic's last subscriber. */
  remove(topic: string, wake: () => void): boolean {
    const subscribers = this.#byTopic.get(topic);
    if (!subscribers?.delete(wake) || subscribers.size > 0) return false;
    return this.#byTopic.delete(topic);
  }

  wake(topic: string): void {
    for (const wake of this.#byTopic.get(topic) ?? []) wake();
  }
}
