import type { Config } from '../../config/config.js';
import type { Database } from '../../db/database.js';
import { statement } from '../../db/statement.js';
import { array, int4, text } from '../../db/types.js';
import { addGuesses } from './guess-counts.js';
import { limitedNetworks } from '../networks/networks-of.js';
import { addToMinute } from './spray.js';

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

/**
 * Counts right codes, which raise the limits of wrong ones: of the networks of their clients, and of the whole service (R2).
 *
 * @param ips the client of each code
 */
export async function countRightCodes(
  ips: readonly string[],
  { config, database }: { config: Pick<Config, 'production'>; database: Database },
): Promise<void> {
  if (ips.length === 0) return;
  await database.query(ADD_TO_MINUTE, { verified: ips.length });
  const byNetwork = new Map<string, number>();
  for (const network of ips.flatMap((ip) => limitedNetworks(ip, config)))
    byNetwork.set(network, (byNetwork.get(network) ?? 0) + 1);
  if (byNetwork.size === 0) return;
  await database.query(ADD_TO_NETWORKS, { networks: [...byNetwork.keys()], counts: [...byNetwork.values()] });
}
