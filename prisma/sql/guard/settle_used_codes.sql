-- Printed by "npm run sql". Do not edit.
-- Declared in src/guard/budgets/settle-used-codes.ts
-- :attemptIds uuid[]
WITH
  completed AS MATERIALIZED (
    SELECT
      a.id,
      a.phone,
      a.charged,
      a.device_hash IS NOT NULL AS on_device,
      NOT EXISTS (
        SELECT
        FROM login_attempts earlier
        WHERE
          earlier.phone = a.phone
          AND earlier.completed_at >= date_trunc('day', a.completed_at, 'UTC')
          AND (earlier.completed_at, earlier.id) < (a.completed_at, a.id)
      ) AS is_first,
      EXISTS (
        SELECT
        FROM unnest(a.charged) AS subject
        WHERE subject LIKE '% from %'
      ) AS uses_reserve
    FROM login_attempts a
    WHERE a.id = ANY (:attemptIds::uuid[])
  ),
  used AS (
    SELECT
      subject,
      count(*)::int AS messages,
      count(DISTINCT id) FILTER (
        WHERE is_first
      )::int AS verified,
      (
        count(*) FILTER (
          WHERE on_device
        )
      )::int AS on_devices,
      (
        count(*) FILTER (
          WHERE
            uses_reserve
            AND NOT on_device
        )
      )::int AS in_reserve,
      (
        count(*) FILTER (
          WHERE on_device
        ) - count(DISTINCT id) FILTER (
          WHERE
            on_device
            AND is_first
        )
      )::int AS unverified_on_devices
    FROM
      completed,
      unnest(charged) AS subject
    WHERE subject IS DISTINCT FROM phone
    GROUP BY subject
  ),
  locked AS (
    SELECT
      b.subject,
      used.messages,
      used.verified,
      CASE
        WHEN b.scope = 18 THEN 100 * (used.on_devices + used.in_reserve)
        WHEN b.scope NOT IN (1, 9, 10, 20, 21, 22) THEN 100 * used.on_devices
        ELSE 0
      END - 25 * CASE
        WHEN b.scope IN (6, 17, 7, 8, 18) THEN used.messages - used.verified
        WHEN b.scope NOT IN (1, 9, 10, 20, 21, 22) THEN used.unverified_on_devices
        ELSE 0
      END AS correction
    FROM
      budgets b
      JOIN used ON used.subject = b.subject
    ORDER BY
      b.scope,
      b.subject
    FOR UPDATE OF b
  ),
  settled AS (
    UPDATE budgets b
    SET
      minute_sends = greatest(0, b.minute_sends - 100 * locked.messages),
      hour_sends = greatest(0, b.hour_sends - 75 * locked.messages + locked.correction),
      day_sends = greatest(0, b.day_sends - 75 * locked.messages + locked.correction),
      hour_verified = b.hour_verified + locked.verified,
      day_verified = b.day_verified + locked.verified
    FROM locked
    WHERE b.subject = locked.subject
  )
SELECT id
FROM completed
WHERE is_first
