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
      AND method = 'WHATSAPP'
      AND completed_at IS NULL
      AND status IN ('EXPIRED', 'CANCELED')
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
  )
RETURNING id
