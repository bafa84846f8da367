-- Printed by "npm run sql". Do not edit.
-- Declared in src/account/export/counters.ts
-- :phone text
-- :since timestamptz
-- :limit int8
SELECT
  subject,
  hour_started_at,
  hour_failures,
  day_started_at,
  day_failures,
  total_failures
FROM guess_failures
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
  phone,
  hour_started_at,
  hour_failures,
  hour_started_at,
  hour_failures,
  consecutive
FROM phone_failures
WHERE
  phone = :phone
  AND hour_started_at >= :since
ORDER BY day_started_at DESC
LIMIT :limit
