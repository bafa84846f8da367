import { Redis, type RedisOptions } from 'ioredis';
import type { RedisHost } from '../../config/redis-url.js';

/** Slots of a Redis Cluster, with the nodes that have them, the master first. */
export interface SlotRange {
  from: number;
  to: number;
  nodes: RedisHost[];
}

/** The number of nodes that are asked at once. The first answer counts. */
const ASKED_NODES = 3;

/**
 * Asks some of the hosts which node has which slot.
 *
 * @throws the error of the first host, when none of them answers.
 */
export async function readSlots(connection: RedisOptions, hosts: RedisHost[]): Promise<SlotRange[]> {
  const asked = hosts.toSorted(() => Math.random() - 0.5).slice(0, ASKED_NODES);
  try {
    return await Promise.any(asked.map((host) => askNode(connection, host)));
  } catch (error) {
    throw (error as AggregateError).errors[0];
  }
}

async function askNode(connection: RedisOptions, host: RedisHost): Promise<SlotRange[]> {
  const redis = new Redis({ ...connection, ...host, lazyConnect: true, retryStrategy: () => null });
  // The first error says more than the one that ends the connection.
  let first: Error | undefined;
  redis.on('error', (error: Error) => (first ??= error));
  try {
    await redis.connect();
    return readAnswer(await redis.cluster('SLOTS'), host);
  } catch (error) {
    throw first ?? error;
  } finally {
    redis.disconnect();
  }
}

/** A node without a known address, such as the only one of a new cluster, is the one that was asked. */
function readAnswer(answer: unknown, asked: RedisHost): SlotRange[] {
  return (answer as [from: number, to: number, ...nodes: [host: string | null, port: number][]][]).map(
    ([from, to, ...nodes]) => ({
      from,
      to,
      nodes: nodes.map(([host, port]) => ({ host: !host || host === '?' ? asked.host : host, port })),
    }),
  );
}
