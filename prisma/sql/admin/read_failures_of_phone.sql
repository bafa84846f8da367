-- Printed by "npm run sql". Do not edit.
-- Declared in src/admin/read-phone-state.ts
-- :phone text
SELECT
  CASE
    WHEN hour_started_at > now() - interval '1 hour' THEN hour_failures
    ELSE 0
  END AS hour_failures,
  hour_started_at + interval '1 hour' AS hour_ends_at,
  CASE
    WHEN day_started_at > now() - interval '1 day' THEN day_failures
    ELSE 0
  END AS day_failures,
  total_failures
FROM guess_failures
WHERE subject = :phone
