-- Printed by "npm run sql". Do not edit.
-- Declared in src/admin/read-phone-state.ts
-- :phone text
SELECT
  CASE
    WHEN hour_started_at > now() - interval '1 hour' THEN hour_failures
    ELSE 0
  END AS "hourFailures",
  hour_started_at + interval '1 hour' AS "hourEndsAt",
  CASE
    WHEN day_started_at > now() - interval '1 day' THEN day_failures
    ELSE 0
  END AS "dayFailures",
  total_failures AS "totalFailures"
FROM guess_failures
WHERE subject = :phone
