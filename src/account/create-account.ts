import type { Config } from '../config/config.js';
import type { Keyring } from '../config/keys.js';
import type { Database } from '../db/database.js';
import type { Pools } from '../db/pools.js';
import type { Audit } from '../events/audit.js';
import type { Log } from '../log.js';
import type { Bus } from '../realtime/bus.js';
import { createExportSlots } from './export-slots.js';

/** The data that the gateway keeps about a user: the dependencies of the use cases that show and erase it. */
export function createAccount(deps: {
  config: Config;
  keyring: Keyring;
  database: Database;
  pools: Pick<Pools, 'admin'>;
  bus: Bus;
  audit: Audit;
  log: Log;
}) {
  const { config, keyring, database, pools, bus, audit, log } = deps;
  const exportSlots = createExportSlots();
  // An export reads up to 10 MB, and must not take a connection from sign-ins.
  return { config, keyring, database, exportDatabase: pools.admin, exportSlots, bus, audit, log };
}

export type Account = ReturnType<typeof createAccount>;
