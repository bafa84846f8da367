import { type Lane, changeChannel, laneOf } from './lanes.js';
import type { Placement } from './placement.js';
import { encodeMessage } from './redis-message.js';

/** The maximum number of topics that are kept to be published again, about 1 MB. Changes of others are found by a recheck. */
const MAX_UNPUBLISHED = 10_000;

/** Publishes changes to the other instances. */
export interface ChangePublisher {
  /** Never throws. A topic that cannot be published now is kept. */
  publish(topic: string, version?: number): void;
  /** Publishes what was kept. Call it when publishing works again. */
  publishAgain(): void;
}

export function createChangePublisher(deps: { lanes: Lane[]; sender: string; placement: Placement }): ChangePublisher {
  const { lanes, sender, placement } = deps;
  const unpublished = new Set<string>();

  function keep(topic: string): void {
    if (unpublished.size < MAX_UNPUBLISHED) unpublished.add(topic);
  }

  function publish(topic: string, version?: number): void {
    const index = laneOf(topic, lanes);
    const link = placement.linkOf(index);
    const lane = lanes[index];
    if (!link || !lane) return keep(topic);
    link.publish(changeChannel(topic, lane), encodeMessage({ from: sender, version })).catch(() => keep(topic));
  }

  return {
    publish,
    publishAgain() {
      if (unpublished.size === 0) return;
      const topics = [...unpublished];
      unpublished.clear();
      for (const topic of topics) publish(topic);
    },
  };
}
