import type { Config } from '../config/config.js';
import type { Database } from '../db/database.js';
import { DELETE_BATCH_ROWS } from '../db/delete-batch.js';
import { statement } from '../db/statement.js';
import { uuid } from '../db/types.js';
import type { Audit } from '../events/audit.js';
import type { Log } from '../log.js';
import { DELETE_OLD_NOTIFICATIONS } from '../login/notifications/queue.js';
import { runPeriodically } from '../run-periodically.js';
import { DELETE_OLD_CODES } from '../sessions/authorization-codes/create.js';
import { DELETE_OLD_DEVICES } from '../sessions/known-devices.js';
import { DELETE_OLD_KEYS } from '../sessions/signing-keys.js';
import { runInBatches } from './run-in-batches.js';
import { deleteOldCounters } from './delete-old-counters.js';
import { deleteOldRows } from './delete-old-rows.js';
import { DELETE_OLD_WEBHOOK_EVENTS } from './delete-old-webhook-events.js';
import { normalizePhones } from './normalize-phones.js';

/**
 * Records that attempts have expired. No decision waits for this: readers and writers compare `expires_at` themselves.
 */
const EXPIRE_OVERDUE_ATTEMPTS = statement({
  name: 'maintenance/expire_overdue_attempts',
  sql: `
    UPDATE login_attempts SET status = 'EXPIRED', version = version + 1
    WHERE id IN (
      SELECT id FROM login_attempts WHERE status IN ('PENDING', 'CONFIRMING', 'COMPLETED') AND expires_at <= now()
      LIMIT ${DELETE_BATCH_ROWS} FOR UPDATE SKIP LOCKED
    ) RETURNING id`,
  parameters: {},
  columns: { id: uuid },
});

const INTERVAL_MS = 30_000;

export interface CleanupDeps {
  config: Pick<Config, 'retention' | 'defaultCountries'>;
  database: Database;
  audit: Audit;
  log: Log;
}

/**
 * Cleans up every 30 s, on every instance. Each instance skips the rows that another has locked.
 *
 * @returns a function that stops it.
 */
export function startCleanup(deps: CleanupDeps): () => void {
  const stopping = new AbortController();
  const cleanup = runPeriodically(
    INTERVAL_MS,
    () => cleanUp({ signal: stopping.signal }, deps),
    (error) => deps.log.warn({ event: 'cleanup.failed', error }),
  );
  cleanup.poke();
  return () => {
    stopping.abort();
    void cleanup.stop();
  };
}

/**
 * One round: normalizes phones, records expired attempts, and deletes old rows. `signal` ends it after the current
 * batch.
 */
export async function cleanUp(
  { signal }: { signal: AbortSignal },
  deps: Pick<CleanupDeps, 'config' | 'database' | 'audit'>,
): Promise<void> {
  const { config, database } = deps;
  await normalizePhones({ countries: config.defaultCountries }, deps);
  await runInBatches(() => database.query(EXPIRE_OVERDUE_ATTEMPTS, {}), { signal });
  await runInBatches(() => database.query(DELETE_OLD_WEBHOOK_EVENTS, {}), { signal });
  await runInBatches(() => database.query(DELETE_OLD_NOTIFICATIONS, {}), { signal });
  await deleteOldCounters({ signal }, deps);
  await runInBatches(() => database.query(DELETE_OLD_CODES, {}), { signal });
  await runInBatches(() => database.query(DELETE_OLD_DEVICES, {}), { signal });
  await database.query(DELETE_OLD_KEYS, {});
  await deleteOldRows({ signal }, deps);
}
