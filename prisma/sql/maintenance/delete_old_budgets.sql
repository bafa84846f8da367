-- Printed by "npm run sql". Do not edit.
-- Declared in src/maintenance/delete-old-counters.ts
DELETE FROM budgets
WHERE
  subject IN (
    SELECT subject
    FROM budgets
    WHERE
      day_started_at < now() - CASE
        WHEN scope <= 2
        OR greatest(day_verified, peak_verified) = 0 THEN interval '1 day'
        ELSE interval '15 days'
      END
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
  )
RETURNING subject AS deleted
