/**
 * Redis Cluster spreads the channels of sharded publish/subscribe over its servers by slot. A lane is a part of our
 * channels that have the same slot, by the hash tag in their names. So a heartbeat in each lane proves that all its
 * channels work, and one command can subscribe to many of them.
 */
export interface Lane {
  /** The hash tag. Undefined without a cluster, where there is one lane. */
  tag: string | undefined;
  slot: number;
}

export const ONE_LANE: Lane[] = [{ tag: undefined, slot: 0 }];

/** The slots are those of `CLUSTER KEYSLOT {tag}`. They spread over four servers. */
export const CLUSTER_LANES: Lane[] = [13_907, 9_842, 5_649, 1_584, 14_039, 9_974, 5_781, 1_716].map((slot, index) => ({
  tag: `${index}`,
  slot,
}));

const CHANGE = 'phonegate:change:';
const HEARTBEAT = 'phonegate:heartbeat';

export const changeChannel = (topic: string, { tag }: Lane): string =>
  tag === undefined ? CHANGE + topic : `${CHANGE}{${tag}}:${topic}`;

export const heartbeatChannel = ({ tag }: Lane): string => (tag === undefined ? HEARTBEAT : `${HEARTBEAT}:{${tag}}`);

/** @returns the index of the lane of a topic. Every instance must get the same. */
export function laneOf(topic: string, lanes: Lane[]): number {
  let hash = 0;
  for (let index = 0; index < topic.length; index += 1) hash = (hash * 31 + topic.charCodeAt(index)) >>> 0;
  return hash % lanes.length;
}

/** @returns what arrived on a channel: a change of a topic, or a heartbeat of a lane. */
export function readChannel(channel: string): { topic: string } | { heartbeatOf: string | undefined } {
  if (channel.startsWith(CHANGE)) return { topic: channel.slice(CHANGE.length).replace(/^\{\d+\}:/, '') };
  return { heartbeatOf: /\{(\d+)\}$/.exec(channel)?.[1] };
}
