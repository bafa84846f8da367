-- Printed by "npm run sql". Do not edit.
-- Declared in src/guard/budgets/read-spent-budgets.ts
-- :subjects text[]
-- :phone    text
SELECT
  subject,
  CASE
    WHEN b.minute_started_at > now() - interval '1 minute' THEN minute_sends
    ELSE 0
  END AS minute_sends,
  CASE
    WHEN b.hour_started_at > now() - interval '1 hour' THEN hour_sends
    ELSE 0
  END AS hour_sends,
  CASE
    WHEN b.hour_started_at > now() - interval '1 hour' THEN hour_cost
    ELSE 0
  END::int AS hour_cost,
  CASE
    WHEN b.hour_started_at > now() - interval '1 hour' THEN hour_verified
    ELSE 0
  END AS hour_verified,
  greatest(
    CASE
      WHEN b.hour_started_at > now() - interval '1 hour' THEN b.hour_verified
    END,
    0.5::float8 * greatest(
      b.day_verified,
      CASE
        WHEN b.peak_at > now() - interval '14 days' THEN b.peak_verified
      END
    )
  )::float8 AS hour_growth,
  CASE
    WHEN b.day_started_at > now() - interval '1 day' THEN day_sends
    ELSE 0
  END AS day_sends,
  CASE
    WHEN b.day_started_at > now() - interval '1 day' THEN day_cost
    ELSE 0
  END::int AS day_cost,
  CASE
    WHEN b.day_started_at > now() - interval '1 day' THEN day_verified
    ELSE 0
  END AS day_verified,
  greatest(
    b.day_verified,
    CASE
      WHEN b.peak_at > now() - interval '14 days' THEN b.peak_verified
    END
  )::float8 AS day_growth
FROM budgets b
WHERE
  subject = ANY (:subjects::text[])
  OR (
    subject = :phone::text
    OR (
      subject > :phone::text || ' '
      AND subject < :phone::text || '!'
    )
  )
ORDER BY
  scope,
  subject
