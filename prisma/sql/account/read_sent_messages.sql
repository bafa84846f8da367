-- Printed by "npm run sql". Do not edit.
-- Declared in src/account/export/counters.ts
-- :phone text
-- :since timestamptz
-- :limit int8
SELECT
  subject,
  hour_started_at,
  hour_sends,
  day_started_at,
  day_sends,
  day_verified
FROM budgets
WHERE
  (
    subject = :phone
    OR (
      subject > :phone || ' '
      AND subject < :phone || '!'
    )
  )
  AND day_started_at >= :since
UNION ALL
SELECT
  subject,
  hour_started_at,
  hour_sends * 100,
  day_started_at,
  day_sends * 100,
  NULL
FROM send_budgets
WHERE
  subject = :phone
  AND day_started_at >= :since
ORDER BY day_started_at DESC
LIMIT :limit
