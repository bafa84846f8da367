import type { Config } from '../config/config.js';
import type { Keyring } from '../config/keys.js';
import type { Database } from '../db/database.js';
import type { Audit } from '../events/audit.js';
import type { Log } from '../log.js';
import type { Bus } from '../realtime/bus.js';

/** The data that the gateway keeps about a user: the dependencies of the use cases that show and erase it. */
export function createAccount(deps: {
  config: Config;
  keyring: Keyring;
  database: Database;
  bus: Bus;
  audit: Audit;
  log: Log;
}) {
  const { config, keyring, database, bus, audit, log } = deps;
  return { config, keyring, database, bus, audit, log };
}

export type Account = ReturnType<typeof createAccount>;
