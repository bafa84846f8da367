-- Printed by "npm run sql". Do not edit.
-- Declared in src/guard/read-spent-budgets.ts
-- :subjects text[]
SELECT
  subject,
  CASE
    WHEN hour_started_at > now() - interval '1 hour' THEN hour_sends
    ELSE 0
  END AS hour_sends,
  CASE
    WHEN hour_started_at > now() - interval '1 hour' THEN hour_cost
    ELSE 0
  END::int AS hour_cost,
  CASE
    WHEN day_started_at > now() - interval '1 day' THEN day_sends
    ELSE 0
  END AS day_sends,
  CASE
    WHEN day_started_at > now() - interval '1 day' THEN day_cost
    ELSE 0
  END::int AS day_cost
FROM budgets
WHERE subject = ANY (:subjects::text[])
