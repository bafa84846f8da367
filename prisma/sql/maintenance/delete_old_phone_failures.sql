-- Printed by "npm run sql". Do not edit.
-- Declared in src/maintenance/delete-old-counters.ts
DELETE FROM phone_failures
WHERE
  phone IN (
    SELECT phone
    FROM phone_failures
    WHERE
      hour_started_at < now() - interval '90 days 1 hour'
      AND (
        consecutive < 100
        OR hour_started_at < now() - interval '365 days 1 hour'
      )
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
  )
RETURNING phone AS deleted
