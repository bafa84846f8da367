-- Printed by "npm run sql". Do not edit.
-- Declared in src/maintenance/delete-old-counters.ts
DELETE FROM guess_minutes
WHERE
  (minute, shard) IN (
    SELECT
      minute,
      shard
    FROM guess_minutes
    WHERE minute < now() - interval '1 hour'
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
  )
RETURNING minute::text AS deleted
