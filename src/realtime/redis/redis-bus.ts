import { randomUUID } from 'node:crypto';
import type { RedisTarget } from '../../config/redis-url.js';
import type { Log } from '../../log.js';
import type { Bus } from '../bus.js';
import { Subscribers } from '../subscribers.js';
import { createChangePublisher } from './change-publisher.js';
import { createClusterPlacement } from './cluster-placement.js';
import { HEARTBEAT_MS, Heartbeats } from './heartbeats.js';
import { CLUSTER_LANES, ONE_LANE, changeChannel, heartbeatChannel, laneOf, readChannel } from './lanes.js';
import { createOutageLog } from './outage-log.js';
import { type PlacementListeners, createServerPlacement } from './placement.js';
import { isRefusal, reasonOf } from './redis-error.js';
import type { RedisLink } from './redis-link.js';
import { createTopicChannels } from './topic-channels.js';
import { type HeartbeatKind, decodeHeartbeat, decodeMessage, encodeHeartbeat } from './redis-message.js';

/** How long `close` waits until Redis knows that this instance stops. */
const GOODBYE_MS = 200;

/**
 * A bus over Redis pub/sub with one channel per topic, so that each instance receives only the messages for its own
 * watchers. See docs/decisions/0064.
 *
 * The bus is connected while Redis returns what this instance publishes. While it is not, nothing throws, and `publish`
 * still wakes this process. When the connection is back, the bus subscribes to every topic again and wakes every
 * subscriber, because messages were missed. It also publishes the topics again that it could not publish, because other
 * instances may have been connected all the time.
 */
export function createRedisBus<State = unknown>(target: RedisTarget, { log }: { log: Log }): Bus<State> {
  const lanes = target.kind === 'cluster' ? CLUSTER_LANES : ONE_LANE;
  const subscribers = new Subscribers<State>();
  const sender = randomUUID(); // Redis also returns our own messages, but publish() has already woken this process
  const heartbeats = new Heartbeats(lanes.length);
  /** Why the last heartbeat of a lane could not be published. */
  const publishErrors = new Map<number, unknown>();
  const outages = createOutageLog({ log, topics: () => subscribers.topicCount });
  let connected = false;
  let silent = 0;

  const listeners: PlacementListeners = {
    onSubscriberReady: (lane) => void subscribeLane(lane),
    onSubscriberClosed(lane) {
      heartbeats.reset(lane);
      outages.note('CLOSED');
      update();
    },
    onPublisherReady: () => publisher.publishAgain(),
    onMessage,
    onError: noteError,
  };
  const placement =
    target.kind === 'cluster'
      ? createClusterPlacement({ target, lanes }, listeners)
      : createServerPlacement(target, listeners);
  const publisher = createChangePublisher({ lanes, sender, placement });
  const channels = createTopicChannels({ lanes, placement, subscribers });

  const timer = setInterval(onBeat, HEARTBEAT_MS);
  timer.unref();

  const laneAt = (index: number) => lanes[index] as (typeof lanes)[number];
  const channelOf = (topic: string) => changeChannel(topic, laneAt(laneOf(topic, lanes)));

  function onBeat(): void {
    const links = new Set([...lanes.keys()].map((lane) => placement.linkOf(lane)));
    const busy = new Set([...links].filter((link) => link?.takeProgress()));
    for (const lane of heartbeats.tick((lane) => busy.has(placement.linkOf(lane)))) onLost(lane);
    for (const lane of lanes.keys()) void beat(lane, 'beat');
    update();
    outages.beat({ connected });
    if (!connected) placement.refresh();
  }

  /** Each instance publishes heartbeats also while it receives none: the others must know that it can publish. */
  function beat(lane: number, kind: HeartbeatKind): Promise<void> {
    const link = placement.linkOf(lane);
    if (!link) return Promise.resolve();
    return link.publish(heartbeatChannel(laneAt(lane)), encodeHeartbeat(sender, kind)).then(
      () => {
        publishErrors.delete(lane);
        publisher.publishAgain();
      },
      (error: unknown) => {
        publishErrors.set(lane, error);
        if (isRefusal(error)) noteRefusal(error);
      },
    );
  }

  /** No heartbeat of this instance has come back for too long. */
  function onLost(lane: number): void {
    const link = placement.linkOf(lane);
    const error = publishErrors.get(lane);
    if (link?.isReady('publisher')) outages.note(error === undefined ? 'NO_ANSWER' : reasonOf(error));
    // A refused command was answered, so a new connection would not help. A connection that is down is opened already.
    if (!isRefusal(error) && link?.isReady('publisher')) link.reconnect();
  }

  function noteError(error: unknown): void {
    outages.note(reasonOf(error));
  }

  function noteRefusal(error: unknown): void {
    noteError(error);
    placement.refresh(error);
  }

  function onMessage(link: RedisLink, channel: string, message: string): void {
    const read = readChannel(channel);
    if ('topic' in read) {
      const { from, change } = decodeMessage(message);
      if (from !== sender) subscribers.wake(read.topic, change);
      return;
    }
    const lane = lanes.findIndex(({ tag }) => tag === read.heartbeatOf);
    if (lane < 0 || placement.linkOf(lane) !== link) return; // a server that had the lane before
    const { from, kind } = decodeHeartbeat(message);
    if (from === sender) heartbeats.receivedOwn(lane);
    else if (kind === 'stop') heartbeats.stopped(from);
    else heartbeats.receivedFrom(from, lane);
    update();
  }

  /** Compares what is known now with what watchers and the log know. Watchers read when the answer changes. */
  function update(): void {
    const wasConnected = connected;
    const wasSilent = silent;
    connected = heartbeats.isConnected;
    silent = heartbeats.silentCount;
    if (connected && !wasConnected) {
      placement.succeeded();
      outages.connected();
    }
    if (!connected && wasConnected) outages.disconnected();
    if (connected && silent > wasSilent) outages.silent(silent);
    if (connected !== wasConnected || silent > 0 !== wasSilent > 0)
      for (const topic of subscribers.topics()) subscribers.wake(topic);
  }

  /**
   * Subscribes to every topic of a lane, and at last to its heartbeats. So a heartbeat that arrives also proves that the
   * other subscriptions are made.
   */
  async function subscribeLane(lane: number): Promise<void> {
    heartbeats.reset(lane);
    const link = placement.linkOf(lane);
    if (!link) return;
    try {
      await channels.subscribeLane(lane, link);
      await link.subscribe([heartbeatChannel(laneAt(lane))]);
    } catch (error) {
      noteRefusal(error);
      return link.reconnectSubscriber(); // the next `ready` starts again
    }
    void beat(lane, 'beat');
  }

  return {
    async subscribe(topic, wake) {
      subscribers.add(topic, wake);
      const lane = laneOf(topic, lanes);
      const link = placement.linkOf(lane);
      // Also when the topic already has a subscriber, because the answer to its subscription may be pending.
      if (link?.isReady('subscriber')) {
        const subscribed = link.subscribe([channelOf(topic)]).catch((error: unknown) => {
          noteRefusal(error);
          link.reconnectSubscriber();
        });
        if (heartbeats.isUp(lane)) await subscribed;
        else void subscribed.then(() => wake());
      }
      return () => {
        if (subscribers.remove(topic, wake)) channels.leave(topic);
      };
    },
    publish(topic, change) {
      subscribers.wake(topic, change);
      publisher.publish(topic, change?.version);
    },
    isConnected: () => connected,
    isReliable: () => connected && silent === 0,
    topics: () => subscribers.topicCount,
    async close() {
      clearInterval(timer);
      const goodbyes = [...lanes.keys()].map((lane) => beat(lane, 'stop'));
      let timeout: NodeJS.Timeout | undefined;
      await Promise.race([
        Promise.all(goodbyes),
        new Promise((resolve) => (timeout = setTimeout(resolve, GOODBYE_MS))),
      ]);
      clearTimeout(timeout);
      placement.close();
    },
  };
}
