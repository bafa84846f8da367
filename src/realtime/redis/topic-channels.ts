import type { Subscribers } from '../subscribers.js';
import { type Lane, changeChannel, laneOf } from './lanes.js';
import type { Placement } from './placement.js';
import type { RedisLink } from './redis-link.js';

/** The maximum number of channels in one command that subscribes or unsubscribes. */
const TOPICS_PER_COMMAND = 500;

/** Subscribes to the channels of many topics with few commands. */
export interface TopicChannels {
  /** Subscribes to all topics of a lane that have a subscriber. */
  subscribeLane(lane: number, link: RedisLink): Promise<void>;
  /** The last subscriber of the topic has left. */
  leave(topic: string): void;
}

export function createTopicChannels(deps: {
  lanes: Lane[];
  placement: Placement;
  subscribers: Pick<Subscribers, 'topics' | 'hasTopic'>;
}): TopicChannels {
  const { lanes, placement, subscribers } = deps;
  /** Topics whose last subscriber has just left, until `unsubscribeLeft` runs. */
  const left = new Set<string>();

  /** Runs after the pushes that ended these subscriptions. Topics that were left at the same moment share commands. */
  function unsubscribeLeft(): void {
    const topics = [...left].filter((topic) => !subscribers.hasTopic(topic));
    left.clear();
    for (const [index, lane] of lanes.entries())
      for (const batch of batchesOf(topicsIn(index, topics)))
        placement.linkOf(index)?.unsubscribe(batch.map((topic) => changeChannel(topic, lane)));
  }

  const topicsIn = (index: number, topics: string[]) => topics.filter((topic) => laneOf(topic, lanes) === index);

  return {
    async subscribeLane(index, link) {
      const lane = lanes[index] as Lane;
      for (const batch of batchesOf(topicsIn(index, subscribers.topics()))) {
        // The last subscriber of a topic may have left during the previous commands.
        const topics = batch.filter((topic) => subscribers.hasTopic(topic));
        if (topics.length > 0) await link.subscribe(topics.map((topic) => changeChannel(topic, lane)));
      }
    },
    leave(topic) {
      if (left.size === 0) setImmediate(unsubscribeLeft);
      left.add(topic);
    },
  };
}

function* batchesOf(topics: string[]): Generator<string[]> {
  for (let from = 0; from < topics.length; from += TOPICS_PER_COMMAND)
    yield topics.slice(from, from + TOPICS_PER_COMMAND);
}
