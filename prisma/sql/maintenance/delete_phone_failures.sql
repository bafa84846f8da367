-- Printed by "npm run sql". Do not edit.
-- Declared in src/maintenance/delete-old-counters.ts
DELETE FROM phone_failures
WHERE
  phone IN (
    SELECT phone
    FROM phone_failures
    WHERE hour_started_at < now() - interval '1 day'
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
  )
RETURNING phone AS deleted
