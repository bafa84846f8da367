-- Printed by "npm run sql". Do not edit.
-- Declared in src/maintenance/delete-old-rows.ts
-- :firstKept uuid
DELETE FROM login_attempts
WHERE
  id IN (
    SELECT id
    FROM login_attempts
    WHERE
      id < :firstKept
      AND status NOT IN ('PENDING', 'CONFIRMING', 'COMPLETED')
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
  )
RETURNING id
