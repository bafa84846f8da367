import type { Client } from 'graphql-ws';
import { expect, vi } from 'vitest';
import { type TestGateway, createDatabase, fetchHealth, startGateway } from '../../support/gateway.js';
import { type Pair, allCompleted, complete, startWatching } from '../../support/waiting-clients.js';

/** Two gateways of one service, which are connected to Redis. */
export interface GatewayPair extends Pair {
  one: TestGateway;
  other: TestGateway;
  clients: Client[];
  stop(): Promise<void>;
}

export async function startPair(redisUrls: [one: string, other: string]): Promise<GatewayPair> {
  const database = await createDatabase();
  const [one, other] = (await Promise.all(
    redisUrls.map((REDIS_URL) => startGateway({ DATABASE_URL: database.url, REDIS_URL })),
  )) as [TestGateway, TestGateway];
  const clients: Client[] = [];
  return {
    one,
    other,
    clients,
    async stop() {
      for (const client of clients) client.terminate();
      await Promise.all([one.stop(), other.stop()]);
      await database.drop();
    },
  };
}

/** Both gateways are connected, in both directions. */
export async function bothUp({ one, other }: Pick<GatewayPair, 'one' | 'other'>): Promise<void> {
  for (const gateway of [one, other])
    await vi.waitFor(async () => expect(await (await fetchHealth(gateway)).json()).toMatchObject({ redis: 'up' }), {
      timeout: 40_000,
      interval: 50,
    });
}

/**
 * Clients wait at one gateway, and their attempts change at the other. A change that no message reports is read after 7.5 to
 * 15 seconds.
 *
 * @returns the milliseconds from the last answer to a webhook until the last client knew, at least 0
 */
export async function passOn(pair: GatewayPair, count = 20): Promise<number> {
  const waiting = await startWatching(pair, count);
  await complete(pair, waiting);
  return Math.max(0, await allCompleted(waiting, performance.now()));
}
