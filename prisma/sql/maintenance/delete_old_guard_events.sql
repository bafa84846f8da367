-- Printed by "npm run sql". Do not edit.
-- Declared in src/maintenance/delete-old-rows.ts
-- :firstKept uuid
DELETE FROM guard_events
WHERE
  id < :firstKept
  AND id IN (
    SELECT id
    FROM guard_events
    WHERE id < :firstKept
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
  )
RETURNING id
