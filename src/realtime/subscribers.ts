import type { Change, Wake } from './bus.js';

/** The subscribers of this process, by topic. */
export class Subscribers<State = unknown> {
  readonly #byTopic = new Map<string, Set<Wake<State>>>();

  get topicCount(): number {
    return this.#byTopic.size;
  }

  topics(): string[] {
    return [...this.#byTopic.keys()];
  }

  hasTopic(topic: string): boolean {
    return this.#byTopic.has(topic);
  }

  add(topic: string, wake: Wake<State>): void {
    const subscribers = this.#byTopic.get(topic);
    if (subscribers) subscribers.add(wake);
    else this.#byTopic.set(topic, new Set([wake]));
  }

  /** @returns whether it was the topic's last subscriber. */
  remove(topic: string, wake: Wake<State>): boolean {
    const subscribers = this.#byTopic.get(topic);
    if (!subscribers?.delete(wake) || subscribers.size > 0) return false;
    return this.#byTopic.delete(topic);
  }

  wake(topic: string, change?: Change<State>): void {
    for (const wake of this.#byTopic.get(topic) ?? []) wake(change);
  }
}
