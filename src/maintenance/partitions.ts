import type { Database } from '../db/database.js';
import { statement } from '../db/statement.js';
import { text, textOf, uuid } from '../db/types.js';
import { isLockTimeout } from '../db/is-lock-timeout.js';
import type { Log } from '../log.js';
import { runPeriodically } from '../run-periodically.js';

/**
 * The tables whose old rows are deleted with a whole partition, and the period of a partition, in UTC. A row is kept until its
 * period is older than the retention period (docs/decisions/0059). The function `partition_unit` of the database has the same.
 */
export const PARTITION_UNITS = { audit_log: 'month', guard_events: 'week' } as const;

export type PartitionedTable = keyof typeof PARTITION_UNITS;

const INTERVAL_MS = 60_000;
const DAY_MS = 86_400_000;

/** Functions of the owner of the tables, because the role of the gateway may not create or drop any. */
const CREATE_PARTITION = statement({
  name: 'maintenance/create_partition',
  sql: 'SELECT created FROM create_partition(:table) AS created WHERE created IS NOT NULL',
  parameters: { table: textOf<PartitionedTable>() },
  columns: { created: text },
});

const DROP_OLD_PARTITION = statement({
  name: 'maintenance/drop_old_partition',
  sql: 'SELECT dropped FROM drop_old_partition(:table, :firstKept) AS dropped WHERE dropped IS NOT NULL',
  parameters: { table: textOf<PartitionedTable>(), firstKept: uuid },
  columns: { dropped: text },
});

/** The start of the month, or of the week (Monday), in UTC. */
export function startOfPartition(unit: 'month' | 'week', moment: Date): Date {
  const [year, month, day] = [moment.getUTCFullYear(), moment.getUTCMonth(), moment.getUTCDate()];
  if (unit === 'month') return new Date(Date.UTC(year, month));
  return new Date(Date.UTC(year, month, day) - ((moment.getUTCDay() + 6) % 7) * DAY_MS);
}

/**
 * Creates the partitions of the present and the next two months or weeks once a minute, on every instance. Of several instances, one
 * creates them.
 *
 * @returns a function that stops it
 */
export function startCreatingPartitions(deps: { database: Database; log: Log }): () => void {
  const creating = runPeriodically(
    INTERVAL_MS,
    () => createPartitions(deps),
    (error) => deps.log.warn({ event: 'partitions.create_failed', error }),
  );
  creating.poke();
  return () => void creating.stop();
}

/** One round. A partition whose lock is not free at once is left to the next one. */
export async function createPartitions({ database }: { database: Database }): Promise<void> {
  for (const table of Object.keys(PARTITION_UNITS) as PartitionedTable[])
    await repeatUntilLocked(() => database.query(CREATE_PARTITION, { table }));
}

/**
 * Drops the partitions that have only IDs before `firstKept`.
 *
 * @returns false when a lock was not free at once: then some are left
 */
export function dropOldPartitions(
  old: { table: PartitionedTable; firstKept: string },
  { database }: { database: Database },
): Promise<boolean> {
  return repeatUntilLocked(() => database.query(DROP_OLD_PARTITION, old));
}

/** Each call is a transaction of its own, so that locks are held for one partition only. */
async function repeatUntilLocked(act: () => Promise<readonly unknown[]>): Promise<boolean> {
  try {
    while ((await act()).length > 0);
    return true;
  } catch (error) {
    if (isLockTimeout(error)) return false;
    throw error;
  }
}
