import { setTimeout } from 'node:timers/promises';
import type pg from 'pg';
import { runStatement } from './run-statement.js';
import { statement } from './statement.js';
import { int4, nullable, text } from './types.js';

/** The name of every connection that migrates, in pg_stat_activity. */
export const MIGRATING = 'phonegate migrate';

/**
 * The migration that waits for a lock, and whom it waits for: who blocks it, or else the oldest transaction that uses a table. A migration
 * that tries again every second (`lock_soon`) sleeps most of the time, so nobody blocks it when this looks. Other roles than those of
 * pg_monitor see no name and no age.
 */
const READ_LOCK_WAIT = statement({
  name: 'db/read_migration_lock_wait',
  sql: `
    WITH own_database AS (SELECT oid FROM pg_database WHERE datname = current_database()),
    waiting AS (
      SELECT pid, blocked_by FROM (
        SELECT a.pid, a.wait_event, array_remove(pg_blocking_pids(a.pid), pg_backend_pid()) AS blocked_by
        FROM pg_stat_activity a JOIN own_database d ON a.datid = d.oid
        WHERE a.application_name = '${MIGRATING}' AND a.state = 'active'
      ) AS migrating
      WHERE cardinality(blocked_by) > 0 OR wait_event = 'PgSleep' LIMIT 1
    ),
    holder AS (
      SELECT l.pid, c.relname::text AS table_name, a.application_name::text AS application
      FROM waiting w CROSS JOIN own_database d
      JOIN pg_locks l ON l.granted AND l.pid <> w.pid
      LEFT JOIN pg_class c ON l.locktype = 'relation' AND l.database = d.oid AND c.oid = l.relation AND c.relkind IN ('r', 'p')
        AND c.relnamespace = current_schema()::regnamespace
      LEFT JOIN pg_stat_activity a ON a.pid = l.pid
      WHERE l.pid = ANY(w.blocked_by) OR (c.oid IS NOT NULL AND a.application_name IS DISTINCT FROM '${MIGRATING}')
      ORDER BY l.pid = ANY(w.blocked_by) DESC, c.relname IS NULL, a.xact_start NULLS LAST
      LIMIT 1
    )
    SELECT w.pid AS migration_pid, h.pid, h.application, h.table_name FROM waiting w LEFT JOIN holder h ON true`,
  parameters: {},
  columns: {
    migration_pid: nullable(int4),
    pid: nullable(int4),
    application: nullable(text),
    table_name: nullable(text),
  },
});

const CANCEL = statement({
  name: 'db/cancel_migration',
  sql: 'SELECT count(pg_cancel_backend(:pid))::int AS canceled',
  parameters: { pid: int4 },
  columns: { canceled: int4 },
});

/** The connection that has a lock which a migration needs, as in pg_stat_activity. */
export interface TableLockHolder {
  pid: number | null;
  application: string | null;
  /** A table that it uses. Null when the migration waits for the end of a transaction. */
  table: string | null;
}

const LOOK_EVERY_MS = 500;
const REPORT_WAIT_MS = 30_000;

/**
 * Runs migrations, reports when one waits for a lock, and cancels it then when the signal aborts. A migration that does not wait is
 * completed.
 *
 * @param client a connection of its own, because a statement that fails must end no transaction of others
 * @throws the reason of the signal when a migration was canceled
 */
export async function runWatched<Result>(
  act: () => Promise<Result>,
  client: pg.Client,
  { onLock, signal }: { onLock?: ((holder: TableLockHolder) => void) | undefined; signal?: AbortSignal | undefined },
): Promise<Result> {
  let reportAt = performance.now();
  let isCanceled = false;
  const over = new AbortController();
  const watch = async () => {
    while (!over.signal.aborted) {
      await setTimeout(LOOK_EVERY_MS, undefined, { signal: over.signal }).catch(() => {});
      if (over.signal.aborted) return;
      const [row] = await runStatement(client, READ_LOCK_WAIT, {});
      if (!row?.migration_pid) continue;
      if (signal?.aborted) {
        isCanceled = true;
        await runStatement(client, CANCEL, { pid: row.migration_pid });
      } else if (performance.now() >= reportAt) {
        reportAt = performance.now() + REPORT_WAIT_MS;
        onLock?.({ pid: row.pid, application: row.application, table: row.table_name });
      }
    }
  };
  const watching = watch().catch(() => {}); // a report is not worth a migration
  try {
    return await act();
  } catch (error) {
    // PostgreSQL has undone the canceled migration, and the next start records that.
    throw isCanceled ? signal?.reason : error;
  } finally {
    over.abort();
    await watching;
  }
}
