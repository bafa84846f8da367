import { expect, test } from 'vitest';
import { CLUSTER_LANES, ONE_LANE, changeChannel, heartbeatChannel, laneOf, readChannel } from './lanes.js';

test('a channel names its topic, in a cluster with the hash tag of its lane', () => {
  const topic = '7b0c2a1e-4f5d-4a6b-8c7d-9e0f1a2b3c4d';
  const [lane = { tag: 'none', slot: 0 }] = ONE_LANE;
  expect(changeChannel(topic, lane)).toBe(`phonegate:change:${topic}`); // as earlier versions do
  for (const each of [...ONE_LANE, ...CLUSTER_LANES]) {
    expect(readChannel(changeChannel(topic, each))).toEqual({ topic });
    expect(readChannel(heartbeatChannel(each))).toEqual({ heartbeatOf: each.tag });
  }
});

test('topics spread over all lanes', () => {
  const used = new Set(Array.from({ length: 500 }, (_, index) => laneOf(`attempt-${index}`, CLUSTER_LANES)));
  expect(used).toEqual(new Set(CLUSTER_LANES.keys()));
});
