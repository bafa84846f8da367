import { expect, vi } from 'vitest';
import { freePort } from '../../support/ports.js';
import { type RedisProcess, startRedisProcess } from './redis-process.js';

/** The masters come first. Replica n is that of master n. */
export interface RedisCluster {
  nodes: RedisProcess[];
  /** A REDIS_URL with several hosts. */
  url: string;
  /** Gives slots to another master, as `redis-cli --cluster reshard` does. @returns how many. */
  moveSlots(from: RedisProcess, to: RedisProcess, slots: number[]): Promise<number>;
  /** Resolves when every slot has a master that runs. */
  isComplete(): Promise<void>;
  stop(): Promise<void>;
}

const SLOTS = 16_384;

export async function startRedisCluster(options: {
  masters: number;
  replicas: number;
  lines: string[];
}): Promise<RedisCluster> {
  const { masters, replicas } = options;
  const nodes = await Promise.all(
    Array.from({ length: masters + replicas }, async () =>
      startRedisProcess({
        lines: [
          'cluster-enabled yes',
          `cluster-port ${await freePort()}`,
          'cluster-node-timeout 2000',
          'repl-diskless-sync-delay 0',
          ...options.lines,
        ],
      }),
    ),
  );
  const [first, ...others] = nodes as [RedisProcess, ...RedisProcess[]];
  const busPorts = await Promise.all(nodes.map((node) => node.command('CONFIG', 'GET', 'cluster-port')));
  for (const [index, { host, port }] of others.entries())
    await first.command('CLUSTER', 'MEET', host, `${port}`, String((busPorts[index + 1] as string[])[1]));
  for (const [index, node] of nodes.slice(0, masters).entries()) {
    const from = Math.ceil((index * SLOTS) / masters);
    await node.command('CLUSTER', 'ADDSLOTSRANGE', `${from}`, `${Math.ceil(((index + 1) * SLOTS) / masters) - 1}`);
  }
  for (const [index, node] of nodes.slice(masters).entries()) {
    const id = String(await nodes[index]?.command('CLUSTER', 'MYID'));
    await vi.waitFor(() => node.command('CLUSTER', 'REPLICATE', id), { timeout: 20_000, interval: 100 });
  }

  async function isComplete(): Promise<void> {
    for (const node of nodes)
      await vi.waitFor(
        async () => {
          const info = await node.command('CLUSTER', 'INFO').catch(() => 'killed');
          if (info === 'killed') return;
          expect(info).toContain('cluster_state:ok');
          expect(info).toContain(`cluster_slots_ok:${SLOTS}`);
          expect(info).toContain(`cluster_known_nodes:${nodes.length}`);
        },
        { timeout: 30_000, interval: 100 },
      );
  }

  await isComplete();
  // Replicas can only take over after their first synchronization.
  for (const node of nodes.slice(masters))
    await vi.waitFor(
      async () => expect(String(await node.command('INFO', 'replication'))).toContain('link_status:up'),
      {
        timeout: 30_000,
        interval: 100,
      },
    );
  return {
    nodes,
    url: `redis://${nodes.map(({ host, port }) => `${host}:${port}`).join(',')}`,
    async moveSlots(from, to, slots) {
      const [fromId, toId] = [
        String(await from.command('CLUSTER', 'MYID')),
        String(await to.command('CLUSTER', 'MYID')),
      ];
      for (const slot of slots) {
        await to.command('CLUSTER', 'SETSLOT', `${slot}`, 'IMPORTING', fromId);
        await from.command('CLUSTER', 'SETSLOT', `${slot}`, 'MIGRATING', toId);
        // The slots have no keys to migrate.
        for (const node of [to, from]) await node.command('CLUSTER', 'SETSLOT', `${slot}`, 'NODE', toId);
      }
      return slots.length;
    },
    isComplete,
    async stop() {
      for (const node of nodes) await node.kill();
    },
  };
}
