-- Printed by "npm run sql". Do not edit.
-- Declared in src/admin/read-statistics.ts
-- :firstId uuid
-- :endId   uuid
-- :country text, or null
-- :channel text, or null
WITH
  deliveries AS (
    SELECT
      d.*,
      to_char(d.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day,
      d.status NOT IN ('QUEUED', 'FAILED') AS sent,
      CASE
        WHEN d.status IN ('FAILED', 'UNDELIVERED') THEN coalesce(d.failure, 'undelivered')
      END AS reason
    FROM sms_log d
    WHERE
      d.id >= :firstId
      AND d.id < :endId
      AND d.purpose = 'LOGIN_CODE'
      AND d.failure IS DISTINCT FROM 'suppressed'
      AND d.detail IS DISTINCT FROM 'suppressed'
      AND (
        :country::text IS NULL
        OR d.country = :country
      )
      AND (
        :channel::text IS NULL
        OR d.channel = :channel
      )
  ),
  judged AS (
    SELECT
      d.*,
      d.sent
      AND d.status <> 'UNDELIVERED'
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
    FROM deliveries d
  ),
  reason_counts AS (
    SELECT
      day,
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
    FROM reason_counts
    GROUP BY
      1,
      2,
      3
  )
SELECT
  j.day,
  j.country,
  j.channel,
  count(*)::int AS tried,
  count(*) FILTER (
    WHERE j.sent
  )::int AS sent,
  count(j.delivered_at)::int AS delivered,
  count(*) FILTER (
    WHERE j.verified
  )::int AS verified,
  (
    count(*) FILTER (
      WHERE j.verified
    )
  )::float / nullif(
    count(*) FILTER (
      WHERE j.sent
    ),
    0
  ) AS conversion,
  percentile_cont(0.5) WITHIN GROUP (
    ORDER BY
      extract(
        epoch
        FROM j.delivered_at - j.created_at
      )
  ) AS "medianSecondsToDeliver",
  coalesce(f.failures, '[]') AS failures,
  coalesce(sum(j.cost), 0)::float AS cost
FROM
  judged j
  LEFT JOIN failures f ON f.day = j.day
  AND f.channel = j.channel
  AND f.country IS NOT DISTINCT FROM j.country
GROUP BY
  j.day,
  j.country,
  j.channel,
  f.failures
ORDER BY
  j.day DESC,
  j.country,
  j.channel
