import type { Database } from '../db/database.js';
import { type RowOf, statement } from '../db/statement.js';
import { array, int4, int8, text, textOf, uuid } from '../db/types.js';
import { minUuidAt } from '../db/uuid-time.js';
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

/**
 * The tables of which a period has no partition, with the size of their default partition. Its rows are the reason: above 16 MB, or with rows of
 * the period itself, create_partition creates none.
 */
const READ_BLOCKED_TABLES = statement({
  name: 'maintenance/read_blocked_tables',
  sql: `
    SELECT p.relname::text AS table_name, pg_relation_size(d.oid) AS default_bytes, count(*)::int AS missing
    FROM unnest(:tables::text[], :firstIds::uuid[]) AS period (table_name, first_id)
    JOIN pg_class p ON p.relname = period.table_name AND p.relkind = 'p' AND p.relnamespace = current_schema()::regnamespace
    JOIN pg_class d ON d.relname = period.table_name || '_default' AND d.relnamespace = p.relnamespace
    WHERE pg_relation_size(d.oid) > 0 AND NOT EXISTS (
      SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid, pg_get_expr(c.relpartbound, c.oid) AS b (bound)
      WHERE i.inhparent = p.oid AND c.oid <> d.oid
        AND coalesce(substring(b.bound FROM 'FROM \\(''([0-9a-f-]+)''\\)')::uuid <= period.first_id, true)
        AND substring(b.bound FROM 'TO \\(''([0-9a-f-]+)''\\)')::uuid > period.first_id
    )
    GROUP BY p.relname, d.oid ORDER BY p.relname`,
  parameters: { tables: array(text), firstIds: array(uuid) },
  columns: { table_name: textOf<PartitionedTable>(), default_bytes: int8, missing: int4 },
});

/** A table whose next partitions cannot be created. */
export interface BlockedTable {
  table: PartitionedTable;
  defaultMegabytes: number;
  /** How many of the present and the next two months or weeks have no partition. */
  missing: number;
}

/** Reads which tables get no partitions any more. */
export async function readBlockedTables(
  query: (
    statement: typeof READ_BLOCKED_TABLES,
    parameters: { tables: string[]; firstIds: string[] },
  ) => Promise<RowOf<typeof READ_BLOCKED_TABLES>[]>,
): Promise<BlockedTable[]> {
  const periods = (Object.keys(PARTITION_UNITS) as PartitionedTable[]).flatMap((table) =>
    [0, 1, 2].map((ahead) => ({ table, firstId: minUuidAt(startOfPeriod(PARTITION_UNITS[table], ahead)) })),
  );
  const rows = await query(READ_BLOCKED_TABLES, {
    tables: periods.map(({ table }) => table),
    firstIds: periods.map(({ firstId }) => firstId),
  });
  return rows.map(({ table_name: table, default_bytes: bytes, missing }) => ({
    table,
    defaultMegabytes: Math.ceil(Number(bytes) / 1_048_576),
    missing,
  }));
}

/** The start of a period, `ahead` months or weeks from now. */
function startOfPeriod(unit: 'month' | 'week', ahead: number): Date {
  const present = startOfPartition(unit, new Date());
  return unit === 'month'
    ? new Date(Date.UTC(present.getUTCFullYear(), present.getUTCMonth() + ahead))
    : new Date(present.getTime() + ahead * 7 * DAY_MS);
}

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
  let reported = '';
  const creating = runPeriodically(
    INTERVAL_MS,
    async () => {
      await createPartitions(deps);
      const blocked = await readBlockedTables((...statement) => deps.database.query(...statement));
      const tables = blocked.map(({ table }) => table).join();
      if (tables !== reported) for (const one of blocked) deps.log.warn({ event: 'partitions.blocked', ...one });
      reported = tables;
    },
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
