import type { Database } from '../../db/database.js';
import { statement } from '../../db/statement.js';
import { text } from '../../db/types.js';
import type { Log } from '../../log.js';
import { runPeriodically } from '../../run-periodically.js';
import { countDays } from './count-days.js';
import { countGroups, hourOf } from './hour-groups.js';

/** Since the end of an hour. An attempt and its second step end within 20 minutes of the last message, so it is settled long before. */
const SETTLED_AFTER = `interval '3 hours'`;
/** Age of a message whose receipt notes that the hour has changed. An hour less, so that a receipt that is recorded slowly is not missed. */
const LATE_AFTER = `interval '2 hours'`;
/** Late receipts of one hour are counted together. */
const RECOUNTED_AFTER = `interval '1 hour'`;
const INTERVAL_MS = 5 * 60_000;
/** A report covers 92 days. Longer, for those who ask for an earlier one. */
const KEPT = `interval '2 years'`;

/**
 * Counts the latest hour that is settled and not counted, or that has changed. The count is stored only if it has seen every change:
 * a receipt that another statement records meanwhile increases `changes`, and then the hour stays due.
 */
const COUNT_HOUR = statement({
  name: 'delivery/count_hour',
  sql: `
    WITH oldest AS (SELECT ${hourOf('created_at')} AS hour FROM sms_log ORDER BY id LIMIT 1),
    periods AS (
      SELECT due.hour, due.hour AS since, due.hour + interval '1 hour' AS until, coalesce(s.changes, 0) AS changes
      FROM oldest CROSS JOIN LATERAL generate_series(oldest.hour, ${hourOf(`now() - interval '1 hour' - ${SETTLED_AFTER}`)}, interval '1 hour') AS due (hour)
      LEFT JOIN send_statistics s ON s.hour = due.hour
      WHERE s.groups IS NULL OR s.changed_at < now() - ${RECOUNTED_AFTER}
      ORDER BY due.hour DESC LIMIT 1
    ),
    ${countGroups('periods', 'true')}
    INSERT INTO send_statistics AS s (hour, groups, changes)
    SELECT hour, (SELECT coalesce(jsonb_agg(to_jsonb(groups_by_hour) - 'hour'), '[]') FROM groups_by_hour), changes FROM periods
    ON CONFLICT (hour) DO UPDATE SET groups = excluded.groups, changed_at = NULL WHERE s.changes = excluded.changes
    RETURNING s.hour::text`,
  parameters: {},
  columns: { hour: text },
});

/**
 * SQL, a common table expression: notes that the hours of these deliveries have changed, if they may have been counted before.
 *
 * @param changed the name of a common table expression with the column `created_at`
 */
export const noteLateChange = (changed: string) => `
  INSERT INTO send_statistics AS s (hour, changes, changed_at)
  SELECT ${hourOf('created_at')}, 1, now() FROM ${changed} WHERE created_at < now() - ${LATE_AFTER}
  ON CONFLICT (hour) DO UPDATE SET changes = s.changes + 1, changed_at = coalesce(s.changed_at, now())`;

const DELETE_OLD_STATISTICS = statement({
  name: 'delivery/delete_old_statistics',
  sql: `
    WITH days AS (DELETE FROM send_statistics_days WHERE day < now() - ${KEPT})
    DELETE FROM send_statistics WHERE hour < now() - ${KEPT}`,
  parameters: {},
  columns: {},
});

/**
 * Counts the messages of each hour once (docs/decisions/0056), on any instance, so that a report does not read them again. After an upgrade it counts all hours
 * that are kept, the latest first.
 *
 * @returns a function that stops it
 */
export function startCountingHours(deps: { database: Database; log: Log }): () => void {
  const stopping = new AbortController();
  const counting = runPeriodically(
    INTERVAL_MS,
    () => countHours({ signal: stopping.signal }, deps),
    (error) => deps.log.warn({ event: 'statistics.count_failed', error }),
  );
  return () => {
    stopping.abort();
    void counting.stop();
  };
}

/** One round: counts every hour that is due, then adds up the days. `signal` ends it after the current hour or day. */
export async function countHours(
  { signal }: { signal: AbortSignal },
  { database }: { database: Database },
): Promise<void> {
  await database.query(DELETE_OLD_STATISTICS, {});
  // No hour: none is due, or it changed while it was counted. Then the next round counts it.
  while (!signal.aborted && (await database.query(COUNT_HOUR, {})).length > 0);
  await countDays({ signal }, { database });
}
