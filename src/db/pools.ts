import type { Config } from '../config/config.js';
import type { Log } from '../log.js';
import { type Database, connectDatabase } from './database.js';
import { STATEMENT_TIMEOUT_MS, canSetParameters } from './server-timeouts.js';

/**
 * The connection pools of an instance. Each kind of work has its own, so that admin reads and background work take no
 * connection from sign-ins. See docs/decisions/0034.
 */
export interface Pools {
  /** Sign-ins, sessions, and everything else that a user waits for. */
  signIn: Database;
  /** Reads of the admin API. */
  admin: Database;
  /** Cleanup, failover, receipts, and the live feeds of admins. */
  background: Database;
  close(): Promise<void>;
}

/** A large read of an admin uses one core of the database server at most. */
const NO_PARALLEL_WORKERS = '-c max_parallel_workers_per_gather=0';

/** @throws when the database cannot be reached */
export async function connectPools(
  { url, sizes }: { url: string; sizes: Config['databasePools'] },
  { log }: { log: Log },
): Promise<Pools> {
  const shared = { statementTimeoutMs: STATEMENT_TIMEOUT_MS, canSetParameters: await canSetParameters(url, log) };
  const signIn = connectDatabase(url, log, { ...shared, name: 'phonegate sign-in', size: sizes.signIn });
  const background = connectDatabase(url, log, { ...shared, name: 'phonegate background', size: sizes.background });
  const admin = connectDatabase(url, log, {
    ...shared,
    name: 'phonegate admin',
    size: sizes.admin,
    statementTimeoutMs: sizes.adminTimeoutSeconds * 1_000,
    options: NO_PARALLEL_WORKERS,
  });
  return {
    signIn,
    admin,
    background,
    async close() {
      await Promise.all([signIn.close(), admin.close(), background.close()]);
    },
  };
}
