-- Printed by "npm run sql". Do not edit.
-- Declared in src/delivery/statistics/count-hours.ts
WITH
  oldest AS (
    SELECT date_trunc('hour', created_at, 'UTC') AS hour
    FROM sms_log
    ORDER BY id
    LIMIT 1
  ),
  periods AS (
    SELECT
      due.hour,
      due.hour AS since,
      due.hour + interval '1 hour' AS until,
      coalesce(s.changes, 0) AS changes
    FROM
      oldest
      CROSS JOIN LATERAL generate_series(
        oldest.hour,
        date_trunc('hour', now() - interval '1 hour' - interval '3 hours', 'UTC'),
        interval '1 hour'
      ) AS due (hour)
      LEFT JOIN send_statistics s ON s.hour = due.hour
    WHERE
      s.groups IS NULL
      OR s.changed_at < now() - interval '1 hour'
    ORDER BY due.hour DESC
    LIMIT 1
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
      AND true
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
  )
INSERT INTO send_statistics AS s (hour, groups, changes)
SELECT
  hour,
  (
    SELECT coalesce(jsonb_agg(to_jsonb(groups_by_hour) - 'hour'), '[]')
    FROM groups_by_hour
  ),
  changes
FROM periods
ON CONFLICT (hour) DO UPDATE
SET
  groups = excluded.groups,
  changed_at = NULL
WHERE s.changes = excluded.changes
RETURNING s.hour::text
