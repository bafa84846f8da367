import type { Config } from '../config/config.js';
import type { Database } from '../db/database.js';
import { statement } from '../db/statement.js';
import { array, int4, text } from '../db/types.js';
import type { Log } from '../log.js';
import { runPeriodically } from '../run-periodically.js';
import { addGuesses } from './guess-counts.js';
import { limitedNetworks } from './limited-networks.js';
import { addToMinute } from './spray.js';

const FLUSH_INTERVAL_MS = 1_000;
/** Networks that are counted between two writes. The codes of further ones count for the whole service only. */
const MAX_NETWORKS = 10_000;

/** Two statements, because one that locks networks and a minute could deadlock with the count of a wrong code. */
const ADD_TO_NETWORKS = statement({
  name: 'guard/add_verified_codes',
  sql: `WITH added AS (${addGuesses(
    `SELECT subject, 0 AS failures, 0 AS targets, verified FROM unnest(:networks::text[], :counts::int[]) AS network (subject, verified)
     ORDER BY subject COLLATE "C"`,
  )}) SELECT count(*)::int AS networks FROM added`,
  parameters: { networks: array(text), counts: array(int4) },
  columns: { networks: int4 },
});
const ADD_TO_MINUTE = statement({
  name: 'guard/add_verified_codes_of_minute',
  sql: addToMinute('SELECT 0 AS failed, :verified::int AS verified'),
  parameters: { verified: int4 },
  columns: {},
});

/** Counts right codes, which raise the limits of wrong ones: by network, and for the whole service (R2). */
export interface VerifiedCodes {
  /** Counts a right code that has closed an attempt. */
  count(ip: string): void;
  /** Writes what was counted. */
  close(): Promise<void>;
}

/**
 * Writes the counts once a second, so that a right code does not wait for the row of its network, which thousands of
 * people may share. A crash loses those of the last second; then the limits are lower for a while.
 */
export function createVerifiedCodes(deps: {
  config: Pick<Config, 'production'>;
  database: Database;
  log: Log;
}): VerifiedCodes {
  const { config, database, log } = deps;
  let byNetwork = new Map<string, number>();
  let total = 0;

  async function write(): Promise<void> {
    if (total === 0) return;
    const [networks, counts, verified] = [[...byNetwork.keys()], [...byNetwork.values()], total];
    byNetwork = new Map();
    total = 0;
    await database.query(ADD_TO_MINUTE, { verified });
    if (networks.length > 0) await database.query(ADD_TO_NETWORKS, { networks, counts });
  }

  const task = runPeriodically(FLUSH_INTERVAL_MS, write, (error) => {
    log.warn({ event: 'guard.verified_codes_lost', error });
  });
  return {
    count(ip) {
      total += 1;
      for (const network of limitedNetworks(ip, config)) {
        const known = byNetwork.get(network);
        if (known !== undefined || byNetwork.size < MAX_NETWORKS) byNetwork.set(network, (known ?? 0) + 1);
      }
    },
    async close() {
      await task.stop();
      await write().catch(() => {});
    },
  };
}
