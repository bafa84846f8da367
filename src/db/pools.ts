import type { Config } from '../config/config.js';
import type { Log } from '../log.js';
import { type Database, connectDatabase } from './database.js';
import { databaseProblem } from './database-error.js';
import { STATEMENT_TIMEOUT_MS } from './server-timeouts.js';
import { tryConnection } from './try-connection.js';

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

/**
 * A large read of an admin uses one core of the database server at most. And it is planned for its values: which index
 * is best depends on how many rows have them.
 */
const ADMIN_READS = '-c max_parallel_workers_per_gather=0 -c plan_cache_mode=force_custom_plan';

/** Connections of the pool of sign-ins that short statements share (docs/decisions/0051). */
const SHARED_CONNECTIONS = 6;
/**
 * PostgreSQL plans each statement once for a connection. It would plan the large statements of a sign-in again for the
 * first values, which takes longer than the statement itself.
 */
const PLAN_ONCE = '-c plan_cache_mode=force_generic_plan';

/** @throws StartupError when the database cannot be used */
export async function connectPools(
  { url, sizes }: { url: string; sizes: Config['databasePools'] },
  { log }: { log: Log },
): Promise<Pools> {
  const { keepsTimeout, ...support } = await tryConnection(url, log).catch((error: unknown) => {
    throw databaseProblem('DATABASE_URL', error);
  });
  const shared = { statementTimeoutMs: STATEMENT_TIMEOUT_MS, ...support };
  // Without the time limit of shared connections, one lock could hold up a sixth of the sign-ins.
  const sharedConnections = keepsTimeout ? Math.min(SHARED_CONNECTIONS, Math.floor(sizes.signIn / 2)) : 0;
  const signIn = connectDatabase(url, log, {
    ...shared,
    name: 'phonegate sign-in',
    size: sizes.signIn - sharedConnections,
    shared: sharedConnections,
    options: PLAN_ONCE,
  });
  const background = connectDatabase(url, log, { ...shared, name: 'phonegate background', size: sizes.background });
  const admin = connectDatabase(url, log, {
    ...shared,
    name: 'phonegate admin',
    size: sizes.admin,
    statementTimeoutMs: sizes.adminTimeoutSeconds * 1_000,
    options: ADMIN_READS,
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
