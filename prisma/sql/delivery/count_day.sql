-- Printed by "npm run sql". Do not edit.
-- Declared in src/delivery/statistics/count-days.ts
WITH
  complete AS (
    SELECT
      date_trunc('day', hour, 'UTC') AS day,
      sum(changes)::int AS changes
    FROM send_statistics
    GROUP BY 1
    HAVING
      count(*) FILTER (
        WHERE
          groups IS NOT NULL
          AND changed_at IS NULL
      ) = 24
  ),
  due AS (
    SELECT complete.*
    FROM
      complete
      LEFT JOIN send_statistics_days d ON d.day = complete.day
    WHERE d.changes IS DISTINCT FROM complete.changes
    ORDER BY complete.day DESC
    LIMIT 1
  ),
  hour_groups AS MATERIALIZED (
    SELECT g.*
    FROM
      due
      JOIN send_statistics s ON s.hour >= due.day
      AND s.hour < due.day + interval '1 day'
      CROSS JOIN LATERAL jsonb_to_recordset(s.groups) AS g (
        country text,
        channel text,
        tried int,
        sent int,
        delivered int,
        verified int,
        cost bigint,
        failures jsonb,
        seconds jsonb
      )
  ),
  failures AS (
    SELECT
      country,
      channel,
      jsonb_object_agg(key, count) AS failures
    FROM
      (
        SELECT
          country,
          channel,
          key,
          sum(value::int) AS count
        FROM
          hour_groups
          CROSS JOIN LATERAL jsonb_each_text(failures)
        GROUP BY
          1,
          2,
          3
      ) AS sums
    GROUP BY
      1,
      2
  ),
  seconds AS (
    SELECT
      country,
      channel,
      jsonb_object_agg(key, count) AS seconds
    FROM
      (
        SELECT
          country,
          channel,
          key,
          sum(value::int) AS count
        FROM
          hour_groups
          CROSS JOIN LATERAL jsonb_each_text(seconds)
        GROUP BY
          1,
          2,
          3
      ) AS sums
    GROUP BY
      1,
      2
  ),
  totals AS (
    SELECT
      country,
      channel,
      sum(tried)::int AS tried,
      sum(sent)::int AS sent,
      sum(delivered)::int AS delivered,
      sum(verified)::int AS verified,
      sum(cost)::bigint AS cost
    FROM hour_groups
    GROUP BY
      1,
      2
  ),
  day_groups AS (
    SELECT
      t.*,
      coalesce(f.failures, '{}') AS failures,
      coalesce(s.seconds, '{}') AS seconds
    FROM
      totals t
      LEFT JOIN failures f ON f.channel = t.channel
      AND f.country IS NOT DISTINCT FROM t.country
      LEFT JOIN seconds s ON s.channel = t.channel
      AND s.country IS NOT DISTINCT FROM t.country
  )
INSERT INTO send_statistics_days AS d (day, groups, changes)
SELECT
  day,
  (
    SELECT coalesce(jsonb_agg(to_jsonb(day_groups)), '[]')
    FROM day_groups
  ),
  changes
FROM due
ON CONFLICT (day) DO UPDATE
SET
  groups = excluded.groups,
  changes = excluded.changes
WHERE d.changes < excluded.changes
RETURNING d.day::text
