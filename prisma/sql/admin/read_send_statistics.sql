-- Printed by "npm run sql". Do not edit.
-- Declared in src/admin/read-statistics.ts
-- :since   timestamptz
-- :until   timestamptz
-- :country text, or null
-- :channel text, or null
WITH
  days AS MATERIALIZED (
    SELECT
      d.day,
      d.groups
    FROM send_statistics_days d
    WHERE
      d.day >= :since
      AND d.day + interval '1 day' <= :until
      AND EXISTS (
        SELECT
        FROM send_statistics s
        WHERE
          s.hour >= d.day
          AND s.hour < d.day + interval '1 day'
        HAVING
          count(*) FILTER (
            WHERE
              s.groups IS NOT NULL
              AND s.changed_at IS NULL
          ) = 24
          AND sum(s.changes) = d.changes
      )
  ),
  hours AS MATERIALIZED (
    SELECT
      hour,
      greatest(hour, :since) AS since,
      least(hour + interval '1 hour', :until) AS until
    FROM generate_series(date_trunc('hour', :since, 'UTC'), :until, interval '1 hour') AS hour
    WHERE
      NOT EXISTS (
        SELECT
        FROM days
        WHERE days.day = date_trunc('day', hour, 'UTC')
      )
  ),
  counted AS (
    SELECT
      hours.hour,
      s.groups
    FROM
      hours
      JOIN send_statistics s USING (hour)
    WHERE
      s.groups IS NOT NULL
      AND hours.until - hours.since = interval '1 hour'
  ),
  periods AS (
    SELECT *
    FROM hours
    WHERE
      since < until
      AND NOT EXISTS (
        SELECT
        FROM counted
        WHERE counted.hour = hours.hour
      )
  ),
  deliveries AS (
    SELECT
      periods.hour,
      d.country,
      d.channel,
      d.status,
      d.cost,
      d.delivered_at,
      d.status NOT IN ('QUEUED', 'FAILED') AS sent,
      CASE
        WHEN d.status IN ('FAILED', 'UNDELIVERED') THEN coalesce(d.failure, 'undelivered')
      END AS reason,
      CASE
        WHEN d.delivered_at IS NOT NULL THEN CASE
          WHEN d.delivered_at - d.created_at < interval '10 seconds' THEN round(
            extract(
              epoch
              FROM d.delivered_at - d.created_at
            ),
            1
          )
          WHEN d.delivered_at - d.created_at < interval '2 minutes' THEN round(
            extract(
              epoch
              FROM d.delivered_at - d.created_at
            )
          )
          ELSE round(
            extract(
              epoch
              FROM d.delivered_at - d.created_at
            ) / 60
          ) * 60
        END
      END AS seconds,
      d.status NOT IN ('QUEUED', 'FAILED', 'UNDELIVERED')
      AND EXISTS (
        SELECT
        FROM login_attempts a
        WHERE
          a.id = d.attempt_id
          AND a.status = 'CLAIMED'
      )
      AND NOT EXISTS (
        SELECT
        FROM sms_log later
        WHERE
          later.attempt_id = d.attempt_id
          AND later.status NOT IN ('QUEUED', 'FAILED', 'UNDELIVERED')
          AND (later.created_at, later.id) > (d.created_at, d.id)
      ) AS verified
    FROM
      periods
      CROSS JOIN LATERAL (
        SELECT *
        FROM sms_log
        WHERE
          id >= (
            lpad(
              to_hex(
                (
                  extract(
                    epoch
                    FROM periods.since
                  ) * 1000
                )::bigint
              ),
              12,
              '0'
            ) || '70008000000000000000'
          )::uuid
          AND id < (
            lpad(
              to_hex(
                (
                  extract(
                    epoch
                    FROM periods.until
                  ) * 1000
                )::bigint
              ),
              12,
              '0'
            ) || '70008000000000000000'
          )::uuid
        OFFSET 0
      ) AS d
    WHERE
      d.purpose = 'LOGIN_CODE'
      AND d.failure IS DISTINCT FROM 'suppressed'
      AND d.detail IS DISTINCT FROM 'suppressed'
      AND (
        :country::text IS NULL
        OR d.country = :country
      )
      AND (
        :channel::text IS NULL
        OR starts_with(d.channel || chr(58), :channel || chr(58))
      )
  ),
  failures_by_hour AS (
    SELECT
      hour,
      country,
      channel,
      jsonb_object_agg(reason, count) AS failures
    FROM
      (
        SELECT
          hour,
          country,
          channel,
          reason,
          count(*) AS count
        FROM deliveries
        WHERE reason IS NOT NULL
        GROUP BY
          1,
          2,
          3,
          4
      ) AS counts
    GROUP BY
      1,
      2,
      3
  ),
  seconds_by_hour AS (
    SELECT
      hour,
      country,
      channel,
      jsonb_object_agg(seconds, count) AS seconds
    FROM
      (
        SELECT
          hour,
          country,
          channel,
          seconds,
          count(*) AS count
        FROM deliveries
        WHERE seconds IS NOT NULL
        GROUP BY
          1,
          2,
          3,
          4
      ) AS counts
    GROUP BY
      1,
      2,
      3
  ),
  totals_by_hour AS (
    SELECT
      hour,
      country,
      channel,
      count(*)::int AS tried,
      count(*) FILTER (
        WHERE sent
      )::int AS sent,
      count(delivered_at)::int AS delivered,
      count(*) FILTER (
        WHERE verified
      )::int AS verified,
      coalesce(sum(cost), 0)::bigint AS cost
    FROM deliveries
    GROUP BY
      1,
      2,
      3
  ),
  groups_by_hour AS (
    SELECT
      t.*,
      coalesce(f.failures, '{}') AS failures,
      coalesce(s.seconds, '{}') AS seconds
    FROM
      totals_by_hour t
      LEFT JOIN failures_by_hour f ON f.hour = t.hour
      AND f.channel = t.channel
      AND f.country IS NOT DISTINCT FROM t.country
      LEFT JOIN seconds_by_hour s ON s.hour = t.hour
      AND s.channel = t.channel
      AND s.country IS NOT DISTINCT FROM t.country
  ),
  day_groups AS MATERIALIZED (
    SELECT
      to_char(hour AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day,
      g.*
    FROM
      (
        SELECT
          day AS hour,
          g.*
        FROM
          days
          CROSS JOIN LATERAL jsonb_to_recordset(days.groups) AS g (
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
        UNION ALL
        SELECT
          hour,
          g.*
        FROM
          counted
          CROSS JOIN LATERAL jsonb_to_recordset(counted.groups) AS g (
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
        UNION ALL
        SELECT *
        FROM groups_by_hour
      ) AS g
    WHERE
      (
        :country::text IS NULL
        OR country = :country
      )
      AND (
        :channel::text IS NULL
        OR starts_with(channel || chr(58), :channel || chr(58))
      )
  ),
  totals AS (
    SELECT
      day,
      country,
      channel,
      sum(tried)::int AS tried,
      sum(sent)::int AS sent,
      sum(delivered)::int AS delivered,
      sum(verified)::int AS verified,
      sum(cost)::float AS cost
    FROM day_groups
    GROUP BY
      1,
      2,
      3
  ),
  failures AS (
    SELECT
      day,
      country,
      channel,
      jsonb_agg(
        jsonb_build_object('reason', reason, 'count', count)
        ORDER BY
          count DESC,
          reason
      ) AS failures
    FROM
      (
        SELECT
          day,
          country,
          channel,
          reason,
          sum(count::int) AS count
        FROM
          day_groups
          CROSS JOIN LATERAL jsonb_each_text(failures) AS f (reason, count)
        GROUP BY
          1,
          2,
          3,
          4
      ) AS reasons
    GROUP BY
      1,
      2,
      3
  ),
  arrivals AS (
    SELECT
      day,
      country,
      channel,
      seconds,
      sum(count) OVER (
        PARTITION BY
          day,
          country,
          channel
        ORDER BY seconds
      ) AS upto,
      sum(count) OVER (
        PARTITION BY
          day,
          country,
          channel
      ) AS total
    FROM
      (
        SELECT
          day,
          country,
          channel,
          s.seconds::float AS seconds,
          sum(s.count::int)::int AS count
        FROM
          day_groups
          CROSS JOIN LATERAL jsonb_each_text(seconds) AS s (seconds, count)
        GROUP BY
          1,
          2,
          3,
          4
      ) AS counts
  ),
  medians AS (
    SELECT
      day,
      country,
      channel,
      (
        min(seconds) FILTER (
          WHERE upto >= (total + 1) / 2
        ) + min(seconds) FILTER (
          WHERE upto >= total / 2 + 1
        )
      ) / 2 AS median
    FROM arrivals
    GROUP BY
      1,
      2,
      3
  )
SELECT
  t.day,
  t.country,
  t.channel,
  t.tried,
  t.sent,
  t.delivered,
  t.verified,
  t.verified::float / nullif(t.sent, 0) AS conversion,
  m.median AS "medianSecondsToDeliver",
  coalesce(f.failures, '[]') AS failures,
  t.cost
FROM
  totals t
  LEFT JOIN failures f ON f.day = t.day
  AND f.channel = t.channel
  AND f.country IS NOT DISTINCT FROM t.country
  LEFT JOIN medians m ON m.day = t.day
  AND m.channel = t.channel
  AND m.country IS NOT DISTINCT FROM t.country
ORDER BY
  t.day DESC,
  t.country,
  t.channel
