import type { RedisHost, RedisTarget } from '../../config/redis-url.js';
import { type SlotRange, readSlots } from './cluster-slots.js';
import type { Lane } from './lanes.js';
import { type Placement, type PlacementListeners, linkListeners } from './placement.js';
import { reasonOf } from './redis-error.js';
import { type RedisLink, createRedisLink } from './redis-link.js';
import { reconnectDelay, redisOptions } from './redis-options.js';

/** A failover takes seconds, so the gateway does not wait long until it asks for the new master again. */
const SLOWEST_SEARCH_MS = 1_000;

/**
 * One link for each server of a Redis Cluster that has a lane. The servers of the lanes are searched at the start, and
 * again while a lane does not work: after a failover, and after a resharding.
 *
 * Before Redis 7 there is no sharded publish/subscribe. Then every node delivers the messages of all nodes, and one link
 * serves all lanes.
 */
export function createClusterPlacement(
  { target, lanes }: { target: RedisTarget; lanes: Lane[] },
  listeners: PlacementListeners,
): Placement {
  const connection = redisOptions(target);
  /** By host and port. */
  const links = new Map<string, RedisLink>();
  const linkByLane: (RedisLink | undefined)[] = lanes.map(() => undefined);
  let sharded = true;
  let known: RedisHost[] = target.hosts;
  let isSearching = false;
  let isClosed = false;
  let failures = 0;
  let nextSearchAt = -Infinity;

  function refresh(why?: unknown): void {
    if (sharded && reasonOf(why) === 'UNKNOWN_COMMAND') {
      sharded = false;
      closeLinks(() => true);
      nextSearchAt = -Infinity;
    }
    if (isSearching || isClosed || performance.now() < nextSearchAt) return;
    isSearching = true;
    failures += 1;
    nextSearchAt = performance.now() + Math.min(reconnectDelay(failures), SLOWEST_SEARCH_MS);
    void search().finally(() => (isSearching = false));
  }

  async function search(): Promise<void> {
    let slots: SlotRange[];
    try {
      slots = await readSlots(connection, known);
    } catch (error) {
      known = target.hosts;
      return listeners.onError(error);
    }
    if (isClosed || slots.length === 0) return;
    known = [...slots.flatMap(({ nodes }) => nodes), ...target.hosts];
    const moved = lanes.flatMap(({ slot }, lane) => (place(lane, linkFor(slot, slots)) ? [lane] : []));
    closeLinks((link) => !linkByLane.includes(link));
    for (const lane of moved) {
      listeners.onSubscriberClosed(lane);
      if (linkByLane[lane]?.isReady('subscriber')) listeners.onSubscriberReady(lane);
    }
  }

  /** The link to the master of a slot, or to any master without sharded publish/subscribe. */
  function linkFor(slot: number, slots: SlotRange[]): RedisLink | undefined {
    const [current] = links.values();
    if (!sharded && current?.isReady('subscriber')) return current;
    const any = slots[Math.floor(Math.random() * slots.length)];
    const master = (sharded ? slots.find(({ from, to }) => from <= slot && slot <= to) : any)?.nodes[0];
    return master && linkTo(master);
  }

  function linkTo(host: RedisHost): RedisLink {
    const name = `${host.host}:${host.port}`;
    const existing = links.get(name);
    if (existing) return existing;
    const link: RedisLink = createRedisLink(
      { connection: { ...connection, ...host }, sharded },
      linkListeners(listeners, {
        lanes: () => [...lanes.keys()].filter((lane) => linkByLane[lane] === link),
        link: () => link,
      }),
    );
    links.set(name, link);
    return link;
  }

  /** @returns whether the lane had another link before. */
  function place(lane: number, link: RedisLink | undefined): boolean {
    if (linkByLane[lane] === link) return false;
    linkByLane[lane] = link;
    return true;
  }

  function closeLinks(isUnused: (link: RedisLink) => boolean): void {
    for (const [name, link] of links) {
      if (!isUnused(link)) continue;
      link.close();
      links.delete(name);
      for (const lane of lanes.keys()) if (linkByLane[lane] === link) linkByLane[lane] = undefined;
    }
  }

  refresh();
  return {
    linkOf: (lane) => linkByLane[lane],
    refresh,
    succeeded() {
      failures = 0;
      for (const link of links.values()) link.succeeded();
    },
    close() {
      isClosed = true;
      closeLinks(() => true);
    },
  };
}
