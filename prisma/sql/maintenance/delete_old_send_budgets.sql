-- Printed by "npm run sql". Do not edit.
-- Declared in src/maintenance/delete-old-counters.ts
DELETE FROM send_budgets
WHERE
  subject IN (
    SELECT subject
    FROM send_budgets
    WHERE day_started_at < now() - interval '1 day'
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
  )
RETURNING subject AS deleted
