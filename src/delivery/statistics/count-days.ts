import type { Database } from '../../db/database.js';
import { statement } from '../../db/statement.js';
import { text } from '../../db/types.js';
import { GROUP_COLUMNS, dayOf } from './hour-groups.js';

/** SQL: the days whose 24 hours are counted, with the number of changes that the counts have seen. */
const COMPLETE_DAYS = `
  SELECT ${dayOf('hour')} AS day, sum(changes)::int AS changes FROM send_statistics
  GROUP BY 1 HAVING count(*) FILTER (WHERE groups IS NOT NULL AND changed_at IS NULL) = 24`;

/** SQL: whether the sum of a day `d` has seen every change of its hours. Each change increases `changes` of its hour. */
export const IS_CURRENT = `EXISTS (
  SELECT FROM send_statistics s WHERE s.hour >= d.day AND s.hour < d.day + interval '1 day'
  HAVING count(*) FILTER (WHERE s.groups IS NOT NULL AND s.changed_at IS NULL) = 24 AND sum(s.changes) = d.changes
)`;

/** SQL: adds up counts by a key of the groups of an hour, such as failures by reason. */
const sumOf = (column: 'failures' | 'seconds') => `
  SELECT country, channel, jsonb_object_agg(key, count) AS ${column} FROM (
    SELECT country, channel, key, sum(value::int) AS count FROM hour_groups CROSS JOIN LATERAL jsonb_each_text(${column}) GROUP BY 1, 2, 3
  ) AS sums GROUP BY 1, 2`;

/**
 * Adds up the latest day that is due: its hours are counted, and it is not added up or an hour was counted again. It sees its hours as
 * they were at one moment, and a sum that has seen fewer changes never replaces one that has seen more.
 */
const COUNT_DAY = statement({
  name: 'delivery/count_day',
  sql: `
    WITH complete AS (${COMPLETE_DAYS}),
    due AS (
      SELECT complete.* FROM complete LEFT JOIN send_statistics_days d ON d.day = complete.day
      WHERE d.changes IS DISTINCT FROM complete.changes ORDER BY complete.day DESC LIMIT 1
    ),
    hour_groups AS MATERIALIZED (
      SELECT g.* FROM due JOIN send_statistics s ON s.hour >= due.day AND s.hour < due.day + interval '1 day'
      CROSS JOIN LATERAL jsonb_to_recordset(s.groups) AS g (${GROUP_COLUMNS})
    ),
    failures AS (${sumOf('failures')}),
    seconds AS (${sumOf('seconds')}),
    totals AS (
      SELECT country, channel, sum(tried)::int AS tried, sum(sent)::int AS sent, sum(delivered)::int AS delivered,
             sum(verified)::int AS verified, sum(cost)::bigint AS cost
      FROM hour_groups GROUP BY 1, 2
    ),
    day_groups AS (
      SELECT t.*, coalesce(f.failures, '{}') AS failures, coalesce(s.seconds, '{}') AS seconds
      FROM totals t
      LEFT JOIN failures f ON f.channel = t.channel AND f.country IS NOT DISTINCT FROM t.country
      LEFT JOIN seconds s ON s.channel = t.channel AND s.country IS NOT DISTINCT FROM t.country
    )
    INSERT INTO send_statistics_days AS d (day, groups, changes)
    SELECT day, (SELECT coalesce(jsonb_agg(to_jsonb(day_groups)), '[]') FROM day_groups), changes FROM due
    ON CONFLICT (day) DO UPDATE SET groups = excluded.groups, changes = excluded.changes WHERE d.changes < excluded.changes
    RETURNING d.day::text`,
  parameters: {},
  columns: { day: text },
});

/** Adds up every day that is due. `signal` ends it after the current day. */
export async function countDays(
  { signal }: { signal: AbortSignal },
  { database }: { database: Database },
): Promise<void> {
  while (!signal.aborted && (await database.query(COUNT_DAY, {})).length > 0);
}
